# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Nothing is lost: exported + deferred + unattributed == the kernel's RetransSegs, for each cause.

Two things are outside of a namespace's own counts. What is unattributed is so of all namespaces:
where others lose segments, too, the kernel's count lies between what is exported and that plus all
that is unattributed; else it is their sum. And see witness.py.
"""
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


def balanced(page):
    """Whether all that the collector counted, of all namespaces, is accounted for."""
    return page.sum(DEFERRED) == 0 and all(
        have + lost == counted for have, lost, counted in ledger(page).values())


def ledger(page):
    """{cause: (exported, unattributed, counted by the collector)} of all namespaces"""
    return {cause: tuple(int(page.sum(name, cause=cause))
                         for name in (METRIC, UNATTRIBUTED, COUNTED)) for cause in CAUSES}


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
        self.note_unseen()

        def holds():
            page = look()
            return page if page and balanced(page) and self._bounded(page) else None
        try:
            page = until("equality", holds, seconds, 0.5)
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
