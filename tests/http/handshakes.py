#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter serves a scraper while many clients do not send a request.

The exporter keeps the scraper's open connection, and answers most of its new connections. The test
prints times.
"""
import http.client
import time

from secure_rig import ONE_WAY, Subject, expect, need_web_config
import attack
from lifetime import check, run_test, until

CLIENTS, SECONDS = 100, 8


def times_of(times):
    times = sorted(times)
    return "{}: median {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms".format(
        len(times), *(1000 * times[int(q * (len(times) - 1))] for q in (.5, .99, 1)))


def connected(subject):
    """Returns a connection, or None if the exporter closed it before the client sent anything."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", subject.port, context=subject.context(), timeout=20)
    try:
        connection.connect()
    except OSError:
        return None
    return connection


def scrape_for(subject, seconds):
    """Scrapes over one connection, which must stay open. Some scrapes use new connections."""
    kept, new, closed, end = [], [], 0, time.monotonic() + seconds
    connection = until("a connection that stays open", lambda: connected(subject))
    connection.auto_open = 0
    while time.monotonic() < end or len(new) + closed < 5:
        start = time.monotonic()
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        expect((response.status, len(response.read()) > 0), (200, True), "a scrape")
        kept.append(time.monotonic() - start)
        if len(kept) % 10 == 1:
            start = time.monotonic()
            try:
                expect(subject.get(user=None)[0], 200, "the status over a new connection")
                new.append(time.monotonic() - start)
            except OSError:  # on a busy host this client may send its first message too late
                closed += 1
        time.sleep(0.01)
    connection.close()
    check(len(new) > closed, f"{closed} scrapes were closed, {len(new)} answered")
    return (f"scrapes over one connection {times_of(kept)}; over new ones {times_of(new)}, "
            f"{closed} closed")


def main():
    need_web_config()
    subject = Subject(ONE_WAY)
    port, hello = subject.port, attack.client_hello()
    for name, *crowd in [
            ("nobody",),
            ("1000 silent", attack.drip, port, 1000, b"", True),
            (f"{CLIENTS} that send only a ClientHello", attack.drip, port, CLIENTS, hello,
             True),
            (f"{CLIENTS} that disconnect after the handshake", attack.shake_and_leave, port,
             CLIENTS)]:
        running = attack.Attack(*crowd) if crowd else None
        before_s, begin = subject.cpu_s()[0], time.monotonic()
        figures = scrape_for(subject, SECONDS if crowd else 2)
        cpu = (subject.cpu_s()[0] - before_s) / (time.monotonic() - begin)
        if running:
            check(running.process.is_alive(), f"{name}: the attacker's process has ended")
            running.stop()
        print(f"{name}: exporter {cpu:.0%} of a CPU; {figures}; memory {subject.memory_kib()} KiB",
              flush=True)
    subject.exporter.stop()


run_test(main)
