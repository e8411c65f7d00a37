# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Nothing is lost: exported + deferred + unattributed == the kernel's RetransSegs, for each cause.

Two things are outside of a namespace's own counts. What is unattributed is so of all namespaces:
where others lose segments, too, the kernel's count lies between what is exported and that plus all
that is unattributed; else it is their sum. And see witness.py.
"""
import time

from lifetime import Failure, check, until
from witness import Witness

METRIC, COUNTED = "tcp_retransmissions_total", "rexmit_segments_total"
UNATTRIBUTED, DEFERRED = "rexmit_unattributed_segments_total", "rexmit_deferred_segments"
CAUSES = ("syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
# What the kernel's own counters say of causes; /proc/net/netstat, group TcpExt.
MIBS = {
    "TCPFastRetrans": ("fast",),
    "TCPSlowStartRetrans": ("slow_start",),
    "TCPSynRetrans": ("syn", "synack"),
}
SETTLED_S = 3  # the collector tells its counts once a second, and events as they come


def ledger(page):
    """{cause: (exported, unattributed, counted by the collector)} of all namespaces"""
    return {cause: tuple(int(page.sum(name, cause=cause))
                         for name in (METRIC, UNATTRIBUTED, COUNTED)) for cause in CAUSES}


def balanced(page, later):
    """Whether what was counted then is accounted for now, and what was accounted for then is
    counted now: when nothing happens in between, as on a quiet host, an equality."""
    deferred, before, now = later.sum(DEFERRED), ledger(page), ledger(later)
    return all(sum(before[cause][:2]) <= now[cause][2]
               and before[cause][2] <= sum(now[cause][:2]) + deferred for cause in CAUSES)


def wait_for_balance(look, holds=lambda page: True, seconds=60):
    """Returns the first page on which the ledger of all namespaces is balanced, and that holds."""
    pages = []

    def settled():
        page = look()
        if page:
            pages.append((time.monotonic(), page))
        while len(pages) > 1 and pages[-1][0] - pages[1][0] >= SETTLED_S:
            pages.pop(0)
        old_enough = len(pages) > 1 and pages[-1][0] - pages[0][0] >= SETTLED_S
        return page if page and old_enough and balanced(pages[0][1], page) and holds(page) \
            else None
    return until("equality", settled, seconds, 0.5)


class Equation:
    """Of namespaces that are new, and all traffic in which the programs have seen."""

    def __init__(self, **sides):
        self.sides = sides
        self.unseen = dict.fromkeys(sides, 0)
        self._witness = Witness()
        self._witness.clear()

    def note_unseen(self):
        """Now and then, or the trace would forget."""
        for name, side in self.sides.items():
            self.unseen[name] += self._witness.unseen(side)
        self._witness.clear()

    def settle(self, look, seconds=60):
        """Waits until it holds; look() returns a page or None. Returns a line of sums."""
        try:
            page = wait_for_balance(look, self._bounded, seconds)
        except Failure as failure:
            page = until("a page", look)
            raise Failure(f"{failure}: {self._describe(page)}, deferred {page.sum(DEFERRED)}, "
                          f"exported, unattributed and counted: {ledger(page)}") from None
        self._check_causes(page)
        print(f"{self._describe(page)}\nby cause (exported, unattributed, counted): "
              f"{ledger(page)}")
        return self._sums(page)

    def _exported(self, page, side):
        return int(page.sum(METRIC, netns=side.inode))

    def _bounded(self, page):
        lost, good = page.sum(UNATTRIBUTED), True
        for name, side in self.sides.items():
            have, wanted = self._exported(page, side), side.counters()["Tcp.RetransSegs"]
            check(have <= wanted, f"{name}: {have} exported, RetransSegs {wanted}")
            if wanted > have + lost + self.unseen[name]:
                self.note_unseen()  # the trace of a storm takes long to read: only if need be
            good &= wanted <= have + lost + self.unseen[name]
        return good

    def _check_causes(self, page):
        """A named cause never counts too much, and too little by what has no name or no peer."""
        for name, side in self.sides.items():
            kernel, causes = side.counters(), page.sum_by("cause", METRIC, netns=side.inode)
            slack = causes.get("unknown", 0) + page.sum(UNATTRIBUTED) + self.unseen[name]
            for mib, names in MIBS.items():
                have, total = sum(causes.get(n, 0) for n in names), kernel[f"TcpExt.{mib}"]
                check(have <= total <= have + slack,
                      f"{name}: {'+'.join(names)} {have}, {mib} {total}, slack {slack}")

    def _sums(self, page):
        total, lost = int(page.sum(METRIC)), int(page.sum(UNATTRIBUTED))
        ours = sum(self._exported(page, side) for side in self.sides.values())
        kernel = sum(side.counters()["Tcp.RetransSegs"] for side in self.sides.values())
        missing, unseen = kernel - ours - lost, sum(self.unseen.values())
        check(ours > 0, "nothing was exported")
        if total != ours:
            return (f"exported {ours}, RetransSegs {kernel}; of other namespaces {total - ours}; "
                    f"unattributed of all {lost}")
        check(0 <= missing <= unseen,
              f"RetransSegs {kernel}, exported {ours}, unattributed {lost}, unseen {unseen}")
        return (f"exported {ours} + deferred 0 + unattributed {lost}, RetransSegs {kernel}, "
                f"difference {missing}" + (f" of {unseen} unseen" if missing else ""))

    def _describe(self, page):
        return ", ".join(
            f"{name}: RetransSegs {side.counters()['Tcp.RetransSegs']}, exported "
            f"{self._exported(page, side)}, unseen by any program {self.unseen[name]} at most"
            for name, side in self.sides.items())
