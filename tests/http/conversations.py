#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Fuzzes the TLS and HTTP state machines with talker.c, whose random choices depend on a seed.

At the same time another client uses an open connection and new ones, and must get each answer within
100 ms. The limit excludes the time for which other processes had the CPU (answer_time.py). The
exporter may close few of the client's connections, and only to make room for others. After
the run the exporter must have as many descriptors and connections as before. Its memory may have
grown by at most GROWTH_KIB. The talker must have done each action.

conversations.py [--seed N] [--for SECONDS] [plain|tls]
"""
import argparse
import contextlib
import http.client
import os
import random
import re
import subprocess
import threading
import time

from secure_rig import FLAGS, ONE_WAY, Rig, Subject, expect, exposition, need_web_config, pipeline
import fake_collector
from answer_time import AnswerTime
from lifetime import Failure, check, on_exit, run_test, stop, until
from trend import Trend

PROMPT_NS = 100 * 10**6
DEADLINE_S = 60
TLS_ONLY = {"key updates", "renegotiations", "close notifies", "handshakes"}
GROWTH_KIB = 4096
SERIES = 2000


class Plain(Subject):
    """The exporter without TLS."""

    def __init__(self):
        self.rig = Rig()
        self.exporter = self.rig.exporter
        self.port = self.exporter.port


def feed(subject):
    """Sends so many peers that the exposition is larger than a socket's buffer."""
    peer = subject.rig.accept()
    peer.send(fake_collector.hello(b"conversations..."))
    for start in range(0, SERIES, 250):
        peer.send(*(fake_collector.event(i + 1, remote=f"10.0.{i >> 8}.{i & 255}")
                    for i in range(start, start + 250)))
    peer.acks(SERIES)
    return peer


def keep_alive(peer):
    """Sends counters, as a collector does. Otherwise the exporter would close the connection."""
    with contextlib.suppress(OSError):
        while True:
            peer.send(fake_collector.counter(fake_collector.MEMORY, 1))
            time.sleep(1)


def connect(subject, kind):
    if kind == "plain":
        connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=DEADLINE_S)
    else:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", subject.port, context=subject.context(), timeout=DEADLINE_S)
    connection.connect()
    connection.auto_open = 0
    return connection


def request(subject, connection, path):
    connection.request("GET", path)
    response = connection.getresponse()
    expect((response.status, len(response.read()) > 0), (200, True), f"the answer to {path}")


class Other:
    """The other client. It keeps a connection open."""

    def __init__(self, subject, kind):
        self.subject, self.kind = subject, kind
        self.kept = connect(subject, kind)
        self.answer_time = AnswerTime(subject.exporter.process.pid)
        self.times = {"open": [], "new": []}
        self.closed = 0

    def measure(self, which, action):
        """Fails if no answer arrives. Counts the request if the exporter closes the connection."""
        try:
            self.times[which].append(self.answer_time.of_ns(action))
        except TimeoutError:
            raise Failure(f"{self.kind}: a request was not answered within {DEADLINE_S} s") from None
        except (OSError, http.client.HTTPException) as error:
            self.subject.exporter.running()
            print(f"{self.kind}: a connection was closed: {error!r}", flush=True)
            self.closed += 1
            self.kept.close()
            self.kept = connect(self.subject, self.kind)

    def ask_new(self):
        connection = connect(self.subject, self.kind)
        request(self.subject, connection, "/healthz")
        connection.close()

    def ask(self):
        asked = len(self.times["open"])
        path = "/metrics" if asked % 10 == 0 else "/healthz"
        self.measure("open", lambda: request(self.subject, self.kept, path))
        if asked % 20 == 1:
            self.measure("new", self.ask_new)

    def check(self):
        for which, times in self.times.items():
            check(times, f"no answers over {which} connections")
            print(f"{self.kind}: {len(times)} answers over {which} connections, the longest after "
                  f"{max(times) / 1e6:.1f} ms", flush=True)
            check(FLAGS or max(times) < PROMPT_NS, "the other client waited too long")
        made_room = shed(self.subject, self.kind)
        print(f"{self.kind}: {self.closed} connections of the other client closed; "
              f"{made_room:.0f} closed to make room")
        # If the talker stops reading, its responses fill the shared memory. The exporter closes
        # connections that have read nothing for 100 ms. On a busy machine this client may have one
        # of them.
        check(self.closed <= made_room and self.closed < len(self.times["open"]) / 10,
              f"the other client's connection was closed {self.closed} times")


def shed(subject, kind):
    connection = connect(subject, kind)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return exposition.Exposition(text).sum("rexmit_http_shed_connections_total")


def fds(subject):
    return len(os.listdir(f"/proc/{subject.exporter.process.pid}/fd"))


def converse(subject, kind, seed, seconds):
    """The other client sends requests while the talker runs. Returns the other client, the talker's
    counts, and the trend of the memory.
    """
    other, memory = Other(subject, kind), Trend(f"{kind}: VmRSS", "KiB", GROWTH_KIB)
    talker = subprocess.Popen([os.environ["REXMIT_TALKER"], str(subject.port), kind, str(seed),
                               str(seconds)], stdout=subprocess.PIPE, text=True)
    on_exit(stop, talker)
    while talker.poll() is None:
        other.ask()
        memory.add(time.monotonic(), subject.memory_kib())
        time.sleep(0.01)
    check(talker.returncode == 0, f"the talker ended with status {talker.returncode}")
    other.kept.close()
    return other, talker.stdout.read().strip(), memory


def check_counts(kind, counts):
    print(f"{kind}: {counts}")
    missing = {what for count, what in re.findall(r"(\d+) ([a-z ]+)", counts) if int(count) == 0}
    check(missing == (TLS_ONLY if kind == "plain" else set()), f"the talker made no {missing}")


def fuzz(kind, seed, seconds):
    subject = Plain() if kind == "plain" else Subject(ONE_WAY)
    threading.Thread(target=keep_alive, args=(feed(subject),), daemon=True).start()
    settled = fds(subject)
    converse(subject, kind, seed + 1, 1)  # fills every cache
    until(f"{settled} descriptors, as before", lambda: fds(subject) == settled)
    before_kib = subject.memory_kib()
    other, counts, memory = converse(subject, kind, seed, seconds)
    check_counts(kind, counts)
    other.check()
    subject.exporter.running()
    until(f"{settled} descriptors, as before", lambda: fds(subject) == settled)
    grown = subject.memory_kib() - before_kib
    print(f"{kind}: memory grew by {grown} KiB\n{memory.text()}", flush=True)
    # A sanitizer keeps freed memory to detect its use, and reports leaks when the program ends.
    check(FLAGS or (grown <= GROWTH_KIB and not memory.grows()),
          f"the memory grew by {grown} KiB: {memory.text()}")
    subject.exporter.stop()
    check("WARN" not in subject.exporter.log() and "ERROR" not in subject.exporter.log(),
          f"the exporter logged a warning or an error: {subject.exporter.log()}")


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
