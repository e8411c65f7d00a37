#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What rexmit counts equals what the kernel counts, to the segment, on this kernel.

For each workload and each of its two network namespaces, after the last connection has ended:

    the sum over causes == RetransSegs
    fast <= TCPFastRetrans <= fast + unknown, and likewise slow_start and syn + synack

and every series has the addresses, ports and IP version of the traffic. One line of the table is
one namespace; its `missed` and `failed` are the collector's own counts of that run, which other
namespaces share.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402

METRIC = "tcp_retransmissions_total"
LABELS = "netns,cause,ip_version,src_ip,src_port,dst_ip,dst_port"
# What the kernel's own counters say of causes; /proc/net/netstat, group TcpExt.
MIBS = {
    "TCPFastRetrans": ("fast",),
    "TCPSlowStartRetrans": ("slow_start",),
    "TCPSynRetrans": ("syn", "synack"),
}
UNKNOWN_LIMIT = 0.01  # of a bulk run's segments
HEADER = (f"{'workload':10} {'run':>3} {'side':6} {'RetransSegs':>11} {'counted':>8} "
          f"{'fast/MIB':>13} {'slow_start/MIB':>15} {'syn+synack/MIB':>14} {'timeout':>7} "
          f"{'probe':>5} {'unknown':>7} {'missed':>6} {'failed':>6}")


class Side:
    """One namespace of a run, and what the exporter had of that inode number before it."""

    def __init__(self, name, namespace, page):
        self.name, self.namespace = name, namespace
        self._before = page.sum_by("cause", METRIC, netns=namespace.inode)

    def causes(self, page):
        """{cause: segments} since the run began."""
        now = page.sum_by("cause", METRIC, netns=self.namespace.inode)
        return {cause: int(n - self._before.get(cause, 0)) for cause, n in now.items()}

    def retrans_segs(self):
        return self.namespace.counters()["Tcp.RetransSegs"]


def wait_for_equality(exporter, sides):
    """Returns the page on which both sides are equal to the kernel."""
    def equal():
        page = exporter.scrape()
        for side in sides:
            counted, kernel = sum(side.causes(page).values()), side.retrans_segs()
            check(counted <= kernel, f"{side.name}: counted {counted}, the kernel {kernel}")
            if counted != kernel:
                return None
        return page
    try:
        return until("equality with the kernel", equal, 20, 0.1)
    except Exception:
        page = exporter.scrape()
        for side in sides:
            print(f"{side.name}: RetransSegs {side.retrans_segs()}, counted {side.causes(page)}, "
                  f"deferred {page.sum('rexmit_deferred_segments')}, "
                  f"unattributed {page.sum('rexmit_unattributed_segments_total')}")
        raise


def check_causes(workload, side, causes, allow_unknown):
    kernel = side.namespace.counters()
    unknown = causes.get("unknown", 0)
    for mib, names in MIBS.items():
        counted, total = sum(causes.get(name, 0) for name in names), kernel[f"TcpExt.{mib}"]
        check(counted <= total <= counted + unknown,
              f"{side.name}: {'+'.join(names)} {counted}, {mib} {total}, unknown {unknown}")
    if not allow_unknown:
        check(unknown == 0, f"{side.name}: unknown {unknown}")
    elif workload.bulk:
        total = sum(causes.values())
        check(unknown <= UNKNOWN_LIMIT * total, f"{side.name}: unknown {unknown} of {total}")
    for cause in workload.causes.get(side.name, []):
        check(causes.get(cause, 0) > 0, f"{side.name}: the workload made no {cause}")


def check_labels(workload, side, peer, page):
    """Addresses as they are on the wire; the port that the traffic listens on, and no other."""
    family = "v6" if workload.ip_version == 6 else "v4"
    ports = ("ephemeral", str(traffic.PORT))
    expected = {
        "ip_version": str(workload.ip_version),
        "src_ip": getattr(side.namespace, family), "dst_ip": getattr(peer.namespace, family),
        "src_port": ports[side.name == "server"], "dst_port": ports[side.name == "client"],
    }
    found = [labels for labels, _ in page.values(METRIC, netns=side.namespace.inode,
                                                 src_ip=expected["src_ip"])]
    check(found or not side.retrans_segs(), f"{side.name}: no series from {expected['src_ip']}")
    for labels in found:
        have = {name: labels[name] for name in expected}
        check(have == expected, f"{side.name}: labels {have}, expected {expected}")


def ledger(page):
    return [int(page.sum(name)) for name in ("rexmit_missed_invocations_total",
                                             "rexmit_retransmit_failures_total")]


def print_side(name, run, side, causes, since):
    kernel = side.namespace.counters()

    def pair(mib):
        counted = sum(causes.get(cause, 0) for cause in MIBS[mib])
        return f"{counted}/{kernel[f'TcpExt.{mib}']}"
    print(f"{name:10} {run:3} {side.name:6} {side.retrans_segs():11} {sum(causes.values()):8} "
          f"{pair('TCPFastRetrans'):>13} {pair('TCPSlowStartRetrans'):>15} "
          f"{pair('TCPSynRetrans'):>14} {causes.get('timeout', 0):7} {causes.get('probe', 0):5} "
          f"{causes.get('unknown', 0):7} {since[0]:6} {since[1]:6}", flush=True)


def run_once(name, run, exporter, allow_unknown):
    """One run of one workload in a fresh pair of namespaces, which are gone afterwards."""
    workload = workloads.WORKLOADS[name]
    with network.make_pair() as (client, server):
        before = exporter.scrape()
        sides = [Side("client", client, before), Side("server", server, before)]
        workloads.prepare(client, server)
        workloads.run(workload, client, server)
        page = wait_for_equality(exporter, sides)
        since = [now - then for now, then in zip(ledger(page), ledger(before))]
        for side, peer in zip(sides, reversed(sides)):
            causes = side.causes(page)
            print_side(name, run, side, causes, since)
            check_causes(workload, side, causes, allow_unknown)
            check_labels(workload, side, peer, page)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--workload", choices=workloads.WORKLOADS, action="append")
    parser.add_argument("--no-unknown", action="store_true", help="unknown must be 0")
    options = parser.parse_args()
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=("--group-by", LABELS))
    print(HEADER)
    for name in options.workload or workloads.WORKLOADS:
        for run in range(1, options.runs + 1):
            run_once(name, run, exporter, not options.no_unknown)


run_test(main)
