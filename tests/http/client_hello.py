# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes a ClientHello of TLS 1.3 with the contents that a test needs (RFC 8446 4.1.2)."""
import os
import struct

X25519, P521, FFDHE8192 = 0x1d, 0x19, 0x104


def vector(data, size=2):
    """Prefixes the bytes with their length, in `size` bytes."""
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack(">H", kind) + vector(data)


def hello(groups, shares=(), extra=b""):
    """Returns a ClientHello in records. `shares` are pairs (group, public key in that group)."""
    extensions = (
        extension(43, vector(b"\x03\x04", 1)) +  # supported_versions
        extension(13, vector(struct.pack(">3H", 0x0403, 0x0804, 0x0401))) +  # signature_algorithms
        extension(10, vector(b"".join(struct.pack(">H", group) for group in groups))) +
        extension(51, vector(b"".join(struct.pack(">H", group) + vector(key)
                                      for group, key in shares))) + extra)
    suites = struct.pack(">3H", 0x1301, 0x1302, 0x1303)
    # A client repeats its session id after the server has requested a second ClientHello.
    body = (b"\x03\x03" + os.urandom(32) + vector(b"session".rjust(32), 1) + vector(suites) +
            vector(b"\x00", 1) + vector(extensions))
    return records(b"\x01" + vector(body, 3))


def records(message):
    """Returns the message in records of the handshake protocol."""
    return b"".join(b"\x16\x03\x01" + vector(message[i:i + 16384])
                    for i in range(0, len(message), 16384))
