# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Samples memory and descriptors of the processes that run from start to end."""
import os
import time

from lifetime import until
from subject import rss_kib
from trend import Trend

EVERY_S = 2
# Growth that is not a leak. A later peak of clients enlarges the heap, because the C library does
# not return freed memory in the middle of the heap. The exporter also keeps the paths of 5120
# cgroups, each in 256 bytes.
MEMORY_KIB = {"collector": 1024, "exporter": 1024 + 5120 // 4, "password checker": 1024}
DESCRIPTORS, CGROUP_KIB = 2, 3072
LONG_S = 600


class Samples:
    def __init__(self, pair, lives):
        self._pair, self._lives, self._taken_s = pair, lives, 0
        self._pids = {name: pid for name, pid in pair.pids().items()
                      if (name == "collector") == (lives == "collector")}
        self._memory = {name: Trend(f"{pair.name}, {name}, VmRSS", "KiB", MEMORY_KIB[name])
                        for name in self._pids}
        self._open = {name: Trend(f"{pair.name}, {name}, descriptors", "", DESCRIPTORS)
                      for name in self._pids}
        self._cgroup = Trend(f"{pair.name}, {lives}, cgroup without files", "KiB", CGROUP_KIB)

    def take(self):
        now = time.monotonic()
        if now < self._taken_s + EVERY_S:
            return
        self._taken_s = now
        self._pair.all_running()
        for name, pid in self._pids.items():
            self._memory[name].add(now, rss_kib(pid))
            self._open[name].add(now, len(os.listdir(f"/proc/{pid}/fd")))
        self._cgroup.add(now, self._pair.groups[self._lives].used_without_files() / 1024)

    def descriptors(self):
        return {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in self._pids.items()}

    def descriptors_at_rest(self):
        """Returns the lowest counts of two seconds. A client that left may use a descriptor for a
        moment.
        """
        readings = []
        for _ in range(10):
            readings.append(self.descriptors())
            time.sleep(0.2)
        return {name: min(reading[name] for reading in readings) for name in self._pids}

    def check_descriptors(self, before):
        until(f"{self._pair.name}: {before} descriptors, as at the start",
              lambda: self.descriptors() == before)

    def report(self):
        """Prints each trend. Returns the texts of the trends that grow."""
        trends = (*self._memory.values(), *self._open.values(), self._cgroup)
        for trend in trends:
            print(trend.text(), flush=True)
        # In a short run the number of connections is still rising. check_descriptors() needs no trend.
        judged = [trend for trend in trends
                  if trend not in self._open.values() or trend.growth()[2] >= LONG_S]
        return [trend.text() for trend in judged if trend.grows()]
