# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""TLS clients receive complete answers, even after they have closed their direction."""
import socket
import ssl

from secure_rig import ONE_WAY, Subject, expect, need_web_config
import fake_collector
from lifetime import check, run_test

SERIES, PACKET = 1000, 40


def long_exposition():
    """An exposition that is longer than a TLS record (16 KiB) arrives complete and in order."""
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
    """Sends a request and close_notify in one segment. Returns all that the client receives."""
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


def main():
    need_web_config()
    long_exposition()
    half_closed()


run_test(main)
