# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures how many records ring, collector, socket and exporter process at full load."""
import os
import signal

import subject

GROUPS = 10_000
RING_BYTES = 64 << 20
RING_RECORDS = RING_BYTES // 136


def floor_of(records):
    """Returns the records per second through a SEQPACKET pair, with one process on each side."""
    done = subject.tool("rexmit-transfer", "packets", records)
    return done["bytes"] / 128 / done["ns"] * 1e9


def drain(rexmit):
    """Returns the records per second until a full ring is acknowledged.

    Each process has one CPU.
    """
    exporter = rexmit.exporter.process.pid
    os.kill(exporter, signal.SIGSTOP)
    rexmit.generate("fill", RING_RECORDS, GROUPS)
    done = rexmit.generate("drain", exporter)
    return done["records"] / done["ns"] * 1e9, done["records"]


def measure_drain(report, rounds):
    report.section("Records: ring, collector, socket, exporter")
    with subject.Subject("--max-series", "200000", ring_bytes=RING_BYTES) as rexmit:
        drain(rexmit)  # the first run creates the groups
        before = {name: subject.user_and_system_ns(pid)
                  for name, pid in rexmit.processes().items()}
        rates, floors, records = [], [], 0
        for _ in range(rounds):
            floors.append(floor_of(4 * RING_RECORDS) / 1e6)
            rate, count = drain(rexmit)
            rates.append(rate / 1e6)
            records += count
        floor = report.add("SEQPACKET pair, 256 records a packet", "million/s", floors)
        report.add(f"a full ring, {GROUPS} groups", "million/s", rates, floor,
                   goal=">= 5")
        report_cpu(report, rexmit, before, records)


def measure_collector(report, rounds):
    """Measures only the collector.

    Its peer acknowledges the packets without reading their contents.
    """
    rates, floors = [], []
    for _ in range(rounds):
        with subject.Subject(ring_bytes=RING_BYTES, exporter=False) as rexmit:
            records = rexmit.generate("fill", RING_RECORDS, GROUPS)["records"]
            done = subject.tool("rexmit-transfer", "collect", rexmit.collector.socket, records)
            rates.append(records / done["ns"] * 1e3)
            floors.append(floor_of(records) / 1e6)
    floor = report.add("SEQPACKET pair, as many records", "million/s", floors)
    report.add("collector alone", "million/s", rates, floor, goal="ratio >= 0.5")


def report_cpu(report, rexmit, before, records):
    both = [0, 0]
    for name, pid in rexmit.processes().items():
        spent = [now - then for now, then in zip(subject.user_and_system_ns(pid), before[name])]
        both = [a + b for a, b in zip(both, spent)]
        report.add(f"{name}: user CPU", "ns/record", [spent[0] / records])
        report.add(f"{name}: system CPU", "ns/record", [spent[1] / records])
    report.add("both: user CPU", "ns/record", [both[0] / records], goal="<= 200")
    report.add("both: user and system CPU", "ns/record", [sum(both) / records])


def measure_sustained(report, rounds):
    """Measures with the default ring. The generator shares the CPUs with both programs."""
    rates = []
    with subject.Subject() as rexmit:
        for _ in range(rounds):
            done = rexmit.generate("run", 1, GROUPS)
            rates.append(done["records"] / done["ns"] * 1e3)
    report.add("sustained, generator on the same CPUs", "million/s", rates)


def measure(report, quick):
    measure_drain(report, 5 if quick else 15)
    measure_collector(report, 3 if quick else 9)
    measure_sustained(report, 3 if quick else 7)
