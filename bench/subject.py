# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs the two measured programs with a separate pin directory, and reads their values in /proc."""
import os
import re
import subprocess
import time

import exposition
import pins
import pipeline
from lifetime import command, until

BUILD = os.environ["REXMIT_BENCH_BUILD"]
TICK_NS = 1e9 / os.sysconf("SC_CLK_TCK")
# These two programs run for each event.
HANDLERS = ("tcp_retransmit_skb", "tcp_retransmit_skb_again")
_number = 0


def tool(name, *words):
    """Runs one of the programs of bench/. Returns {word: number} of the printed pairs."""
    words = command(f"{BUILD}/bench/{name}", *(str(word) for word in words)).split()
    return {key: int(value) for key, value in zip(words[::2], words[1::2])}


class Subject:
    """A collector with a pinned ring, and optionally an exporter."""

    def __init__(self, *exporter_flags, ring_bytes=4 << 20, exporter=True, launcher=()):
        global _number
        _number += 1
        self.ring_bytes = ring_bytes
        self.pins = pins.pins_directory(f"bench-{_number}")
        self.directory = pipeline.private_directory()
        self.begun_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.collector = pipeline.Collector(
            self.directory, "--pin", self.pins, "--ring-bytes", str(ring_bytes),
            launcher=launcher)
        self.collector.wait()
        self.exporter = None
        if exporter:
            self.exporter = pipeline.Exporter(self.directory, *exporter_flags).wait()
            self.exporter.wait_for_collector()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.exporter:
            self.exporter.stop()
        self.collector.stop()
        pins.unpin(self.pins)

    def generate(self, *words):
        return tool("rexmit-generator", self.pins, *words)

    def programs(self):
        """Returns the names of the collector's BPF programs."""
        prefix = "program_"
        return sorted(name[len(prefix):] for name in os.listdir(self.pins)
                      if name.startswith(prefix))

    def processes(self):
        return {"collector": self.collector.process.pid, "walker": self.collector.walker(),
                "exporter": self.exporter.process.pid}

    def start_ns(self):
        """Returns the CPU time of the collector and its walker since their start."""
        return running_ns(self.collector.process.pid) + running_ns(self.collector.walker())

    def make_series(self, count, *options):
        """Makes `count` groups with one cause each, as if each peer had lost one segment."""
        self.generate("fill", count, count, *options)
        # Other connections of this host may lose segments, too.
        until(f"{count} series", lambda: self.series() >= count)

    def series(self):
        body = exposition.get(self.exporter.port)[2]
        return int(re.search(rb"^rexmit_series ([0-9]+)$", body, re.MULTILINE).group(1))


def user_and_system_ns(pid):
    """Returns the CPU time from /proc/PID/stat. It is counted in ticks, so only long measurements
    use it.
    """
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) * TICK_NS, int(fields[12]) * TICK_NS


def running_ns(pid):
    """Returns the user and system CPU time in nanoseconds
    (Documentation/scheduler/sched-stats.rst)."""
    with open(f"/proc/{pid}/schedstat", encoding="utf-8") as file:
        return int(file.read().split()[0])


def resident_bytes(pid):
    """Returns {"VmRSS": bytes, "RssAnon": bytes, ...}."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file
                if line.startswith(("VmRSS", "RssAnon", "RssFile", "RssShmem"))}
