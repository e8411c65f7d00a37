#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""100 attackers guess passwords. The exporter still accepts a new client with a correct password.

A few scrapes may stay unanswered. If too many connections have sent no request, the exporter closes
the oldest of them (exporter/http/admission.h). That may be the connection of a delayed scraper.
"""
import http.client
import subprocess
import sys
import threading
import time

from secure_rig import USERS, Subject, expect, need_web_config
from lifetime import check, run_test, until

ATTACKERS, SECONDS = 100, 8
UNANSWERED = 0.05


def attacker(subject, number, stop, seen):
    """Tries passwords without end, from one of the attackers' four addresses."""
    attempt = 0
    while not stop.is_set():
        attempt += 1
        try:
            status, _ = subject.get(f"prometheus:{number}.{attempt}",
                                    source=(f"127.0.0.{2 + number % 4}", 0))
            seen[status] = seen.get(status, 0) + 1
        except (OSError, http.client.HTTPException):
            seen["closed"] = seen.get("closed", 0) + 1
        time.sleep(0.01)


def run_attackers(subject):
    """Runs the attackers in another process, so that they do not slow this one down."""
    stop, seen = threading.Event(), {}
    threads = [threading.Thread(target=attacker, args=(subject, i, stop, seen), daemon=True)
               for i in range(ATTACKERS)]
    for thread in threads:
        thread.start()
    until("a password that is not checked because there are too many", lambda: 503 in seen)
    print("refused", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(sorted(seen.items(), key=str), flush=True)


def status_of_scrape(subject):
    """Returns the status, or None if the exporter closed the connection without an answer."""
    try:
        return subject.get()[0]
    except ConnectionError:
        return None


def main():
    need_web_config()
    subject = Subject(USERS)
    with subprocess.Popen([sys.executable, __file__, str(subject.port)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as crowd:
        expect(crowd.stdout.readline(), "refused\n", "the attackers' first line")
        until("an accepted scrape of a new client", lambda: status_of_scrape(subject) == 200)
        before, begin, times, unanswered = subject.cpu_s(), time.monotonic(), [], 0
        while time.monotonic() - begin < SECONDS:
            start = time.monotonic()
            status = status_of_scrape(subject)
            if status is None:
                unanswered += 1
            else:
                expect(status, 200, "the status of a scrape")
                times.append(time.monotonic() - start)
            time.sleep(0.02)
        cpu = [(now - then) / SECONDS for then, now in zip(before, subject.cpu_s())]
        seen = crowd.communicate("")[0].strip()
    check(unanswered <= UNANSWERED * (unanswered + len(times)),
          f"{unanswered} scrapes were closed unanswered, {len(times)} were answered")
    times.sort()
    print(f"{ATTACKERS} attackers for {SECONDS} s: exporter {cpu[0]:.0%}, passwords {cpu[1]:.0%} of a "
          f"CPU; {len(times)} scrapes, {unanswered} more unanswered: median "
          f"{1000 * times[len(times) // 2]:.1f} ms, p99 "
          f"{1000 * times[int(.99 * (len(times) - 1))]:.1f} ms, longest {1000 * times[-1]:.1f} ms; "
          f"they received {seen}; memory {subject.memory_kib()} KiB")
    rises = subject.refusals()
    check(rises["password"] > 0 and rises["busy"] > 0, f"the exporter counted {rises}")
    subject.exporter.stop()


class Crowd:
    """The attributes of Subject that the attackers' process needs."""

    def __init__(self, port):
        self.port, self.tls = port, False

    get = Subject.get


if len(sys.argv) > 1:
    run_attackers(Crowd(int(sys.argv[1])))
else:
    run_test(main)
