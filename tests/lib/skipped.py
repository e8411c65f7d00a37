# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Repeats tests that need every call of a BPF program, while the kernel skips calls.

docs/exactness.md lists what a skipped call changes. A test that fails in each of TRIES tries, or
without a skipped call, fails.
"""
import contextlib

from lifetime import Failure, until
from witness import ENDS, EVENTS, RESETS, Witness

MISSED = "rexmit_missed_invocations_total"
TRIES = 5


class Unexplained(Failure):
    """Only `calls` skipped calls explain this failure. Any other Failure needs one."""

    def __init__(self, calls, text):
        super().__init__(text)
        self.calls = calls


class Skipped:
    """The calls that the kernel has skipped, in all namespaces."""

    def __init__(self, exporter):
        self._exporter, self._witness = exporter, Witness(EVENTS + RESETS + ENDS)
        self._before = 0

    def _missed(self):
        return int(self._exporter.scrape().sum(MISSED))

    def _calls(self):
        return self._witness.hits() + self._missed() - self._before

    def repeat(self, test, *arguments):
        """Calls test(*arguments), again if it fails and the kernel has skipped a call meanwhile."""
        for left in reversed(range(TRIES)):
            self._witness.clear()
            self._before = self._missed()
            try:
                return test(*arguments)
            except Failure as failure:
                needed = failure.calls if isinstance(failure, Unexplained) else 1
                with contextlib.suppress(Failure):  # the collector sends its counters once a second
                    until("skipped calls", lambda: self._calls() >= needed, 3)
                if not left or self._calls() < needed:
                    raise
                print(f"again: {failure}; skipped calls: {self._calls()}", flush=True)
