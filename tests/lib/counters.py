# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What must never go down, from one exposition to the next."""
from lifetime import check

# What is counted since the exporter's own start, and not of the host's traffic.
OWN = ("process_", "rexmit_scrape", "rexmit_http", "rexmit_log", "rexmit_event_lines")


class Counters:
    """Every counter of every exposition: none may ever be less than it was."""

    def __init__(self):
        self.last, self.scrapes = {}, 0

    def see(self, exposition):
        self.scrapes += 1
        now = {(name, *sorted(labels.items())): value for name, labels, value in exposition.samples
               if name.endswith(("_total", "_bucket", "_count", "_sum"))
               and not name.startswith(OWN)}
        for key, value in now.items():
            before = self.last.get(key, 0)  # the kernel's go while no collector is there
            check(value >= before, f"{key} was {before} and is {value}")
        self.last.update(now)
