#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""TLS clients that send endless messages without a request do not block other clients.

tls_flood.c sends each kind of message. During a flood the exporter answers nine of ten requests on
an open connection within PROMPT_S; the tenth may wait for another process's CPU time. The exporter
accepts new connections, and closes the flooding client.
"""
import os
import subprocess
import sys
import time

from secure_rig import ONE_WAY, Subject, need_web_config
import http.client
from lifetime import check, on_exit, run_test, stop

SECONDS, PROMPT_S, LONGEST_S = 4, 0.1, 2
KINDS = ("key_update", "renegotiation", "warning", "fragments", "empty")


def flood(subject, kind):
    process = subprocess.Popen([os.environ["REXMIT_TLS_FLOOD"], str(subject.port), kind],
                               stdout=subprocess.PIPE, text=True)
    on_exit(stop, process)
    check(process.stdout.readline() == "connected\n", f"{kind}: the client did not connect")
    return process


def under_flood(subject, kind):
    connection = http.client.HTTPSConnection(
        "127.0.0.1", subject.port, context=subject.context(), timeout=60)
    connection.connect()
    connection.auto_open = 0
    process, times, new_s = flood(subject, kind), [], []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        start = time.monotonic()
        connection.request("GET", "/healthz")
        check(connection.getresponse().read() == b"ok\n", "the answer to /healthz is wrong")
        times.append(time.monotonic() - start)
        if len(times) % 20 == 1:
            start = time.monotonic()
            check(subject.get(user=None)[0] == 200, "a scrape over a new connection failed")
            new_s.append(time.monotonic() - start)
        time.sleep(0.01)
    connection.close()
    check(process.poll() is None, f"{kind}: the client has ended")
    process.kill()
    closed = process.stdout.read().count("connected")
    times.sort()
    ninth_s = times[len(times) * 9 // 10]
    print(f"{kind}: {len(times)} answers, nine of ten within {1000 * ninth_s:.1f} ms, longest "
          f"{1000 * times[-1]:.1f} ms; {len(new_s)} new connections, longest "
          f"{1000 * max(new_s):.1f} ms; closed {closed} times", flush=True)
    check(ninth_s < PROMPT_S and times[-1] < LONGEST_S, f"{kind}: an open connection waited")
    check(closed > 0, f"{kind}: the client was not closed")


def main():
    need_web_config()
    subject = Subject(ONE_WAY)
    for kind in sys.argv[1:] or KINDS:
        under_flood(subject, kind)
    subject.exporter.running()
    subject.exporter.stop()


run_test(main)
