#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--web.config.file: which clients receive the exposition, which are refused, and what prevents a
start.

A Prometheus with certificate and password scrapes. The exporter refuses unknown clients and counts
them by reason. Meanwhile the exposition stays available.
"""
import http.client
import os
import signal
import socket
import ssl
import subprocess
import warnings
from functools import partial

from secure_rig import (FLAGS, MUTUAL, ONE_WAY, USERS, Subject, expect, need_web_config, pipeline,
                        write, wrong_password)
import fake_collector
from certificates import EC_KEY, RSA_KEY, Authority
from lifetime import check, run_test, until
from prometheus import Prometheus, need_prometheus

SERIES, PACKET = 1000, 40
CHOSEN = """\
  curve_preferences: [CurveP384, X25519]
  cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                  TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
"""
PROVIDERS = """\
openssl_conf = main
[main]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
[req]
distinguished_name = name
[name]
"""


# HTTP on the port of TLS: requests of any method, and one of which the server reads only the first
# bytes.
PLAIN = (b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + 100000 * b"a", b"OPTIONS / HTTP/1.0",
         b"DELETE / HTTP/1.1", b"PRI * HTTP/2.0", b"get / HTTP/1.1")


def raw(subject, request):
    """Sends bytes that are not TLS. Returns all bytes of the answer."""
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
    """By default a connection has forward secrecy and authenticated encryption, with both kinds
    of key."""
    for kind, words in (("RSA", RSA_KEY), ("ECDSA", EC_KEY)):
        subject = Subject(ONE_WAY)
        subject.authority.issue("server", key=words)
        until("the loaded key", lambda kind=kind, subject=subject:
              any(kind in name for name in suites(subject)))
        expect(suites(subject), {f"ECDHE-{kind}-{cipher}" for cipher in (
            "AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}, "the suites")
        subject.exporter.stop()


def check_refused(subject, certificate):
    """The server must not answer a client with this certificate."""
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
    """Each refused client is counted once, under the right reason only."""
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
    """Only clients whose trusted certificate has one of the names are accepted."""
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


def files_of_others():
    """Configurations of other exporters, and the log lines about them."""
    for text, words in (("", "neither TLS nor passwords"),
                        ("tls_server_config: {}\nbasic_auth_users: {}\n", "neither TLS nor"),
                        (ONE_WAY + "http_server_config:\n  http2: true\n", "http2 is ignored"),
                        (ONE_WAY + "rate_limit: {interval: 1s, burst: 9}\n", "rate_limit is ignored")):
        subject = Subject(text)
        expect(subject.get(user=None)[0], 200, f"the status for {text}")
        expect(subject.exporter.log().count(words), 1, f"the number of warnings about {words}")
        subject.exporter.stop()


def readable_by_others():
    """The exporter warns about each private file that every user can read."""
    subject = Subject(ONE_WAY + USERS)
    for name in ("server.key", "web.yml"):
        expect(subject.exporter.log().count(f"can read {subject.directory}/{name}"), 1,
               f"the number of warnings about {name}")
    subject.exporter.stop()
    subject = Subject(USERS, mode=0o600)
    check("can read" not in subject.exporter.log(),
          f"an unexpected warning: {subject.exporter.log()}")
    subject.exporter.stop()


def passwords_with_providers():
    """The exporter loads the modules of openssl.cnf before it restricts system calls."""
    directory = pipeline.private_directory()
    os.environ["OPENSSL_CONF"] = f"{directory}/openssl.cnf"
    with open(os.environ["OPENSSL_CONF"], "w", encoding="ascii") as file:
        file.write(PROVIDERS)
    os.chmod(file.name, 0o644)
    try:
        subject = Subject(USERS)
    finally:
        del os.environ["OPENSSL_CONF"]
    expect(subject.get()[0], 200, "the status")
    subject.exporter.stop()


def passwords_without_tls():
    subject = Subject(USERS)
    wrong_password(subject, None)
    expect(subject.get()[0], 200, "the status")
    before_s = sum(subject.cpu_s())
    for _ in range(200):
        expect(subject.get()[0], 200, "the status for a known password")
    print(f"200 scrapes with a known password: {sum(subject.cpu_s()) - before_s:.2f} s of CPU")
    subject.exporter.stop()


def inherited_by_the_password_process():
    """The password process shares no memory with the exporter, such as the state file. It has
    four descriptors."""
    if os.geteuid() != 0:
        print("not root: cannot check what the password process inherited")
        return
    state = f"{pipeline.private_directory()}/state"
    subject = Subject(USERS, "--state-file", state)
    own, checker = subject.pids()
    maps = {}
    for pid in (own, checker):
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            maps[pid] = [line for line in file if line.split()[1].endswith("s")]
    check(any(state in line for line in maps[own]), "the exporter does not map the state file")
    expect(maps[checker], [], "shared memory of the password process")
    expect(sorted(os.listdir(f"/proc/{checker}/fd")), ["0", "1", "2", "3"],
           "the descriptors of the password process")
    print("the password process shares no memory")
    subject.exporter.stop()


def password_process_killed():
    """If the password process is killed, the exporter ends with a reason. Its service manager
    then restarts both."""
    subject = Subject(USERS)
    expect(subject.get()[0], 200, "the status before the kill")
    own, checker = subject.pids()
    os.kill(checker, signal.SIGKILL)
    expect(subject.exporter.process.wait(20), 1, f"the exit status of {own}")
    check("the password checker has ended" in subject.exporter.log(),
          f"the log has no reason: {subject.exporter.log()}")
    print("the exporter ended with a reason after its password process was killed")


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


def long_exposition():
    """An exposition longer than a TLS record (16 KiB) arrives complete and in order."""
    subject = Subject(ONE_WAY)
    peer = subject.rig.accept()
    peer.send(fake_collector.hello(b"long-page-by-tls"))
    for begin in range(0, SERIES, PACKET):
        peer.send(*(fake_collector.event(i + 1, remote=f"10.1.{i >> 8}.{i & 255}")
                    for i in range(begin, begin + PACKET)))
    peer.acks(SERIES)
    found = subject.scrape().values("tcp_retransmissions_total")
    expect({labels["dst_ip"] for labels, _ in found},
           {f"10.1.{i >> 8}.{i & 255}" for i in range(SERIES)}, "the peers")
    expect(len(found), SERIES, "the number of series")
    subject.exporter.stop()


def shake_hands(stream, sock, received, sent):
    while True:
        try:
            stream.do_handshake()
            return
        except ssl.SSLWantReadError:
            sock.sendall(sent.read())
            received.write(sock.recv(65536))


def all_after_closing(context, port, request):
    """Returns what a client receives that sends its request and close_notify in one segment."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    stream, answer = context.wrap_bio(received, sent, server_hostname="127.0.0.1"), b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        shake_hands(stream, sock, received, sent)
        stream.write(request)
        try:
            stream.unwrap()
        except ssl.SSLWantReadError:  # the server's close_notify has not arrived
            pass
        sock.sendall(sent.read())
        try:
            while part := sock.recv(65536):
                received.write(part)
        except ConnectionError:
            pass
    try:
        while part := stream.read(65536):
            answer += part
    except ssl.SSLError:
        pass
    return answer


def half_closed():
    """close_notify ends only the client's direction (RFC 8446 6.1)."""
    subject = Subject(ONE_WAY)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = subject.context()
        context.minimum_version = context.maximum_version = version
        for path in ("/healthz", "/uplot.js"):
            answer = all_after_closing(context, subject.port,
                                       f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            head, _, body = answer.partition(b"\r\n\r\n")
            check(f"Content-Length: {len(body)}\r\n".encode() in head,
                  f"{version.name}: the answer to {path} ended after {len(answer)} bytes")
    subject.exporter.stop()


def cannot_start():
    directory = pipeline.private_directory()
    Authority(directory, "ca").issue("server")
    cases = [
        (MUTUAL + "  client_ca: a\n", "line 6: tls_server_config: 'client_ca' is not a supported key"),
        (ONE_WAY.replace("server.pem", "none.pem"), "none.pem: No such file or directory"),
        (ONE_WAY.replace("server.key", "ca.key"), "key_file: "),
        (ONE_WAY + "  cipher_suites: [TLS_NONE_WITH_NONE]\n", "TLS_NONE_WITH_NONE"),
        ("basic_auth_users:\n  a: plain\n", "line 2: basic_auth_users: 'a' needs a bcrypt hash"),
    ]
    os.chmod(f"{directory}/ca.key", 0o644)
    for text, words in cases:
        done = subprocess.run(
            [*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, "--collector-socket",
             f"{directory}/none", "--web.listen-address", "127.0.0.1:0", "--web.config.file",
             write(directory, text)], capture_output=True, text=True, timeout=30, check=False)
        expect(done.returncode, 1, f"the exit status for {text}")
        check("web.yml: " in done.stderr and words in done.stderr, f"{words}: {done.stderr}")
        expect(len(done.stderr.splitlines()), 1 + ("running without" in done.stderr),
               f"the number of lines in {done.stderr}")


def main():
    need_web_config()
    cannot_start()
    refusal_table()
    allowed_names()
    files_of_others()
    readable_by_others()
    passwords_with_providers()
    passwords_without_tls()
    inherited_by_the_password_process()
    password_process_killed()
    long_exposition()
    half_closed()
    prometheus_scrapes()


run_test(main)
