#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Clients with large certificates and chains keep connections open. The exporter limits their
memory. It refuses a large certificate that it does not verify."""
import contextlib
import socket

from secure_rig import MUTUAL, ONE_WAY, Subject, expect, need_web_config
from lifetime import check, command, on_exit, run_test

CLIENTS = 40
# 23 KiB for each client. With OpenSSL's buffers for idle connections it would be 55 KiB, so the
# exporter releases them (SSL_MODE_RELEASE_BUFFERS).
GROWTH_KIB = 40 * CLIENTS
# OpenSSL needs 350 KiB for a certificate whose subject and issuer have so many parts.
PARTS = 1000


def large_certificate(directory):
    """Returns the files (certificate, key)."""
    pem, key = f"{directory}/large.pem", f"{directory}/large.key"
    command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", key, "-out", pem, "-subj", PARTS * "/O=a", "-days", "2")
    return pem, key


def with_issuer(directory, own, issuer):
    """Returns the client's certificate, followed by a certificate that did not issue it."""
    chain = f"{directory}/chain.pem"
    with open(chain, "w", encoding="ascii") as file:
        for pem in own[0], issuer[0]:
            with open(pem, encoding="ascii") as part:
                file.write(part.read())
    return chain, own[1]


def is_served(subject, context):
    """Sends a request over a connection that stays open. Returns whether the exporter answers."""
    with contextlib.suppress(OSError):
        client = context.wrap_socket(
            socket.create_connection(("127.0.0.1", subject.port), timeout=20),
            server_hostname="127.0.0.1")
        on_exit(client.close)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        return b" 200 OK" in client.recv(4096)
    return False


def check_memory(kind, settings):
    subject = Subject(settings)
    large = large_certificate(subject.directory)
    context = subject.context(with_issuer(subject.directory, subject.certificate, large))
    check(is_served(subject, context), "the first client was not served")
    before = subject.memory_kib()
    for _ in range(CLIENTS):
        check(is_served(subject, context), "a client was not served")
    growth = subject.memory_kib() - before
    print(f"{kind}: {CLIENTS} clients with large chains: +{growth} KiB")
    check(growth < GROWTH_KIB, f"{CLIENTS} clients with large chains took {growth} KiB")
    return subject, large


def main():
    need_web_config()
    subject, _ = check_memory("verified", MUTUAL)
    subject.exporter.stop()
    subject, large = check_memory("not verified", ONE_WAY + "  client_auth_type: RequestClientCert\n")
    before = subject.refusals()["certificate"]
    check(not is_served(subject, subject.context(large)), "a large certificate was accepted")
    expect(subject.refusals()["certificate"] - before, 1, "refused certificates")
    subject.exporter.stop()


run_test(main)
