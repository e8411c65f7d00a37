#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A fuzzer of the TLS and HTTP state machines: talker.c, of which the choices depend on a seed.

Meanwhile another client is always answered, over an open and over new connections. The time limit
is CPU time of the exporter from request to answer, because a busy machine does not change that.
Afterwards descriptors and connections are as before, and the memory has grown by at most GROWTH_KIB.

conversations.py [--seed N] [--for SECONDS] [plain|tls]
"""
import argparse
import contextlib
import http.client
import os
import random
import subprocess
import threading
import time

from secure_rig import FLAGS, ONE_WAY, Rig, Subject, expect, need_web_config, pipeline
import fake_collector
from lifetime import Failure, check, on_exit, run_test, stop, until

PROMPT_NS, LONGEST_NS = 100 * 10**6, 1000 * 10**6
GROWTH_KIB = 4096
SERIES = 2000


class Plain(Subject):
    """The exporter without TLS."""

    def __init__(self):
        self.rig = Rig()
        self.exporter = self.rig.exporter
        self.port = self.exporter.port


def feed(subject):
    """Peers, so that an exposition does not fit into a socket's buffer."""
    peer = subject.rig.accept()
    peer.send(fake_collector.hello(b"conversations..."))
    for start in range(0, SERIES, 250):
        peer.send(*(fake_collector.event(i + 1, remote=f"10.0.{i >> 8}.{i & 255}")
                    for i in range(start, start + 250)))
    peer.acks(SERIES)
    return peer


def keep_alive(peer):
    """Sends counters, as a collector does; otherwise the exporter assumes that it is dead."""
    with contextlib.suppress(OSError):
        while True:
            peer.send(fake_collector.counter(fake_collector.MEMORY, 1))
            time.sleep(1)


def connect(subject, kind):
    if kind == "plain":
        connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=60)
    else:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", subject.port, context=subject.context(), timeout=60)
    connection.connect()
    connection.auto_open = 0
    return connection


def answer_ns(subject, connection, path):
    """The exporter's CPU time from request to answer."""
    start = subject.cpu_ns()
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, len(response.read()) > 0
    except OSError as error:
        subject.exporter.running()
        raise Failure(f"no answer to {path}: {error}; log: {subject.exporter.log()}") from error
    expect(answer, (200, True), f"the answer to {path}")
    return subject.cpu_ns() - start


def fds(subject):
    return len(os.listdir(f"/proc/{subject.exporter.process.pid}/fd"))


def converse(subject, kind, seed, seconds):
    """The times of another client while the talker talks."""
    kept, times, new = connect(subject, kind), [], 0
    talker = subprocess.Popen([os.environ["REXMIT_TALKER"], str(subject.port), kind, str(seed),
                               str(seconds)], stdout=subprocess.PIPE, text=True)
    on_exit(stop, talker)
    while talker.poll() is None:
        times.append(answer_ns(subject, kept, "/metrics" if len(times) % 10 == 0 else "/healthz"))
        if len(times) % 20 == 1:
            start = subject.cpu_ns()
            other = connect(subject, kind)
            answer_ns(subject, other, "/healthz")
            other.close()
            times.append(subject.cpu_ns() - start)
            new += 1
        time.sleep(0.01)
    kept.close()
    check(talker.returncode == 0, f"the talker ended with {talker.returncode}")
    print(f"{kind}: {talker.stdout.read().strip()}")
    return sorted(times), new


def fuzz(kind, seed, seconds):
    subject = Plain() if kind == "plain" else Subject(ONE_WAY)
    threading.Thread(target=keep_alive, args=(feed(subject),), daemon=True).start()
    settled = fds(subject)
    converse(subject, kind, seed + 1, 1)  # so that every cache is filled
    until(f"{settled} descriptors, as before", lambda: fds(subject) == settled)
    before_kib = subject.memory_kib()
    times, new = converse(subject, kind, seed, seconds)
    subject.exporter.running()
    ninth, longest = times[len(times) * 9 // 10], times[-1]
    print(f"{kind}: {len(times)} answers, {new} over new connections; CPU time of the exporter: nine "
          f"of ten within {ninth / 1e6:.1f} ms, longest {longest / 1e6:.1f} ms", flush=True)
    check(ninth < PROMPT_NS and longest < LONGEST_NS, "another client waited")
    until(f"{settled} descriptors, as before", lambda: fds(subject) == settled)
    grown = subject.memory_kib() - before_kib
    print(f"{kind}: memory grew by {grown} KiB", flush=True)
    # A sanitizer keeps freed memory, to see whether it is used; it reports leaks at the end.
    check(FLAGS or grown <= GROWTH_KIB, f"the memory grew by {grown} KiB")
    subject.exporter.stop()
    check("WARN" not in subject.exporter.log() and "ERROR" not in subject.exporter.log(),
          f"the exporter's log: {subject.exporter.log()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--for", dest="seconds", type=float, default=6)
    parser.add_argument("kinds", nargs="*", default=["plain", "tls"])
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    for kind in options.kinds:
        if kind == "tls":
            need_web_config()
        fuzz(kind, options.seed, options.seconds)


run_test(main)
