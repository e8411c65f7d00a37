# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures CPU time and memory of programs from /proc, and samples from their own metrics."""
import os
import re
import time
import urllib.request
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(program):
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(program):
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def own_metrics(server, name):
    """Returns {line before its value: value} of a metric.

    VictoriaMetrics writes spaces between labels, so tests/lib/exposition.py cannot parse it.
    """
    with urllib.request.urlopen(server.url("/metrics"), timeout=60) as answer:
        lines = [line.rpartition(" ") for line in answer.read().decode().splitlines()]
    return {series: float(value) for series, _, value in lines if re.fullmatch(rf"{name}(\{{.*)?", series)}


class Usage:
    """The usage from the object's creation to row(). `counter` is the metric of appended samples.
    """

    def __init__(self, name, programs, counter=None):
        self.name, self.programs, self.counter = name, programs, counter
        self._begin, self._cpu, self._samples = time.monotonic(), self._all_cpu(), self._count()

    def _all_cpu(self):
        return sum(map(cpu_seconds, self.programs))

    def _count(self):
        return sum(own_metrics(self.programs[0], self.counter).values()) if self.counter else 0

    def row(self):
        """Returns a line of the table in docs/fleet.md."""
        seconds = time.monotonic() - self._begin
        share = (self._all_cpu() - self._cpu) / seconds
        samples = (self._count() - self._samples) / seconds
        memory = sum(map(peak_mib, self.programs))
        return f"| {self.name} | {share:.1%} | {memory:.0f} MiB | {samples:,.0f} |"
