# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Figures with their spread and their floors: the table, and the same as JSON."""
import json
import os
import platform
import statistics
import sys


class Figure:
    """Values of one thing, measured several times; `floor` is the figure it is compared with."""

    def __init__(self, name, unit, values, floor=None, note=""):
        self.name, self.unit, self.values, self.floor, self.note = name, unit, values, floor, note

    @property
    def median(self):
        return statistics.median(self.values)

    def ratios(self):
        """Each value to the floor's of the same run, where they pair up."""
        if not self.floor:
            return []
        if len(self.floor.values) == len(self.values):
            return [value / floor for value, floor in zip(self.values, self.floor.values) if floor]
        return [value / self.floor.median for value in self.values]

    def as_dictionary(self):
        fields = {"name": self.name, "unit": self.unit, "median": self.median,
                  "min": min(self.values), "max": max(self.values), "values": self.values}
        if self.ratios():
            fields["floor"] = self.floor.name
            fields["ratio"] = statistics.median(self.ratios())
        if self.note:
            fields["note"] = self.note
        return fields


def short(value):
    """Three significant digits, or whole."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


class Report:
    """Prints each figure as it comes; writes all of them at the end."""

    def __init__(self):
        self.figures, self.skipped = [], []

    def section(self, title):
        print(f"\n{title:48} {'median':>11}  {'min .. max':>21}  {'unit':10} {'ratio':>6}  floor",
              flush=True)

    def add(self, name, unit, values, floor=None, note=""):
        """Returns the figure, to be the floor of another."""
        figure = Figure(name, unit, values, floor, note)
        self.figures.append(figure)
        ratios = figure.ratios()
        ratio, of = (short(statistics.median(ratios)), floor.name) if ratios else ("", "")
        spread = f"{short(min(values))} .. {short(max(values))}"
        print(f"{name:48} {short(figure.median):>11}  {spread:>21}  {unit:10} {ratio:>6}  {of}{note}",
              flush=True)
        return figure

    def skip(self, name, reason):
        self.skipped.append({"name": name, "reason": reason})
        print(f"{name:48} skipped: {reason}", flush=True)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"machine": machine(), "arguments": sys.argv[1:],
                       "figures": [figure.as_dictionary() for figure in self.figures],
                       "skipped": self.skipped}, file, indent=1)
            file.write("\n")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return {"kernel": platform.release(), "architecture": platform.machine(),
            "cpus": os.cpu_count(), "model": models[0] if models else "unknown"}
