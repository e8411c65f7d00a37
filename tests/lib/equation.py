# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks for each cause: exported + deferred + unattributed == the kernel's RetransSegs.

The exporter does not know the namespace of unattributed and deferred segments. They may belong
to a namespace that the test did not create. Then the kernel's count lies between two bounds: the
exported segments, and the exported plus all unattributed and deferred segments. witness.py
explains why segments may be missing.
"""
import time

from lifetime import Failure, check, until
from witness import Witness

METRIC, COUNTED = "tcp_retransmissions_total", "rexmit_segments_total"
UNATTRIBUTED, DEFERRED = "rexmit_unattributed_segments_total", "rexmit_deferred_segments"
CAUSES = ("syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
# The kernel has these counters for single causes (/proc/net/netstat, group TcpExt).
MIBS = {
    "TCPFastRetrans": ("fast",),
    "TCPSlowStartRetrans": ("slow_start",),
    "TCPSynRetrans": ("syn", "synack"),
}
REST = ("timeout", "probe")  # RetransSegs minus the counters in MIBS
SETTLED_S = 3  # the collector sends counters once a second


def ledger(exposition):
    """Returns {cause: (exported, unattributed, counted by the collector)} of all namespaces."""
    return {cause: tuple(int(exposition.sum(name, cause=cause))
                         for name in (METRIC, UNATTRIBUTED, COUNTED)) for cause in CAUSES}


def balanced(exposition, later):
    """Whether no segment was lost between the two expositions.

    For each cause, the collector has counted in `later` at least what was exported or unattributed
    before. What it had counted before is exported, unattributed or deferred in `later`.
    """
    deferred, before, now = later.sum(DEFERRED), ledger(exposition), ledger(later)
    return all(sum(before[cause][:2]) <= now[cause][2]
               and before[cause][2] <= sum(now[cause][:2]) + deferred for cause in CAUSES)


def wait_for_balance(look, holds=lambda before, exposition: True, seconds=60):
    """Waits for an exposition that balances with an exposition of SETTLED_S seconds before.

    Returns the later exposition.
    """
    expositions = []

    def settled():
        exposition = look()
        if exposition:
            expositions.append((time.monotonic(), exposition))
        while len(expositions) > 1 and expositions[-1][0] - expositions[1][0] >= SETTLED_S:
            expositions.pop(0)
        old_enough = len(expositions) > 1 and expositions[-1][0] - expositions[0][0] >= SETTLED_S
        return exposition if exposition and old_enough and balanced(expositions[0][1], exposition) \
            and holds(expositions[0][1], exposition) else None
    return until("equality", settled, seconds, 0.5)


def _differences(kernel, exported, unattributed):
    """Returns {causes: kernel's count less the segments in the exposition}."""
    groups = {"+".join(causes): (causes, kernel[f"TcpExt.{mib}"]) for mib, causes in MIBS.items()}
    groups["+".join(REST)] = (REST, kernel["Tcp.RetransSegs"]
                              - sum(number for _, number in groups.values()))
    return {name: number - sum(exported.get(cause, 0) + unattributed.get(cause, 0)
                               for cause in causes)
            for name, (causes, number) in groups.items()}


def _lost(exposition):
    """Returns how many counted segments of all namespaces are unattributed or deferred."""
    return int(exposition.sum(UNATTRIBUTED) + exposition.sum(DEFERRED))


def _sum(rows):
    """Adds up dictionaries {name: number}."""
    sums = {}
    for row in rows:
        for name, number in row.items():
            sums[name] = sums.get(name, 0) + int(number)
    return sums


def in_one_line(counts, exposition):
    """Returns the equation as text. `counts` is {namespace: (kernel counters, {cause: exported})}.
    """
    kernel = _sum(numbers for numbers, _ in counts.values())
    exported = _sum(causes for _, causes in counts.values())
    lost = {cause: int(exposition.sum(UNATTRIBUTED, cause=cause)) for cause in CAUSES}
    have, deferred = sum(exported.values()), int(exposition.sum(DEFERRED))
    others, most = int(exposition.sum(METRIC)) - have, kernel["Tcp.RetransSegs"] - have
    least = most - deferred - sum(lost.values())
    each = ", ".join(f"{name} {row['Tcp.RetransSegs']}" for name, (row, _) in counts.items())
    by_cause = ", ".join(f"{name} {number}" for name, number
                         in _differences(kernel, exported, lost).items())
    return (f"RetransSegs {kernel['Tcp.RetransSegs']} ({each}) = exported {have} + deferred "
            f"{deferred} + unattributed {sum(lost.values())}, difference {least}"
            + (f" to {most}; other namespaces have {others} segments"
               if others and least != most else "") + f"; by cause {by_cause}, less unknown "
            f"{exported.get('unknown', 0) + lost['unknown']}")


class Equation:
    """Checks the equation for new namespaces.

    The programs must be started before the traffic, but after the namespaces: the inode of a new
    namespace may be that of an earlier one, of another test, whose segments they would have counted.
    """

    def __init__(self, surroundings=None, **sides):
        self.surroundings, self.sides = surroundings, sides
        self.witness = Witness()

    @property
    def unseen(self):
        """Returns {side: segments for which the kernel may have called no program}."""
        return {name: self.witness.unseen(side) for name, side in self.sides.items()}

    def settle(self, look, seconds=180):
        """Waits until the equation holds for the exposition that look() returns. Returns the sums.

        The segments of other tests also pass through the collector's ring, and the smallest ring may
        need minutes for them.
        """
        try:
            exposition = wait_for_balance(look, self._bounded, seconds)
        except Failure as failure:
            exposition = until("an exposition", look)
            raise Failure(f"{failure}: {self._describe(exposition)}, "
                          f"deferred {exposition.sum(DEFERRED)}, "
                          f"exported, unattributed and counted: {ledger(exposition)}") from None
        self._check_causes(exposition)
        print(f"{self._describe(exposition)}\nby cause (exported, unattributed, counted): "
              f"{ledger(exposition)}")
        return self._sums(exposition)

    def _exported(self, exposition, side):
        return int(exposition.sum(METRIC, netns=side.inode))

    def _bounded(self, before, exposition):
        """Checks the bounds for each side.

        A segment may stay deferred only in a socket whose end no program saw, or in another
        namespace.
        """
        unseen = self.unseen
        others = exposition.sum(COUNTED) - before.sum(COUNTED)
        lost, good = _lost(exposition), exposition.sum(DEFERRED) <= sum(unseen.values()) + others
        for name, side in self.sides.items():
            have, wanted = self._exported(exposition, side), side.counters()["Tcp.RetransSegs"]
            check(have <= wanted, f"{name}: {have} exported, RetransSegs {wanted}")
            good &= wanted <= have + lost + unseen[name]
        return good

    def _check_causes(self, exposition):
        """Checks that no named cause exceeds the kernel's count.

        Segments that a cause does not count must be unattributed, deferred, of cause `unknown`, or
        unseen by any program.
        """
        unseen = self.unseen
        for name, side in self.sides.items():
            kernel, causes = side.counters(), exposition.sum_by("cause", METRIC, netns=side.inode)
            slack = causes.get("unknown", 0) + _lost(exposition) + unseen[name]
            for mib, names in MIBS.items():
                have, total = sum(causes.get(n, 0) for n in names), kernel[f"TcpExt.{mib}"]
                check(have <= total <= have + slack,
                      f"{name}: {'+'.join(names)} {have}, {mib} {total}, slack {slack}")

    def _sums(self, exposition):
        total, lost = int(exposition.sum(METRIC)), _lost(exposition)
        ours = sum(self._exported(exposition, side) for side in self.sides.values())
        kernel = sum(side.counters()["Tcp.RetransSegs"] for side in self.sides.values())
        missing, unseen = kernel - ours - lost, sum(self.unseen.values())
        alone = total == ours and not exposition.sum(COUNTED, scope="host")
        check(ours > 0, "nothing was exported")
        check(not alone or 0 <= missing <= unseen,
              f"RetransSegs {kernel}, exported {ours}, deferred or unattributed {lost}, "
              f"unseen {unseen}")
        line = in_one_line({name: (side.counters(), exposition.sum_by("cause", METRIC, netns=side.inode))
                            for name, side in self._all().items()}, exposition)
        return line + (f"; unseen by any program {unseen} at most" if unseen else "")

    def _all(self):
        return self.sides | ({"surroundings": self.surroundings} if self.surroundings else {})

    def _describe(self, exposition):
        unseen = self.unseen
        return ", ".join(
            f"{name}: RetransSegs {side.counters()['Tcp.RetransSegs']}, exported "
            f"{self._exported(exposition, side)}, unseen by any program {unseen[name]} at most"
            for name, side in self.sides.items())
