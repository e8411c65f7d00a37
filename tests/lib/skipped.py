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


class Skipped:
    """The calls that the kernel has skipped, in all namespaces."""

    def __init__(self, exporter):
        self._exporter, self._witness = exporter, Witness(EVENTS + RESETS + ENDS)

    def _missed(self):
        return self._exporter.scrape().sum(MISSED)

    def repeat(self, test, *arguments):
        """Calls test(*arguments), again if it fails and the kernel has skipped a call meanwhile."""
        for left in reversed(range(TRIES)):
            self._witness.clear()
            missed = self._missed()
            try:
                return test(*arguments)
            except Failure as failure:
                with contextlib.suppress(Failure):  # the collector sends its counters once a second
                    until("a skipped call", lambda: self._witness.hits() or self._missed() > missed, 3)
                skipped = self._witness.hits() + int(self._missed() - missed)
                if not left or not skipped:
                    raise
                print(f"again: {failure}; skipped calls: {skipped}", flush=True)
