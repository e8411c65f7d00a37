#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Sockets without storage report each segment when it is sent.

The kernel charges storage to a socket's option memory (optmem_max), which is a setting of each
network namespace since Linux 6.8 (f5769faeec36). Any user can exhaust it with TCP_MD5SIG keys.
Without storage the cause and the peer of each retransmission are still exact.
"""
import audit
import network
import pipeline
import traffic
import workloads
from audit import METRIC
from lifetime import check, need_root_and_namespaces, run_test, skip, until
from witness import SEGMENTS_MAX, Witness

GROUP_BY = ("--group-by", "netns,dst_ip,cause")
OPTMEM = "/proc/sys/net/core/optmem_max"
UNATTRIBUTED = "rexmit_unattributed_segments_total"


def no_option_memory(side):
    # Before Linux 6.8 only the first namespace has this setting.
    if side.run("sh", "-c", f"ls {OPTMEM} 2>&1 || true").strip() != OPTMEM:
        skip(f"{OPTMEM} is not a setting of a network namespace")
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
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    witness = Witness()
    with network.make_pair() as (client, server):
        no_option_memory(client)
        before = exporter.scrape()
        witness.clear()
        lose_segments(client, server)
        total = client.counters()["Tcp.RetransSegs"]

        def risen(exposition, name):
            return exposition.sum(name) - before.sum(name)

        def exported(exposition):
            return exposition.sum(METRIC, netns=client.inode)

        def complete():
            exposition = exporter.scrape()
            # Without storage, later events do not report a hit for which the kernel called no
            # program.
            unseen = witness.unseen(client) + SEGMENTS_MAX * risen(
                exposition, "rexmit_missed_invocations_total")
            return exposition if exported(exposition) >= total - unseen else None
        exposition = until("all segments", complete, 20)
        causes = exposition.sum_by("cause", METRIC, netns=client.inode)
        check(total > 0, "nothing was retransmitted")
        check(exported(exposition) <= total, f"RetransSegs {total}, exported {causes}")
        check(risen(exposition, UNATTRIBUTED) == 0, "segments were counted without a peer")
        peers = {labels["dst_ip"] for labels, _ in exposition.values(METRIC, netns=client.inode)}
        check(peers == {server.v4}, f"the series have the peers {peers}")
        for mib, names in audit.MIBS.items():
            have = sum(causes.get(name, 0) for name in names)
            check(have <= client.counters()[f"TcpExt.{mib}"], f"{mib}, exported {causes}")
        sent = exposition.sum("tcp_segments_sent_total", netns=client.inode, dst_ip=server.v4)
        out = client.counters()["Tcp.OutSegs"]
        check(0.99 * out <= sent <= 1.01 * out, f"OutSegs {out}, exported {sent}")
        print(f"RetransSegs {total}, exported {causes}; OutSegs {out}, exported {sent}")


run_test(main)
