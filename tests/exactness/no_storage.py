#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Sockets without storage report each retransmission immediately.

The kernel charges a socket's storage to its option memory (optmem_max). Since Linux 6.8
(f5769faeec36) that is a setting of each network namespace. Any user can exhaust it with TCP_MD5SIG
keys. Without storage the cause and the peer of each retransmission stay exact. No retransmission
counts as a reset.
"""
import audit
import contained
import network
import pipeline
import traffic
import workloads
from audit import METRIC
from equation import CAUSES
from lifetime import check, command, need_root_and_namespaces, run_test, skip, until
from pins import pins_directory
from witness import SEGMENTS_MAX, Witness

GROUP_BY = ("--group-by", "netns,dst_ip,cause")
OPTMEM = "/proc/sys/net/core/optmem_max"
UNATTRIBUTED = "rexmit_unattributed_segments_total"
MISSED = "rexmit_missed_invocations_total"
# It counts an event for which the first program was skipped.
LAST = "tcp_retransmit_skb_again"


def no_option_memory(side):
    # Before Linux 6.8 only the first namespace has this setting.
    if side.run("sh", "-c", f"ls {OPTMEM} 2>&1 || true").strip() != OPTMEM:
        skip(f"{OPTMEM} is not a setting of a network namespace")
    side.run("sh", "-c", f"echo 0 >{OPTMEM}")


def on_the_way(client, server):
    server.drop(network.random_loss(5, "tcp flags & (syn|fin) == 0"))


def and_when_sent(client, server):
    """Drops segments in the network, and makes the firewall refuse to send others.

    RetransSegs includes refused retransmissions. Up to Linux 6.16 no program sees them.
    """
    on_the_way(client, server)
    client.drop(network.random_loss(20), hook="output")


def lose_segments(client, server, where):
    workloads.prepare(client, server)
    traffic.listen(server, server.v4)
    where(client, server)
    traffic.Connector(client, server.v4, count=8, parallel=8, bytes=20_000_000).finish()
    until("the end of all connections",
          lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)


def run(where, exporter, witness):
    with network.make_pair() as (client, server):
        no_option_memory(client)
        before = exporter.scrape()
        witness.clear()
        lose_segments(client, server, where)
        total = client.counters()["Tcp.RetransSegs"]

        def risen(exposition, name, **labels):
            """Returns the increase. The kernel may reuse the inode number of a removed namespace.
            """
            return exposition.sum(name, **labels) - before.sum(name, **labels)

        def exported(exposition, **labels):
            return risen(exposition, METRIC, netns=client.inode, **labels)

        def is_complete():
            now = exporter.scrape()
            unseen = witness.unseen(client) + SEGMENTS_MAX * risen(now, MISSED, program=LAST)
            return exported(now) >= total - unseen
        try:
            until("all segments", is_complete, 20)
        finally:
            exposition = exporter.scrape()  # may have segments that is_complete() did not wait for
            causes = {cause: exported(exposition, cause=cause) for cause in CAUSES}
            print(f"lost {where.__name__}: RetransSegs {total}, exported {sum(causes.values()):.0f}: "
                  f"{causes}", flush=True)
        check(total > 0, "nothing was retransmitted")
        check(exported(exposition) <= total, "more segments were exported than retransmitted")
        check(risen(exposition, UNATTRIBUTED) == 0, "segments were counted without a peer")
        check(exported(exposition, dst_ip=server.v4) == exported(exposition), "series have another peer")
        check_causes(client, causes)
        stall = risen(exposition, "tcp_retransmission_stall_seconds_total", netns=client.inode)
        # The shortest timer has 200 ms (TCP_RTO_MIN).
        check(stall >= 0.19 * causes["timeout"], f"{causes['timeout']} timers, stalls {stall} s")
        compare_sent(client, exporter,
                     lambda: risen(exporter.scrape(), "tcp_segments_sent_total",
                                   netns=client.inode, dst_ip=server.v4))
        resets = risen(exporter.scrape(), "tcp_resets_total", netns=client.inode, direction="sent")
        check(resets <= client.counters()["Tcp.OutRsts"], f"{resets} resets were exported")


def run_contained(witness):
    """In a PID namespace of its own, the collector gives each connection storage at its start.

    A connection that gets none must have an entry in rexmit_newcomer.
    """
    directory = pipeline.private_directory()
    collector = contained.start(directory)
    exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
    run(on_the_way, exporter, witness)
    exporter.stop()
    contained.end(collector.process)


def run_later():
    """There is memory again before a walk, so the walk creates the storage.

    The new storage must not hide what the connection has sent earlier. A collector walks when it
    starts. The programs are pinned, so they have seen the connection's start.
    """
    directory, pins = pipeline.private_directory(), pins_directory()
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
    with network.make_pair() as (client, server):
        memory = client.run("cat", OPTMEM).strip()
        no_option_memory(client)
        traffic.listen(server, server.v4)
        on_the_way(client, server)
        connector = traffic.Connector(client, server.v4, rounds=2, bytes=20_000_000)
        connector.wait_for_round(1)
        server.drop()
        client.run("sh", "-c", f"echo {memory} >{OPTMEM}")
        collector.stop()
        collector = pipeline.Collector(directory, "--pin", pins).wait()
        connector.next_round()
        connector.finish()
        check(client.counters()["Tcp.RetransSegs"] > 0, "nothing was retransmitted")
        compare_sent(client, exporter, lambda: exporter.scrape().sum(
            "tcp_segments_sent_total", netns=client.inode, dst_ip=server.v4))
    exporter.stop()
    collector.stop()


def run_older(witness):
    """Connections that are older than the programs report each retransmission, too.

    The kernel also counts attempts that a full queue refuses. Each has one segment here.
    """
    with network.make_pair() as (client, server):
        command("ip", "-n", client.name, "link", "set", "veth", "gso_max_segs", "1")
        no_option_memory(client)
        traffic.listen(server, server.v4)
        connector = traffic.Connector(client, server.v4, rounds=2, bytes=20_000_000)
        connector.wait_for_round(1)
        collector, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
        # On a busy machine a full queue loses segments of the first round.
        witness.clear()
        before = client.counters()
        on_the_way(client, server)
        connector.next_round()
        connector.finish()

        def risen(name):
            return client.counters()[name] - before[name]
        total = risen("Tcp.RetransSegs")
        check(total > 0, "nothing was retransmitted")

        def exported():
            return exporter.scrape().sum(METRIC, netns=client.inode, dst_ip=server.v4)

        def explained():
            """Segments of attempts that failed, or for which the kernel called no program."""
            missed = exporter.scrape().sum(MISSED, program=LAST)
            return risen("TcpExt.TCPRetransFail") + missed + witness.unseen(client, 1)
        try:
            until("all segments", lambda: total - explained() <= exported() <= total, 20)
        finally:
            print(f"older connection: RetransSegs {total}, exported {exported():.0f}, "
                  f"failed or unseen {explained():.0f}", flush=True)
        exporter.stop()
        collector.stop()


def check_causes(client, causes):
    for mib, names in audit.MIBS.items():
        have = sum(causes[name] for name in names)
        check(have <= client.counters()[f"TcpExt.{mib}"], f"{mib}, exported {causes}")


def compare_sent(client, exporter, exported):
    """Unlike retransmissions, the number of segments sent is reported at the socket's end."""
    out = client.counters()["Tcp.OutSegs"]
    try:
        until("as many segments as OutSegs, within 1 %",
              lambda: 0.99 * out <= exported() <= 1.01 * out, 20)
    finally:
        print(f"OutSegs {out}, exported {exported():.0f}, missed invocations "
              f"{exporter.scrape().sum(MISSED):.0f}", flush=True)


def main():
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    witness = Witness()
    for where in (on_the_way, and_when_sent):
        run(where, exporter, witness)
    run_contained(witness)
    run_later()
    run_older(witness)


run_test(main)
