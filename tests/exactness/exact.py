#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""rexmit counts exactly the segments that this kernel counts.

After a workload's connections have ended, the test checks both network namespaces:

    sum over causes == RetransSegs
    fast <= TCPFastRetrans <= fast + unknown; the same for slow_start and for syn + synack

Every series must have the addresses, ports and IP version of the traffic. The program prints a row
for each namespace. `missed` and `failed` are the collector's counts for all namespaces. `unseen`
can exceed 0 only on the kernel that witness.py describes. With --threads, different threads receive
a segment and its answer, as on two hosts.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import audit  # noqa: E402
import network  # noqa: E402
import pipeline  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402

HEADER = (f"{'workload':10} {'run':>3} {'side':6} {'RetransSegs':>11} {'counted':>8} "
          f"{'fast/MIB':>13} {'slow_start/MIB':>15} {'syn+synack/MIB':>14} {'timeout':>7} "
          f"{'probe':>5} {'unknown':>7} {'unseen':>6} {'missed':>6} {'failed':>6}")


def ledger(exposition):
    return [int(exposition.sum(name)) for name in ("rexmit_missed_invocations_total",
                                             "rexmit_retransmit_failures_total")]


def print_side(name, run, side, causes, missed, failed):
    def pair(mib):
        counted = sum(causes.get(cause, 0) for cause in audit.MIBS[mib])
        return f"{counted}/{side.kernel(f'TcpExt.{mib}')}"
    print(f"{name:10} {run:3} {side.name:6} {side.retrans_segs():11} {sum(causes.values()):8} "
          f"{pair('TCPFastRetrans'):>13} {pair('TCPSlowStartRetrans'):>15} "
          f"{pair('TCPSynRetrans'):>14} {causes.get('timeout', 0):7} {causes.get('probe', 0):5} "
          f"{causes.get('unknown', 0):7} {side.unseen:6} {missed:6} {failed:6}", flush=True)


def run_once(name, run, exporter, options):
    """Runs one workload in a new pair of namespaces, which are removed at the end."""
    workload = workloads.WORKLOADS[name]
    with network.make_pair(options.threads) as pair:
        before = exporter.scrape()
        both = audit.sides(pair, before)
        workloads.prepare(*pair)
        workloads.run(workload, *pair)
        exposition = audit.wait_for_equality(exporter, both)
        since = [now - then for now, then in zip(ledger(exposition), ledger(before))]
        for side, peer in zip(both, reversed(both)):
            causes = side.causes(exposition)
            print_side(name, run, side, causes, *since)
            audit.check_causes(side, causes, workload.bulk, not options.no_unknown)
            audit.check_labels(side, peer, workload.ip_version, exposition)
            for cause in workload.causes.get(side.name, []):
                check(causes.get(cause, 0) > 0, f"{side.name}: the workload caused no {cause}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--workload", choices=workloads.WORKLOADS, action="append")
    parser.add_argument("--no-unknown", action="store_true", help=
                        "no segment may have the cause unknown")
    parser.add_argument("--threads", action="store_true",
                        help="each end receives packets in its own thread")
    options = parser.parse_args()
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
    print(HEADER)
    for name in options.workload or workloads.WORKLOADS:
        for run in range(1, options.runs + 1):
            run_once(name, run, exporter, options)


run_test(main)
