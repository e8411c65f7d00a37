# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks for each cause: exported + deferred + unattributed == the kernel's RetransSegs.

Unattributed and deferred segments have no namespace. If other namespaces lose segments, too, the
kernel's count lies between what is exported and that plus everything unattributed; otherwise it is
their sum. See also witness.py.
"""
import time

from lifetime import Failure, check, until
from witness import Witness

METRIC, COUNTED = "tcp_retransmissions_total", "rexmit_segments_total"
UNATTRIBUTED, DEFERRED = "rexmit_unattributed_segments_total", "rexmit_deferred_segments"
CAUSES = ("syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
# The kernel's own counters of causes; /proc/net/netstat, group TcpExt.
MIBS = {
    "TCPFastRetrans": ("fast",),
    "TCPSlowStartRetrans": ("slow_start",),
    "TCPSynRetrans": ("syn", "synack"),
}
REST = ("timeout", "probe")  # what is left of RetransSegs
SETTLED_S = 3  # the collector sends counters once a second, and events at once


def ledger(exposition):
    """{cause: (exported, unattributed, counted by the collector)} of all namespaces"""
    return {cause: tuple(int(exposition.sum(name, cause=cause))
                         for name in (METRIC, UNATTRIBUTED, COUNTED)) for cause in CAUSES}


def balanced(exposition, later):
    """Whether what was counted then is accounted for now, and what was accounted for then is
    counted now. If nothing happens in between, as on a quiet host, this is an equality."""
    deferred, before, now = later.sum(DEFERRED), ledger(exposition), ledger(later)
    return all(sum(before[cause][:2]) <= now[cause][2]
               and before[cause][2] <= sum(now[cause][:2]) + deferred for cause in CAUSES)


def wait_for_balance(look, holds=lambda before, exposition: True, seconds=60):
    """Returns the first exposition that balances all namespaces against one of SETTLED_S before."""
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
    """{causes: segments that the kernel counted and that are in no series}"""
    groups = {"+".join(causes): (causes, kernel[f"TcpExt.{mib}"]) for mib, causes in MIBS.items()}
    groups["+".join(REST)] = (REST, kernel["Tcp.RetransSegs"]
                              - sum(number for _, number in groups.values()))
    return {name: number - sum(exported.get(cause, 0) + unattributed.get(cause, 0)
                               for cause in causes)
            for name, (causes, number) in groups.items()}


def _lost(exposition):
    """Segments counted whose peer is unknown or not yet known, of all namespaces."""
    return int(exposition.sum(UNATTRIBUTED) + exposition.sum(DEFERRED))


def _sum(rows):
    """Returns the sums of dictionaries {name: number}."""
    sums = {}
    for row in rows:
        for name, number in row.items():
            sums[name] = sums.get(name, 0) + int(number)
    return sums


def in_one_line(counts, exposition):
    """The whole equation of `counts`, {namespace: (kernel counters, {cause: exported})}.

    Unattributed and deferred segments have no namespace: they may belong to others.
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
            + (f" to {most}, beside {others} segments of other namespaces"
               if others and least != most else "") + f"; by cause {by_cause}, less unknown "
            f"{exported.get('unknown', 0) + lost['unknown']}")


class Equation:
    """The equation for new namespaces, all of whose traffic the programs have seen."""

    def __init__(self, surroundings=None, **sides):
        self.surroundings, self.sides = surroundings, sides
        self.witness = Witness()

    @property
    def unseen(self):
        """{name of side: segments that possibly no program has seen}"""
        return {name: self.witness.unseen(side) for name, side in self.sides.items()}

    def settle(self, look, seconds=60):
        """Waits until it holds. look() returns an exposition or None. Returns a line of sums."""
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
        """Deferred segments leave their sockets, except sockets whose end no program saw. More
        may only be deferred by other namespaces."""
        unseen = self.unseen
        others = exposition.sum(COUNTED) - before.sum(COUNTED)
        lost, good = _lost(exposition), exposition.sum(DEFERRED) <= sum(unseen.values()) + others
        for name, side in self.sides.items():
            have, wanted = self._exported(exposition, side), side.counters()["Tcp.RetransSegs"]
            check(have <= wanted, f"{name}: {have} exported, RetransSegs {wanted}")
            good &= wanted <= have + lost + unseen[name]
        return good

    def _check_causes(self, exposition):
        """A named cause is never counted too high, and too low by segments without name or peer
        at most."""
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
