#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--web.config.file decides which clients receive the exposition.

Prometheus scrapes the exporter with a client certificate and a password. The exporter refuses other
clients and counts them by reason. It serves the exposition after all refusals.
"""
import contextlib
import http.client
import socket
import ssl
import warnings
from functools import partial

from secure_rig import MUTUAL, ONE_WAY, USERS, Subject, expect, need_web_config, wrong_password
from certificates import EC_KEY, RSA_KEY, Authority
from lifetime import check, run_test, until
from prometheus import Prometheus, need_prometheus

CHOSEN = """\
  curve_preferences: [CurveP384, X25519]
  cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                  TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
"""
# Plain HTTP requests to the port of TLS, with several methods. The server reads only the start of
# the first one, which is long.
PLAIN = (b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + 100000 * b"a", b"OPTIONS / HTTP/1.0",
         b"DELETE / HTTP/1.1", b"PRI * HTTP/2.0", b"get / HTTP/1.1")


def raw(subject, request):
    """Sends bytes that are not TLS. Returns the first bytes of the answer."""
    with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
        sock.sendall(request)
        try:
            return sock.recv(4096)
        except ConnectionError:
            return b""


def check_hint_of_https(subject, request):
    answer = raw(subject, request + b"\r\n\r\n")
    check(answer.startswith(b"HTTP/1.1 400 Bad Request\r\n") and b"https://" in answer,
          f"the answer to {request[:20]} on the port of TLS is {answer!r}")


def suites(subject):
    """Returns the TLS 1.2 cipher suites with which a connection succeeds."""
    every = subject.context()
    every.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    taken = set()
    for name in (suite["name"] for suite in every.get_ciphers()):
        context = subject.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.set_ciphers(f"{name}:@SECLEVEL=0")
            with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
                with context.wrap_socket(sock, server_hostname="127.0.0.1") as stream:
                    taken.add(stream.cipher()[0])
        except OSError:
            pass
    return taken


def default_suites():
    """By default every connection has forward secrecy and authenticated encryption, for both types
    of keys.
    """
    for kind, words in (("RSA", RSA_KEY), ("ECDSA", EC_KEY)):
        subject = Subject(ONE_WAY)
        subject.authority.issue("server", key=words)
        until("the loaded key", lambda kind=kind, subject=subject:
              any(kind in name for name in suites(subject)))
        expect(suites(subject), {f"ECDHE-{kind}-{cipher}" for cipher in (
            "AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}, "the suites")
        subject.exporter.stop()


def check_refused(subject, certificate):
    """The server must not answer a client that has this certificate."""
    try:
        status, _ = subject.get(certificate=certificate)
    except (OSError, http.client.HTTPException):
        return
    check(False, f"the server answered with status {status}")


def old_tls(subject):
    context = subject.context(subject.certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the version is deprecated
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
            context.wrap_socket(sock, server_hostname="127.0.0.1")
    except OSError as error:
        return error
    return check(False, "the server accepted TLS 1.1")


def refusal_table():
    """The exporter counts each refused client once, with the correct reason."""
    subject = Subject(MUTUAL + CHOSEN + USERS)
    others = Authority(subject.directory, "others").issue("stranger")
    expired = subject.authority.issue("expired", days=0)
    table = [
        ("no certificate", "certificate", lambda: check_refused(subject, None)),
        ("a certificate of others", "certificate", lambda: check_refused(subject, others)),
        ("an expired certificate", "certificate", lambda: check_refused(subject, expired)),
        *((f"plain HTTP, {request[:10]}", "plain_http", partial(check_hint_of_https, subject, request))
          for request in PLAIN),
        ("TLS 1.1", "tls_version", lambda: old_tls(subject)),
        ("no TLS at all", "handshake", lambda: raw(subject, b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("no password", "password", lambda: wrong_password(subject, None)),
        ("a wrong password", "password", lambda: wrong_password(subject, "prometheus:secreT")),
        ("an unknown user", "password", lambda: wrong_password(subject, "root:secret")),
        ("no base64", "password", lambda: wrong_password(subject, "\xff")),
    ]
    for name, reason, attempt in table:
        before = subject.refusals()
        attempt()
        rise = {key: value - before[key] for key, value in subject.refusals().items()
                if value != before[key]}
        expect(rise, {reason: 1}, f"the counters after {name}")
        print(f"{name}: refused as {reason}")
    expect(subject.get()[0], 200, "the status after all refusals")
    subject.exporter.stop()


def allowed_names():
    """The exporter accepts only trusted certificates that contain one of the names."""
    subject = Subject(MUTUAL + "  client_allowed_sans: [prometheus.example.org, 192.0.2.9, "
                      "'2001:db8::9', 'spiffe://example.org/prometheus', p@example.org]\n")
    listed = {"a DNS name": ",DNS:other.example.org,DNS:prometheus.example.org",
              "an address": ",IP:192.0.2.9", "an address of IPv6": ",IP:2001:db8:0:0::9",
              "a URI": ",URI:spiffe://example.org/prometheus", "a mail address": ",email:p@example.org"}
    subject.certificate = subject.authority.issue("named", names=listed["a DNS name"])
    for what, names in listed.items():
        known = subject.authority.issue("listed", names=names)
        expect(subject.get(certificate=known)[0], 200, f"the status with {what}")
    before = subject.refusals()["certificate"]
    others = ["", ",DNS:prometheus.example.org.evil.example", ",IP:192.0.2.90",
              ",email:prometheus.example.org@example.org"]
    for names in others:
        check_refused(subject, subject.authority.issue("others", names=names))
    expect(subject.refusals()["certificate"] - before, len(others),
           "the number of refused certificates")
    print(f"client_allowed_sans: {len(listed)} kinds accepted, {len(others)} refused")
    subject.exporter.stop()


def accepted(subject, certificate):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return subject.get(certificate=certificate)[0] == 200


def several_authorities():
    """The exporter accepts clients of each authority in the file, which may have one twice."""
    subject = Subject(MUTUAL)
    others = Authority(subject.directory, "others")
    with open(others.pem, encoding="ascii") as file, open(subject.authority.pem, "a", encoding="ascii") as known:
        known.write(2 * file.read())
    stranger = others.issue("stranger")
    until("the file with two authorities", lambda: accepted(subject, stranger))
    expect(subject.get()[0], 200, "the status for a client of the first authority")
    subject.exporter.stop()


def prometheus_scrapes():
    need_prometheus()
    subject = Subject(MUTUAL + USERS)
    client, key = subject.certificate
    settings = f"""
    scheme: https
    tls_config: {{ca_file: {subject.directory}/ca.pem, cert_file: {client}, key_file: {key}}}
    basic_auth: {{username: prometheus, password: secret}}"""
    prometheus = Prometheus(subject.port, settings=settings).wait()
    expect(prometheus.query("rexmit_collector_up")[0][1], 0.0, "rexmit_collector_up")
    prometheus.stop()
    expect(subject.refusals()["password"], 0.0, "the number of refused passwords")
    print("Prometheus scraped over mutual TLS with a password")
    subject.exporter.stop()


def main():
    need_web_config()
    default_suites()
    refusal_table()
    allowed_names()
    several_authorities()
    prometheus_scrapes()


run_test(main)
