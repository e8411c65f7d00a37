#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A client's handshake messages cost the exporter little CPU time."""
import contextlib
import http.client
import os
import signal
import socket
import ssl

import client_hello
from secure_rig import ONE_WAY, Subject, expect, exposition, need_web_config
import costly_chain
from lifetime import check, command, run_test

CROWD, RSA_4096 = 60, ["-newkey", "rsa:4096", "-nodes"]
ALERT, HANDSHAKE = 0x15, 0x16
EMPTY_NAME = client_hello.vector(b"\x30\x00")
# The numbers of IANA for the NIST, brainpool and Montgomery curves, and for the finite fields of
# RFC 7919.
CURVES = {0x17: "P-256", 0x18: "P-384", 0x19: "P-521", 0x1d: "X25519"}
GROUPS = [*CURVES, 0x13, 0x15, 0x1a, 0x1b, 0x1c, 0x1e, 0x100, 0x101, 0x102, 0x103, 0x104]


def answer(subject, records):
    """Returns the type of the first record received, or None."""
    with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
        sock.sendall(records)
        try:
            return next(iter(sock.recv(1)), None)
        except ConnectionError:
            return None


def default_groups(subject):
    """Offers a single group. The exporter requests a key in that group or refuses the client."""
    taken = {group for group in GROUPS
             if answer(subject, client_hello.hello([group])) == HANDSHAKE}
    expect(taken, set(CURVES), "the groups of a key exchange")
    print(f"key exchange by {', '.join(CURVES.values())} only")


def bounded_lists(subject):
    """Offers as many public keys of unknown groups as possible. OpenSSL searches a list for each.
    """
    unknown = range(0x2000, 0x2000 + 16000)
    few, many = list(unknown[:20]), list(unknown[:6000])
    for groups, keys, wanted in ((few, 20, HANDSHAKE), (few, 2000, HANDSHAKE), (many, 20, ALERT),
                                 (many, 2000, ALERT)):
        last = groups[-1]
        records = client_hello.hello([*groups, client_hello.X25519], [(last, b"k")] * keys)
        expect(answer(subject, records), wanted,
               f"the answer to {len(groups) + 1} groups and {keys} keys")
    print("a long list of groups is refused")


def bounded_handshake(subject):
    """Sends a long ClientHello, which OpenSSL alone would accept and keep in memory."""
    for size, wanted in ((20000, HANDSHAKE), (40000, None)):
        padding = client_hello.extension(21, bytes(size))
        records = client_hello.hello([client_hello.X25519], extra=padding)
        expect(answer(subject, records), wanted, f"the answer to a ClientHello of {size} bytes")
    print("a long ClientHello is refused")


def bounded_names(subject):
    """Sends names of certificate authorities and OCSP responders, which OpenSSL keeps in memory."""
    def authorities(count):
        return client_hello.extension(47, client_hello.vector(EMPTY_NAME * count))

    def responders(count):
        responder = client_hello.vector(b"\xa1\x02\x30\x00")
        return client_hello.extension(
            5, b"\x01" + client_hello.vector(responder * count) + client_hello.vector(b""))
    for names in authorities, responders:
        for count, wanted in ((100, HANDSHAKE), (4000, ALERT)):
            records = client_hello.hello([client_hello.X25519], extra=names(count))
            expect(answer(subject, records), wanted, f"the answer to {count} {names.__name__}")
    print("a long list of names is refused")


def cpu_of_handshakes(subject, certificate):
    """Returns the milliseconds of CPU of the cheapest of several scrapes with this certificate."""
    costs = []
    for _ in range(5):
        before_ns = subject.cpu_ns()
        expect(subject.get(user=None, certificate=certificate)[0], 200, "the status")
        costs.append((subject.cpu_ns() - before_ns) / 1e6)
    return min(costs)


def chain_not_verified(kind):
    """The exporter verifies no chain if it accepts any certificate. An issuer would take 7 ms."""
    subject = Subject(f"{ONE_WAY}  client_auth_type: {kind}\n")
    costs = [cpu_of_handshakes(subject, costly_chain.make(subject.directory, issuers))
             for issuers in (0, 16)]
    print(f"{kind}: {costs[0]:.1f} ms of CPU with a certificate, {costs[1]:.1f} ms with 16 issuers")
    check(costs[1] - costs[0] < 30, "the issuers were verified")
    subject.exporter.stop()


def chain(directory, curve, form="uncompressed", encoding="named_curve", issuers=0):
    """Returns the files (chain, key) of a certificate that is followed by copies of it."""
    stem = f"{directory}/{curve}-{form}-{encoding}-{issuers}"
    command("openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-param_enc", encoding,
            "-conv_form", form, "-out", f"{stem}.new")
    command("openssl", "ec", "-in", f"{stem}.new", "-conv_form", form, "-out", f"{stem}.key")
    command("openssl", "req", "-x509", "-new", "-key", f"{stem}.key", "-subj", "/CN=a",
            "-out", f"{stem}.pem")
    with open(f"{stem}.pem", encoding="ascii") as file:
        certificate = file.read()
    with open(f"{stem}.pem", "w", encoding="ascii") as file:
        file.write(certificate * (issuers + 1))
    return f"{stem}.pem", f"{stem}.key"


def large_exponent(directory):
    stem = f"{directory}/exponent"
    command("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
            f"rsa_keygen_pubexp:{(1 << 40) + 1}", "-out", f"{stem}.key")
    command("openssl", "req", "-x509", "-new", "-key", f"{stem}.key", "-subj", "/CN=a",
            "-out", f"{stem}.pem")
    return f"{stem}.pem", f"{stem}.key"


def is_served(subject, version, certificate):
    context = subject.context(certificate)
    context.maximum_version = version
    connection = http.client.HTTPSConnection("127.0.0.1", subject.port, context=context, timeout=20)
    with contextlib.suppress(OSError), contextlib.closing(connection):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def costly_certificates(settings):
    """OpenSSL reads the public key of each certificate. A client must not make this costly."""
    subject = Subject(settings)
    good = [chain(subject.directory, curve) for curve in ("secp384r1", "secp521r1")]
    good.append(chain(subject.directory, "prime256v1", issuers=19))
    bad = [chain(subject.directory, "prime256v1", **costly)
           for costly in ({"form": "compressed"}, {"encoding": "explicit"}, {"issuers": 20})]
    bad.append(large_exponent(subject.directory))
    before = subject.refusals()["certificate"]
    for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
        for certificate in good:
            check(is_served(subject, version, certificate), f"{certificate} was refused")
        for certificate in bad:
            check(not is_served(subject, version, certificate), f"{certificate} was read")
    expect(subject.refusals()["certificate"] - before, 2 * len(bad), "refused certificates")
    print("long chains, and keys that are costly to read, are refused")
    subject.exporter.stop()


def key_of_p521(directory):
    command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521",
            "-out", f"{directory}/p521.key")
    command("openssl", "pkey", "-in", f"{directory}/p521.key", "-pubout", "-outform", "DER",
            "-out", f"{directory}/p521.der")
    with open(f"{directory}/p521.der", "rb") as file:
        return file.read()[-133:]  # the public point is at the end of the file


class Crowd:
    """Clients whose ClientHello has no key, so that the server requests a second one."""

    def __init__(self, subject):
        self.sockets = [socket.create_connection(("127.0.0.1", subject.port), timeout=20)
                        for _ in range(CROWD)]
        for sock in self.sockets:
            sock.sendall(client_hello.hello([client_hello.P521]))
        for sock in self.sockets:
            expect(sock.recv(1)[0], HANDSHAKE, "the answer to a ClientHello without a key")

    def go_on(self, key):
        for sock in self.sockets:
            sock.sendall(client_hello.hello([client_hello.P521], [(client_hello.P521, key)]))

    def close(self):
        for sock in self.sockets:
            sock.close()


def own_cpu_ms(connection):
    """Returns the exporter's CPU time when it wrote this answer. A later look would include
    handshakes of the time in which this test did not run.
    """
    text = connection.getresponse().read().decode()
    return 1000 * exposition.Exposition(text).sum("process_cpu_seconds_total")


def cpu_before_answer(subject, connection, key):
    """Returns the CPU milliseconds that the clients' messages and a request take."""
    crowd, pid = Crowd(subject), subject.exporter.process.pid
    connection.request("GET", "/metrics")
    before_ms = own_cpu_ms(connection)
    os.kill(pid, signal.SIGSTOP)
    try:
        crowd.go_on(key)
        connection.request("GET", "/metrics")
    finally:
        os.kill(pid, signal.SIGCONT)
    cost = own_cpu_ms(connection) - before_ms
    crowd.close()
    return cost


def one_step_in_a_turn():
    """Many clients send the costliest message at once. The next client must not wait for all."""
    subject = Subject(ONE_WAY)
    subject.authority.issue("server", key=RSA_4096)
    context, key = subject.context(), key_of_p521(subject.directory)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", subject.port, context=context, timeout=20)
    connection.connect()
    # Other processes can make a run cost more CPU time, so the minimum counts.
    costs = [cpu_before_answer(subject, connection, key) for _ in range(3)]
    connection.close()
    print(f"{CROWD} handshakes at once: {min(costs):.1f} ms of CPU before another client's answer")
    check(min(costs) < 50, "a client waited for the handshakes of others")
    subject.exporter.stop()


def main():
    need_web_config()
    one_step_in_a_turn()
    chain_not_verified("RequestClientCert")
    chain_not_verified("RequireAnyClientCert")
    costly_certificates(ONE_WAY + "  client_auth_type: RequestClientCert\n")
    subject = Subject(ONE_WAY)
    default_groups(subject)
    bounded_lists(subject)
    bounded_handshake(subject)
    bounded_names(subject)
    subject.exporter.running()
    subject.exporter.stop()


run_test(main)
