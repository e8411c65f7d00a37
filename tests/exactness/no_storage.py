#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Sockets that get no storage from the kernel: their segments are counted, of nobody.

That storage counts for what a socket may take of option memory (optmem_max), which belongs to the
network namespace since Linux 6.8 (f5769faeec36). Without any, the cause of each retransmission is
known, and the peer is not: unattributed, to the segment.
"""
import audit
import network
import pipeline
import traffic
import workloads
from audit import METRIC
from lifetime import check, need_root_and_namespaces, run_test, skip, until
from witness import SEGMENTS_MAX, Witness

OPTMEM = "/proc/sys/net/core/optmem_max"
UNATTRIBUTED = "rexmit_unattributed_segments_total"


def no_option_memory(side):
    # Its own from 6.8 on; an older kernel has none in a namespace that is not the first.
    if side.run("sh", "-c", f"ls {OPTMEM} 2>&1 || true").strip() != OPTMEM:
        skip(f"no {OPTMEM} of a network namespace")
    side.run("sh", "-c", f"echo 0 >{OPTMEM}")


def lose_segments(client, server):
    workloads.prepare(client, server)
    traffic.listen(server, server.v4)
    server.drop(network.random_loss(5, "tcp flags & (syn|fin) == 0"))
    traffic.Connector(client, server.v4, count=8, parallel=8, bytes=20_000_000).finish()
    until("the end of all connections",
          lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)


def main():
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair()
    witness = Witness()
    with network.make_pair() as (client, server):
        no_option_memory(client)
        before = exporter.scrape()
        witness.clear()
        lose_segments(client, server)
        total = client.counters()["Tcp.RetransSegs"]

        def risen(page, name):
            return page.sum(name) - before.sum(name)

        def complete():
            page = exporter.scrape()
            # What no program ran for is not made up for without storage.
            unseen = witness.unseen(client) + SEGMENTS_MAX * risen(
                page, "rexmit_missed_invocations_total")
            return page if risen(page, UNATTRIBUTED) >= total - unseen else None
        page = until("all segments", complete, 20)
        lost = page.sum_by("cause", UNATTRIBUTED)
        check(total > 0, "nothing was retransmitted")
        check(risen(page, UNATTRIBUTED) <= total, f"RetransSegs {total}, unattributed {lost}")
        check(page.sum(METRIC, netns=client.inode) == 0, "a socket had storage")
        for mib, causes in audit.MIBS.items():
            have = sum(lost[cause] - before.sum(UNATTRIBUTED, cause=cause) for cause in causes)
            check(have <= client.counters()[f"TcpExt.{mib}"], f"{mib}, unattributed {lost}")
        print(f"RetransSegs {total}, unattributed {lost}")


run_test(main)
