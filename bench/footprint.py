# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures start-up time, memory and idle CPU time."""
import time

import kernel_cost
import network
import subject
from lifetime import until

SERIES = (0, 10_000, 100_000)
# Makes thousands of events a second. The connections mostly wait for a timer, so that the collector
# gets the CPUs.
START_LOAD = {"parallel": 200, "bytes": 200_000, "write": 100, "loss": 50, "rto": "40ms"}
MEMORY_RING = 16 << 20  # has room for one record of each series


def first_event_ms(rexmit):
    """Returns the time from the collector's start to the first counted event."""
    until("the first event", lambda: rexmit.generate("count")["records"])
    return (rexmit.generate("first")["ns"] - rexmit.begun_ns) / 1e6


def measure_start(report, rounds):
    report.section("Start")
    values, spent = [], []
    with network.make_pair() as (client, server):
        kernel_cost.make_loss(client, server, START_LOAD)
        time.sleep(1)
        for _ in range(rounds):
            with subject.Subject(exporter=False) as rexmit:
                values.append(first_event_ms(rexmit))
                spent.append(rexmit.start_ns() / 1e6)
    report.add("collector's start to the first event counted", "ms", values, goal="<= 100")
    report.add("CPU time that the collector took for it", "ms", spent)


def measure_memory(report, rounds):
    report.section("Memory")
    for count in SERIES:
        resident = {"collector": [], "walker": [], "exporter": []}
        for _ in range(rounds):
            with subject.Subject("--max-series", "200000", ring_bytes=MEMORY_RING) as rexmit:
                if count:
                    rexmit.make_series(count)
                for name, pid in rexmit.processes().items():
                    resident[name].append(subject.resident_bytes(pid)["VmRSS"])
        ring = 2 * MEMORY_RING
        report.add(f"collector less its ring, {count} series", "MiB",
                   [(value - ring) / 2**20 for value in resident["collector"]], goal="<= 3")
        report.add(f"exporter, {count} series", "MiB",
                   [value / 2**20 for value in resident["exporter"]],
                   goal=f"<= {4 + count * 200 / 2**20:.3g}")


def measure_idle(report, seconds):
    report.section("Idle")
    with subject.Subject() as rexmit:
        time.sleep(2)
        before = {name: subject.running_ns(pid) for name, pid in rexmit.processes().items()}
        time.sleep(seconds)
        for name, pid in rexmit.processes().items():
            spent = (subject.running_ns(pid) - before[name]) / 1e6
            report.add(f"{name}: CPU while nothing is lost", "ms/min", [spent * 60 / seconds],
                       goal="<= 20" if name == "collector" else "")


def measure(report, quick):
    measure_start(report, 3 if quick else 9)
    measure_memory(report, 1 if quick else 3)
    measure_idle(report, 10 if quick else 60)
