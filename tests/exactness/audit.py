# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Compares rexmit's counts of one network namespace with the kernel's, segment by segment."""
import functools

import traffic
from equation import METRIC, MIBS
from lifetime import Failure, check, until
from witness import Witness

LABELS = "netns,cause,ip_version,src_ip,src_port,dst_ip,dst_port"
# The traffic of other namespaces cannot reach this limit of series.
GROUP_BY = ("--group-by", LABELS, "--max-series", "200000")
UNKNOWN_LIMIT = 0.01  # share of a bulk run's segments


@functools.cache
def _witness():
    return Witness()


class Side:
    """The counts of one namespace since this object was created.

    The exposition may have series of an older namespace, because the kernel reuses inode numbers.
    """

    def __init__(self, name, namespace, exposition):
        self.name, self.namespace = name, namespace
        self.unseen = 0
        self._kernel_before = namespace.counters()
        self._exposition_before = exposition.sum_by("cause", METRIC, netns=namespace.inode)

    def kernel_counters(self):
        """Returns the kernel's counts since the creation of this object."""
        return {name: value - self._kernel_before.get(name, 0)
                for name, value in self.namespace.counters().items()}

    def kernel(self, counter):
        return self.kernel_counters()[counter]

    def retrans_segs(self):
        return self.kernel("Tcp.RetransSegs")

    def causes(self, exposition):
        """Returns {cause: segments} of the causes that have any."""
        now = exposition.sum_by("cause", METRIC, netns=self.namespace.inode)
        before = self._exposition_before
        return {cause: int(n - before.get(cause, 0)) for cause, n in now.items()
                if n != before.get(cause, 0)}

    def counted(self, exposition):
        return sum(self.causes(exposition).values())


def forget_unseen():
    """Discards the hits found so far. They explain no segments that are missing later."""
    _witness().clear()


def sides(namespaces, exposition):
    forget_unseen()
    return [Side(name, namespace, exposition)
            for name, namespace in zip(("client", "server", "inner", "outer"), namespaces)]


def wait_for_equality(exporter, both, missing=lambda side: 0):
    """Waits until each side's count is the kernel's count less missing(). Returns the exposition.

    A count that is too high fails at once. If a count stays too low, the witness must explain the
    difference, which becomes the side's `unseen`.
    """
    def shortfalls(exposition):
        found = {side: side.retrans_segs() - missing(side) - side.counted(exposition) for side in both}
        for side, shortfall in found.items():
            check(shortfall >= 0, f"{side.name}: {-shortfall} segments too many")
        return found

    def equal():
        exposition = exporter.scrape()
        return exposition if not any(shortfalls(exposition).values()) else None
    try:
        return until("equality with the kernel", equal, 20, 0.1)
    except Failure as failure:
        exposition = exporter.scrape()
        for side, shortfall in shortfalls(exposition).items():
            check(shortfall <= _witness().unseen(side.namespace),
                  f"{failure}: {describe(side, exposition)}")
            side.unseen = shortfall
        return exposition


def wait_for_count(exporter, namespace, least, most):
    """Checks that a count lies in a range, for a time when the kernel's count still changes."""
    def counted():
        return exporter.scrape().sum(METRIC, netns=namespace.inode)
    try:
        until(f"a count of {least} or more", lambda: counted() >= least, 20, 0.1)
    except Failure as failure:
        check(least - counted() <= _witness().unseen(namespace), f"{failure}: {counted()}")
    check(counted() <= most, f"counted {counted()}, but the kernel counted at most {most}")


def describe(side, exposition):
    mibs = {mib: side.kernel(f"TcpExt.{mib}") for mib in MIBS}
    return (f"{side.name}: RetransSegs {side.retrans_segs()}, counted {side.causes(exposition)}, "
            f"{mibs}, "
            f"deferred {exposition.sum('rexmit_deferred_segments')}, "
            f"unattributed {exposition.sum('rexmit_unattributed_segments_total')}")


def check_causes(side, causes, bulk, allow_unknown):
    """Checks that no named cause exceeds the kernel's count.

    The difference may be only segments of cause `unknown`, and segments that no program saw.
    """
    unknown = causes.get("unknown", 0)
    for mib, names in MIBS.items():
        counted, total = sum(causes.get(name, 0) for name in names), side.kernel(f"TcpExt.{mib}")
        check(counted <= total <= counted + unknown + side.unseen,
              f"{side.name}: {'+'.join(names)} {counted}, {mib} {total}, unknown {unknown}")
    if not allow_unknown:
        check(unknown == 0, f"{side.name}: unknown {unknown}")
    elif bulk and unknown > UNKNOWN_LIMIT * sum(causes.values()):
        # Hits without a call of a program may cause more.
        check(unknown <= _witness().unseen(side.namespace),
              f"{side.name}: unknown {unknown} of {sum(causes.values())}")


def check_labels(side, peer, ip_version, exposition):
    """Checks that the addresses are those of the packets, and that the port is the listener's."""
    family = "v6" if ip_version == 6 else "v4"
    ports = {"client": "ephemeral", "server": str(traffic.PORT)}
    expected = {
        "ip_version": str(ip_version),
        "src_ip": getattr(side.namespace, family), "dst_ip": getattr(peer.namespace, family),
        "src_port": ports[side.name], "dst_port": ports[peer.name],
    }
    # The namespace's addresses are random, so no older namespace has series with them.
    found = [labels for labels, _ in exposition.values(METRIC, netns=side.namespace.inode,
                                                 src_ip=expected["src_ip"])]
    check(found or not side.retrans_segs(), f"{side.name}: no series from {expected['src_ip']}")
    for labels in found:
        have = {name: labels[name] for name in expected}
        check(have == expected, f"{side.name}: labels {have}, expected {expected}")
