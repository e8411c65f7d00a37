# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Without events the collector rarely runs. It still sends the next event at once."""
import contextlib
import datetime
import json
import socket
import time

import network
import pipeline
from lifetime import check, need_root_and_namespaces, run_test, until

EVENTS = 12
SECONDS = 2


def voluntary_switches(pid):
    """Returns how often the process has blocked."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))


def check_idle(collector, exporter):
    """Without events the collector blocks less than 15 times a second.

    Other programs cause events, too. Seconds with many events are skipped.
    """
    def records():
        return exporter.scrape().sum("rexmit_records_total", type="event")
    for _ in range(15):
        events, waits = records(), voluntary_switches(collector.process.pid)
        time.sleep(SECONDS)
        waits = voluntary_switches(collector.process.pid) - waits
        events = records() - events
        if events <= 4:  # the two scrapes make connections
            check(waits < 15 * SECONDS, f"{waits} waits in {SECONDS} s with {events} events")
            print(f"{waits} waits in {SECONDS} s without events")
            return
    print("not checked: this host always has events")


def delays(exporter, netns):
    """Yields the delays of new lines: the seconds since the SYN was retransmitted.

    Each delay is measured when the caller asks, so the caller must ask often.
    """
    printed = 0
    while True:
        now, found = time.time(), []
        lines = exporter.lines()
        for line in lines[printed:]:
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("netns") == netns and event["cause"] == "syn":
                sent = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
                found.append(now - sent.timestamp())
        printed = len(lines)
        yield found


def check_delay(exporter):
    """Makes connections to an address that does not answer, half a second apart.

    Each connection retransmits its SYN after a second.
    """
    with network.make_pair() as (client, server), contextlib.ExitStack() as sockets:
        server.drop("tcp flags & (syn|ack) == syn")
        watched, measured = delays(exporter, client.inode), []
        next(watched)  # an earlier namespace, of another test, may have had the same inode
        for i in range(2 * EVENTS):
            if i % 2 == 0:
                with client.inside():
                    one = sockets.enter_context(socket.socket())
                one.setblocking(False)
                one.connect_ex((server.v4, 5000))
            end = time.monotonic() + 0.25
            while time.monotonic() < end:
                measured += next(watched)
                time.sleep(0.005)
        until("the last events", lambda: measured.extend(next(watched)) or len(measured) >= EVENTS)
    measured.sort()
    print("ms: " + " ".join(f"{delay * 1000:.0f}" for delay in measured))
    # Without a wakeup an event would wait half a second on average. A busy host may delay some
    # events.
    check(measured[len(measured) // 4] < 0.1, "three quarters of the events came later than 100 ms")


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory).wait()
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE, "--print-events", "--format",
                                 "json").wait().wait_for_collector()
    check_idle(collector, exporter)
    check_delay(exporter)


run_test(main)
