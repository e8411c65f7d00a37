# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Prints and stores figures, with their spread, floors and goals."""
import json
import os
import platform
import statistics
import sys
import time

BEGIN, END = "<!-- bench/run --markdown: begin -->", "<!-- end -->"


class Figure:
    """The values of one quantity. `floor` is the figure of the minimum work, which serves as a
    measure."""

    def __init__(self, name, unit, values, floor=None, goal=""):
        self.name, self.unit, self.values, self.floor, self.goal = name, unit, values, floor, goal

    @property
    def median(self):
        return statistics.median(self.values)

    def ratios(self):
        """Returns each value divided by the floor's value of the same run, or by the floor's
        median."""
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
            fields["ratio_min"], fields["ratio_max"] = min(self.ratios()), max(self.ratios())
        if self.goal:
            fields["goal"] = self.goal
        return fields

    def columns(self):
        """Returns the columns as text: median, spread, unit, ratio and floor, goal."""
        ratios = self.ratios()
        ratio = short(statistics.median(ratios)) if ratios else ""
        of = self.floor.name.rpartition(": ")[2] if ratios else ""
        spread = "" if len(self.values) == 1 else \
            f"{short(min(self.values))} .. {short(max(self.values))}"
        return short(self.median), spread, self.unit, ratio, of, self.goal


def short(value):
    """Formats three significant digits, or an integer."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


class Report:
    """Prints each figure immediately, and writes all of them at the end."""

    def __init__(self):
        self.figures, self.skipped, self._markdown = [], [], []
        self._machine = machine()  # read before the run, because the run adds load

    def section(self, title):
        print(f"\n{title:52} {'median':>9}  {'min .. max':>19}  {'unit':9} {'ratio':>5}  to; goal",
              flush=True)
        self._markdown += ["", f"| {title} | median | min .. max | unit | ratio | to | goal |",
                           "| --- | --- | --- | --- | --- | --- | --- |"]

    def add(self, name, unit, values, floor=None, goal=""):
        """Adds a figure and returns it. `goal` is only printed."""
        figure = Figure(name, unit, values, floor, goal)
        self.figures.append(figure)
        columns = figure.columns()
        median, spread, _, ratio, of, _ = columns
        print(f"{name:52} {median:>9}  {spread:>19}  {unit:9} {ratio:>5}  "
              f"{'; goal '.join(filter(None, (of, goal)))}", flush=True)
        self._markdown.append(f"| {name} | {' | '.join(columns)} |")
        return figure

    def skip(self, name, reason):
        self.skipped.append({"name": name, "reason": reason})
        print(f"{name:52} skipped: {reason}", flush=True)
        self._markdown.append(f"| {name} | skipped: {reason} | | | | | |")

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"machine": self._machine, "arguments": sys.argv[1:],
                       "figures": [figure.as_dictionary() for figure in self.figures],
                       "skipped": self.skipped}, file, indent=1)
            file.write("\n")

    def write_markdown(self, path):
        """Replaces the text between the marks BEGIN and END in the document."""
        with open(path, encoding="utf-8") as file:
            before, found, rest = file.read().partition(BEGIN)
            _, found_end, after = rest.partition(END)
        if not found or not found_end:
            sys.exit(f"{path}: expected the marks {BEGIN} and {END}")
        here = self._machine
        quick = " --quick" if "--quick" in sys.argv else ""
        linux = here["kernel"].split("-")[0]
        lines = [f"`bench/run{quick}` on {here['cpus']} CPUs ({here['model']}), "
                 f"Linux {linux} ({here['architecture']}), {time.strftime('%Y-%m-%d')}; "
                 f"load of others {here['load']:.1f}.", *self._markdown]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([before + BEGIN, *lines, END + after]))


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return {"kernel": platform.release(), "architecture": platform.machine(),
            "load": os.getloadavg()[0], "cpus": os.cpu_count(), "model": models[0] if models else "unknown"}
