#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""When one call fails, the exporter must end with a reason or serve correct expositions.

With --state it keeps its counts in a file. With --secured it also continues from such a file, which
has other labels. It reads --networks and --web.config.file, and a client reads /events.
"""
import argparse
import gzip
import http.client
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

import fault
import web_config
from lifetime import check, until

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

import fake_collector as fake  # noqa: E402
from exposition import Exposition  # noqa: E402
from secured import Secured, free_port  # noqa: E402

EXPORTER = os.environ.get("REXMIT_EXPORTER", "build/exporter/rexmit-exporter")
INSTANCE = b"f" * 16
CONNECTIONS = 450  # the table and its index must grow
CGROUPS = 20
SEGMENTS = sum(1 + i % 3 for i in range(CONNECTIONS))
REQUESTS = (
    ("/metrics", {"Accept-Encoding": "gzip"}, 200),
    ("/metrics", {"Accept": "application/openmetrics-text"}, 200),
    ("/healthz", {}, 200),
    ("/readyz", {}, 200),
    ("/", {}, 200),
    ("/nothing", {}, 404),
    ("/metrics", {}, 200),
    ("/healthz", {"X-Long": 3000 * "a"}, 200),
)
PIECE = 1000  # bytes that are sent at once
OPTIONS = ("--allow-root", "--seccomp", "off", "--openmetrics", "created,exemplars", "--print-events",
           "--group-by", "src_ip,dst_ip,cgroup,cause")
secured, keeps_state = None, False  # the files of --secured; whether --state is given


def packets(after):
    """Returns the events of many groups that follow a position, and the names of their cgroups."""
    at, packet = 0, []
    for i in range(CONNECTIONS):
        at += fake.STRIDE
        if at <= after:
            continue
        cgroup = 1 + i % CGROUPS
        packet += [fake.name(cgroup, f"/a.slice/{cgroup}.service"),
                   fake.event(at, remote=f"198.51.{i // 200}.{1 + i % 200}", segments=1 + i % 3,
                              cgroup=cgroup, sent=i)]
        if len(packet) >= 60:
            yield packet
            packet = []
    yield packet + [fake.counter(fake.SEGMENTS, SEGMENTS, fake.FAST),
                    fake.counter(fake.DEFERRED, 0)]


class Collector(threading.Thread):
    """Serves each connection from the last acknowledgement."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.collector = fake.FakeCollector(path, timeout=0.2)
        self.acknowledged, self.wrong = 0, None
        self.may_send = threading.Event()
        self.start()

    def serve(self):
        try:
            peer = self.collector.accept()
        except struct.error:  # the exporter closed the connection before RESUME
            return
        try:
            peer.sock.settimeout(20)
            if peer.instance == INSTANCE:
                self.acknowledged = max(self.acknowledged, peer.position)
            peer.send(fake.hello(INSTANCE, position=self.acknowledged))
            self.may_send.wait()
            for packet in packets(self.acknowledged):
                peer.send(*packet)
            peer.sock.settimeout(0.2)
            while self.collector.listener:
                self.listen_to(peer)
                peer.send(fake.counter(fake.DEFERRED, 0))
        except (ConnectionError, StopIteration):
            pass
        finally:
            peer.close()

    def listen_to(self, peer):
        try:
            while True:
                position = peer.ack()
                if position is None:
                    raise StopIteration
                self.acknowledged = position
        except TimeoutError:
            pass

    def run(self):
        while self.collector.listener:
            try:
                self.serve()
            except (TimeoutError, ConnectionError):
                pass
            except OSError:
                return
            except Exception as error:  # stop() reports it to the test
                self.wrong = repr(error)

    def stop(self):
        self.may_send.set()
        self.collector.close()
        self.join()
        check(not self.wrong, f"the exporter sent to the collector: {self.wrong}")


class Pieces(http.client.HTTPConnection):
    """Sends a request in pieces, with pauses, so that the exporter receives each piece
    separately."""

    def connect(self):
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secured:
            self.sock = secured.context.wrap_socket(self.sock, server_hostname="127.0.0.1")

    def send(self, data):
        if self.sock is None:
            self.connect()
        for begin in range(0, len(data), PIECE):
            self.sock.sendall(data[begin:begin + PIECE])
            if begin + PIECE < len(data):
                time.sleep(0.01)


def ask(port, path, headers):
    """Returns (status, body), or None if the answer was incomplete."""
    connection = Pieces("127.0.0.1", port, timeout=3)
    if secured:
        headers = {**headers, "Authorization": web_config.authorization()}
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return answer.status, body.decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def judge(path, status, body):
    """Whether the answer is final. Raises Failure if the answer is wrong."""
    if path == "/metrics" and status == 200:
        text = body.removesuffix("# EOF\n") if "openmetrics" not in path else body
        exposition = Exposition("\n".join(line.split(" # ")[0] for line in text.splitlines()))
        have = exposition.sum("tcp_retransmissions_total")
        check(have <= SEGMENTS, f"{have} segments of {SEGMENTS}")
        check(exposition.sum("rexmit_stream_gaps_total") == 0, "the stream has a gap")
        check(exposition.values("rexmit_build_info"),
              f"the exposition is incomplete: {body[:200]!r}")
        return have == SEGMENTS and exposition.sum("rexmit_segments_total") == SEGMENTS
    check(status != 401, f"{path}: the exporter refuses the right password")
    if status == 200:
        wanted = {"/healthz": "ok\n", "/readyz": "collector: connected\n"}.get(path, "<!DOCTYPE")
        check(body.startswith(wanted), f"{path} answers {body!r}")
    return status in (200, 404)


def request(run, port, path, headers, wanted):
    """Sends requests until `wanted` is the answer. Returns False if the exporter has ended."""
    deadline = time.monotonic() + 30
    while not run.ended():
        answer = ask(port, path, headers)
        if answer and judge(path, *answer):
            check(answer[0] == wanted, f"{path} answers {answer}")
            return True
        check(time.monotonic() < deadline, f"no good answer to {path}: {str(answer)[:300]}")
        time.sleep(0.02)
    return False


def follow(run, port):
    """Returns a connection that reads /events, or None if the exporter has ended."""
    connection = None

    def connect():
        nonlocal connection
        connection = Pieces("127.0.0.1", port, timeout=3)
        try:
            connection.request("GET", "/events", headers={"Authorization": web_config.authorization()})
            if connection.getresponse().status == 200:
                return True
        except (OSError, http.client.HTTPException):
            pass
        connection.close()
        return run.ended()
    until("a reader of /events", connect)
    return None if run.ended() else connection


def ask_without_tls(port):
    """The exporter explains TLS to a client that sends plain HTTP, or closes the connection."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            answer = client.recv(4096)
    except OSError:
        return
    check(not answer or answer.startswith(b"HTTP/1.1 400 "), f"the answer to plain HTTP is {answer!r}")


def options(directory):
    if secured:
        return secured.options(directory)
    return ("--state-file", f"{directory}/state") if keeps_state else ()


def serves(run, port, collector):
    """Returns the number of answers until the exporter has ended, or None if it serves everything."""
    reader = follow(run, port) if secured else None
    collector.may_send.set()
    try:
        for served, wanted in enumerate(REQUESTS):
            if not request(run, port, *wanted):
                return served
        if secured:
            ask_without_tls(port)
            run.process.send_signal(signal.SIGHUP)
            if not request(run, port, *REQUESTS[0]):
                return len(REQUESTS)
        return None
    finally:
        if reader:
            reader.close()


def run_once(one, directory):
    port, collector = free_port(), Collector(f"{directory}/collector.sock")
    run = fault.Run([EXPORTER, "--collector-socket", collector.collector.path,
                     "--web.listen-address", f"127.0.0.1:{port}", *OPTIONS, *options(directory)], one, directory)
    try:
        with run:
            served = serves(run, port, collector)
            if served is None:
                run.terminate()
            else:
                run.judge_refusal(served)
        return run
    finally:
        collector.stop()


def main():
    global secured, keeps_state
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--state", action="store_true")
    parser.add_argument("--secured", action="store_true")
    modes, sys.argv[1:] = parser.parse_known_args()
    keeps_state = modes.state
    if not modes.secured:
        fault.sweep(run_once, "exporter", jobs=2)
    web_config.need_web_config()
    with tempfile.TemporaryDirectory(prefix="rexmit-fault-") as directory:
        secured = Secured(directory, EXPORTER)
        fault.sweep(run_once, "exporter", jobs=2)


if __name__ == "__main__":
    main()
