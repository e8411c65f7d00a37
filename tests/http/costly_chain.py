# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes a certificate chain that is consistent and costly to verify (RFC 5280 4.1).

The issuers have no private keys: moduli and signatures are random numbers. The public exponents
have the maximum length that OpenSSL accepts.
"""
import base64
import os
import secrets

from lifetime import command

BITS, EXPONENT_BITS = 3072, 3000


def tlv(tag, *values):
    value = b"".join(values)
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + length.to_bytes(size, "big") + value


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bits(value):
    return tlv(3, b"\0", value)


def name(text):
    return tlv(0x30, tlv(0x31, tlv(0x30, tlv(6, b"\x55\x04\x03"), tlv(12, text.encode()))))


RSA, SHA256_RSA = (tlv(0x30, tlv(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01" + kind), tlv(5))
                   for kind in (b"\x01", b"\x0b"))
IS_CA = tlv(0xa3, tlv(0x30, tlv(0x30, tlv(6, b"\x55\x1d\x13"), tlv(1, b"\xff"),
                               tlv(4, tlv(0x30, tlv(1, b"\xff"))))))


def rsa_key():
    modulus = secrets.randbits(BITS) | 1 << BITS - 1 | 1
    return tlv(0x30, RSA, bits(tlv(0x30, integer(modulus), integer((1 << EXPONENT_BITS) - 1))))


def certificate(subject, issuer, key, *extensions):
    validity = tlv(0x30, tlv(0x17, b"200101000000Z"), tlv(0x17, b"491231235959Z"))
    signed = tlv(0x30, tlv(0xa0, integer(2)), integer(secrets.randbits(60) | 1), SHA256_RSA,
                 name(issuer), validity, name(subject), key, *extensions)
    der = tlv(0x30, signed, SHA256_RSA, bits(b"\0" + os.urandom(BITS // 8 - 1)))
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def make(directory, issuers):
    """Returns the files (chain, key). The chain starts with the client's certificate."""
    pem, key, public = (f"{directory}/costly-{issuers}.{end}" for end in ("pem", "key", "der"))
    command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-out", key)
    command("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", public)
    with open(public, "rb") as file:
        own = file.read()
    with open(pem, "w", encoding="ascii") as file:
        file.write(certificate("client", "0", own))
        for i in range(issuers):
            file.write(certificate(str(i), str(i + 1), rsa_key(), IS_CA))
    return pem, key
