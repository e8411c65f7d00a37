#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""TLS clients that send endless messages without a request do not block other clients.

tls_flood.c sends each kind of message. During a flood the exporter answers nine of ten requests on
an open connection within PROMPT_NS, and each within LONGEST_NS. The limits exclude the time for
which other processes had the CPU (answer_time.py). The exporter accepts new connections, and closes
the flooding client.
"""
import os
import subprocess
import sys
import threading
import time

from secure_rig import ONE_WAY, Subject, need_web_config
import http.client
from answer_time import AnswerTime
from lifetime import check, on_exit, run_test, stop

SECONDS, PROMPT_NS, LONGEST_NS = 4, 100 * 10**6, 500 * 10**6
KINDS = ("key_update", "renegotiation", "warning", "fragments", "empty")


def flood(subject, kind):
    process = subprocess.Popen([os.environ["REXMIT_TLS_FLOOD"], str(subject.port), kind],
                               stdout=subprocess.PIPE, text=True)
    on_exit(stop, process)
    check(process.stdout.readline() == "connected\n", f"{kind}: the client did not connect")
    return process


def ask(connection):
    connection.request("GET", "/healthz")
    check(connection.getresponse().read() == b"ok\n", "the answer to /healthz is wrong")


def ask_new(subject):
    check(subject.get(user=None)[0] == 200, "a scrape over a new connection failed")


def under_flood(subject, kind):
    connection = http.client.HTTPSConnection(
        "127.0.0.1", subject.port, context=subject.context(), timeout=60)
    connection.connect()
    connection.auto_open = 0
    answer_time = AnswerTime(subject.exporter.process.pid)
    process, times, new = flood(subject, kind), [], []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        times.append(answer_time.of_ns(lambda: ask(connection)))
        if len(times) % 20 == 1:
            new.append(answer_time.of_ns(lambda: ask_new(subject)))
        time.sleep(0.01)
    connection.close()
    check(process.poll() is None, f"{kind}: the client has ended")
    hangs = threading.Timer(60, process.kill)
    hangs.start()
    closed = process.stdout.readline().count("connected")
    hangs.cancel()
    process.kill()
    closed += process.stdout.read().count("connected")
    times.sort()
    ninth = times[len(times) * 9 // 10]
    print(f"{kind}: {len(times)} answers, nine of ten within {ninth / 1e6:.1f} ms, longest "
          f"{times[-1] / 1e6:.1f} ms; {len(new)} new connections, longest {max(new) / 1e6:.1f} ms; "
          f"closed {closed} times", flush=True)
    check(ninth < PROMPT_NS and times[-1] < LONGEST_NS, f"{kind}: an open connection waited")
    check(closed > 0, f"{kind}: the client was not closed")


def main():
    need_web_config()
    subject = Subject(ONE_WAY)
    for kind in sys.argv[1:] or KINDS:
        under_flood(subject, kind)
    subject.exporter.running()
    subject.exporter.stop()


run_test(main)
