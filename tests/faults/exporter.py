#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""When one call fails, the exporter must end with a reason or serve correct expositions.

With --state it keeps its counts in a file.
"""
import gzip
import http.client
import os
import socket
import struct
import sys
import threading
import time

import fault
from lifetime import check

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

import fake_collector as fake  # noqa: E402
from exposition import Exposition  # noqa: E402

EXPORTER = os.environ.get("REXMIT_EXPORTER", "build/exporter/rexmit-exporter")
STATE = "--state" in sys.argv
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


def packets(after):
    """Returns the events of many groups that follow a position, and the names of their cgroups."""
    at, packet = 0, []
    for i in range(CONNECTIONS):
        at += 104
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
        self.collector.close()
        self.join()
        check(not self.wrong, f"the exporter sent to the collector: {self.wrong}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Pieces(http.client.HTTPConnection):
    """Sends a request in pieces, with pauses, so that the exporter receives each piece
    separately."""

    def send(self, data):
        if self.sock is None:
            self.connect()
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for begin in range(0, len(data), PIECE):
            self.sock.sendall(data[begin:begin + PIECE])
            if begin + PIECE < len(data):
                time.sleep(0.01)


def ask(port, path, headers):
    """Returns (status, body), or None if the answer was incomplete."""
    connection = Pieces("127.0.0.1", port, timeout=3)
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


def state(directory):
    return ("--state-file", f"{directory}/state") if STATE else ()


def run_once(one, directory):
    port, collector = free_port(), Collector(f"{directory}/collector.sock")
    run = fault.Run([EXPORTER, "--collector-socket", collector.collector.path,
                     "--web.listen-address", f"127.0.0.1:{port}", "--allow-root",
                     "--seccomp", "off", "--openmetrics", "created,exemplars", "--print-events",
                     "--group-by", "src_ip,dst_ip,cgroup,cause", *state(directory)], one, directory)
    try:
        with run:
            for served, wanted in enumerate(REQUESTS):
                if not request(run, port, *wanted):
                    run.judge_refusal(served)
                    break
            else:
                run.terminate()
        return run
    finally:
        collector.stop()


if __name__ == "__main__":
    if STATE:
        sys.argv.remove("--state")
    fault.sweep(run_once, "exporter", jobs=2)
