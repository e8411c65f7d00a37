# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counters and the equation for an exporter that evicts groups."""
from counters import Counters
from equation import COUNTED, DEFERRED, METRIC, SETTLED_S, UNATTRIBUTED, Equation
from lifetime import Failure, check, until

EVICTED, IGNORED = "rexmit_evicted_segments_total", "rexmit_ignored_segments_total"
ACCOUNTED = (METRIC, EVICTED, IGNORED, UNATTRIBUTED)


class EvictingCounters(Counters):
    """Adds evicted counts to exported counts. A group that returns after its eviction starts at
    zero.

    `label` is a label that every group has.
    """

    def __init__(self, label):
        super().__init__()
        self._label = label

    def of(self, exposition):
        counters = {key: value for key, value in super().of(exposition).items()
                    if self._label not in dict(key[1:])}
        return counters | {("exported and evicted",): exposition.sum(METRIC) + exposition.sum(EVICTED)}


class EvictingEquation(Equation):
    """Checks one equation for all sides together, because evicted counts have no namespace and no
    cause.

    The exporter must ignore all peers that are not in a side's network.
    """

    def settle(self, look, seconds=180):
        before = []

        def settled():
            exposition = look()
            if exposition:
                before.append(exposition)
            return exposition if exposition and len(before) > 1 and \
                self._balanced(before[-2], exposition) and self._holds(exposition) else None
        try:
            exposition = until("equality", settled, seconds, SETTLED_S)
        except Failure as failure:
            raise Failure(f"{failure}: {self._in_one_line(until('an exposition', look))}") from None
        check(exposition.sum(EVICTED) > 0, "no group was evicted")
        return self._in_one_line(exposition)

    def _balanced(self, before, now):
        """Compares as equation.balanced() does, but the sums of all causes."""
        earlier, later = (sum(exposition.sum(name) for name in ACCOUNTED) for exposition in (before, now))
        return earlier <= now.sum(COUNTED) and before.sum(COUNTED) <= later + now.sum(DEFERRED)

    def _numbers(self, exposition):
        """Returns (RetransSegs, exported or evicted, deferred or unattributed)."""
        kernel = sum(side.counters()["Tcp.RetransSegs"] for side in self.sides.values())
        return (kernel, int(exposition.sum(METRIC) + exposition.sum(EVICTED)),
                int(exposition.sum(DEFERRED) + exposition.sum(UNATTRIBUTED)))

    def _holds(self, exposition):
        kernel, have, lost = self._numbers(exposition)
        check(have <= kernel, f"{have} exported or evicted, RetransSegs {kernel}")
        return kernel <= have + lost + sum(self.unseen.values())

    def _in_one_line(self, exposition):
        kernel, have, lost = self._numbers(exposition)
        groups = exposition.sum("rexmit_evicted_groups_total")
        others, unseen = exposition.sum(IGNORED), sum(self.unseen.values())
        return (f"RetransSegs {kernel} = exported {exposition.sum(METRIC):.0f} + evicted "
                f"{exposition.sum(EVICTED):.0f} + deferred or unattributed {lost}, difference "
                f"{kernel - have - lost}; {groups:.0f} groups evicted; "
                f"{others:.0f} segments of other namespaces, which may also have some of the {lost}"
                + (f"; unseen by any program {unseen} at most" if unseen else ""))
