# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks that no counter decreases from one exposition to the next."""
from lifetime import check

# Counters about the exporter's process, which start at 0 when the exporter restarts.
OWN = ("process_", "rexmit_scrape", "rexmit_http", "rexmit_log", "rexmit_event_lines")


class Counters:
    """Keeps the last value of every counter, and checks that no counter decreases."""

    def __init__(self):
        self.last, self.scrapes = {}, 0

    def of(self, exposition):
        """Returns {(name, *labels): value} of all counters."""
        return {(name, *sorted(labels.items())): value for name, labels, value in exposition.samples
                if name.endswith(("_total", "_bucket", "_count", "_sum"))
                and not name.startswith(OWN)}

    def see(self, exposition):
        self.scrapes += 1
        now = self.of(exposition)
        for key, value in now.items():
            before = self.last.get(key, 0)  # without a collector some counters are absent
            check(value >= before, f"{key} was {before} and is {value}")
        self.last.update(now)
