#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Network namespaces and cgroups are removed before or while their events are processed.

Events in the ring keep the removed namespace and cgroup, and none is lost. If a namespace is
removed while its sockets retransmit, all counted segments are exported or unattributed.
"""
import time

import cgroup2
import network
import pipeline
import traffic
import workloads
from equation import METRIC, wait_for_balance
from lifetime import check, need_root_and_namespaces, run_test, until
from witness import Witness


def lost_and_gone():
    """Loses segments, then removes the namespaces and the cgroup.

    Returns {inode: kernel's count}, the number of segments that no program may have seen, and the
    cgroup's path.
    """
    witness = Witness()
    cgroup = cgroup2.make().child("gone.service")
    with network.make_pair() as (client, server):
        workloads.prepare(client, server)
        listener = traffic.listen(server, server.v4)
        server.drop(network.random_loss(5))
        inside = cgroup2.Inside(client, cgroup)
        traffic.Connector(inside, server.v4, count=8, parallel=8, bytes=10_000_000).finish()
        until("the end of all connections",
              lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)
        listener.terminate()
        listener.wait()
        counted = {(side.inode, side.v4): side.counters()["Tcp.RetransSegs"]
                   for side in (client, server)}
        unseen = sum(witness.unseen(side) for side in (client, server))
    cgroup.remove()
    return counted, unseen, cgroup.label()


def gone_before(directory):
    """The exporter starts after the namespaces and the cgroup were removed.

    Namespaces of other tests may have their inode numbers now, but not their addresses.
    """
    counted, unseen, path = lost_and_gone()
    check(sum(counted.values()) > 0, "nothing was retransmitted")
    exporter = pipeline.Exporter(directory, "--group-by", "netns,src_ip,cause,cgroup").wait()
    exporter.wait_for_collector()

    def exported(exposition):
        return sum(exposition.sum(METRIC, netns=inode, src_ip=address) for inode, address in counted)
    exposition = until("all segments", lambda: (exposition := exporter.scrape())
                 and exported(exposition) >= sum(counted.values()) - unseen and exposition)
    missing = sum(counted.values()) - exported(exposition)
    check(0 <= missing <= unseen, f"{missing} of {counted} missing, unseen {unseen}")
    inode, address = next(iter(counted))
    client = exposition.sum(METRIC, netns=inode, src_ip=address)
    ours = exposition.sum(METRIC, netns=inode, src_ip=address, cgroup=path)
    check(ours == client, f"{ours} of cgroup {path}, of its namespace {client}")
    print(f"{exported(exposition):.0f} segments of removed namespaces, in {path}")
    return exporter


def gone_meanwhile(exporter):
    """Kills the traffic program. Its connections retransmit until their namespace is removed."""
    for _ in range(5):
        with network.make_pair() as (client, server):
            workloads.prepare(client, server)
            traffic.listen(server, server.v4)
            server.drop(network.random_loss(20))
            client.drop(network.random_loss(20))
            traffic.Connector(client, server.v4, parallel=50, bytes=1_000_000, may_fail=True,
                              seconds=60)
            until("retransmissions", lambda: client.counters()["Tcp.RetransSegs"] > 100)
            time.sleep(0.2)
    wait_for_balance(exporter.scrape)


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory).wait()
    exporter = gone_before(directory)
    gone_meanwhile(exporter)
    exporter.stop()
    collector.stop()


run_test(main)
