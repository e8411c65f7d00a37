# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Workloads: traffic that retransmits for a known reason, and the expected causes."""
from dataclasses import dataclass, field

import network
import traffic
from lifetime import check, until
from network import random_loss

SYNACK = "tcp flags & (syn|ack) == (syn|ack)"
LISTEN, TIME_WAIT = "0A", "06"  # include/net/tcp_states.h


@dataclass
class Workload:
    connect: dict                 # options of rexmit-traffic connect
    causes: dict                  # {side: causes that must occur for the test to be valid}
    server_drops: list = field(default_factory=lambda: [random_loss(5)])
    client_drops: list = field(default_factory=list)
    address: str = "{server.v4}"  # the client connects to this address
    ip_version: int = 4           # version of the packets
    reply: int = 0
    bulk: bool = False            # enough segments to limit the share of cause `unknown`
    resets: int = 0               # connections that the client resets


WORKLOADS = {
    "bulk": Workload(
        connect={"count": 8, "parallel": 8, "bytes": 60_000_000},
        causes={"client": ["fast"]}, bulk=True),
    "short": Workload(
        connect={"count": 500, "parallel": 50, "bytes": 3000, "write": 600,
                 "may_fail": True}, reply=3000,
        server_drops=[random_loss(10)], client_drops=[random_loss(10)],
        causes={"client": ["syn", "timeout"], "server": ["synack", "timeout"]}),
    "blackhole": Workload(
        connect={"count": 100, "parallel": 100, "may_fail": True},
        server_drops=["tcp flags syn"], causes={"client": ["syn"]}),
    "synack": Workload(
        connect={"count": 100, "parallel": 100, "bytes": 20_000, "may_fail": True},
        reply=20_000, server_drops=[random_loss(5)],
        client_drops=[random_loss(60, SYNACK), random_loss(5)],
        causes={"client": ["syn"], "server": ["synack"]}),
    "ipv6": Workload(
        connect={"count": 8, "parallel": 8, "bytes": 40_000_000}, reply=1_000_000,
        address="{server.v6}", ip_version=6, client_drops=[random_loss(5)],
        causes={"client": ["fast"], "server": ["fast"]}, bulk=True),
    "mapped": Workload(
        connect={"count": 8, "parallel": 8, "bytes": 40_000_000}, reply=1_000_000,
        address="::ffff:{server.v4}", client_drops=[random_loss(5)],
        causes={"client": ["fast"], "server": ["fast"]}, bulk=True),
    "resets": Workload(
        connect={"count": 200, "parallel": 20, "bytes": 1000, "abort": True},
        server_drops=[], causes={}, resets=200),
}


def prepare(client, server):
    """Makes an unanswered handshake fail after seconds.

    Established connections try longer. Otherwise one end could give up, and the other wait forever.
    """
    for side in (client, server):
        side.sysctl(tcp_syn_retries=2, tcp_synack_retries=2)


def drop(workload, client, server):
    server.drop(*workload.server_drops)
    client.drop(*workload.client_drops)


def run(workload, client, server):
    """Runs a workload until all connections have ended on both sides.

    Returns the connector's line.
    """
    address = workload.address.format(server=server)
    # A listener on "::" accepts both families, with v4-mapped sockets for IPv4.
    listener = traffic.listen(server, "::" if ":" in address else server.v4,
                              reply=workload.reply)
    drop(workload, client, server)
    totals = traffic.Connector(client, address, **workload.connect).finish()
    until("the end of all connections", lambda: quiet(client) and quiet(server), 180, 0.1)
    check(listener.poll() is None, "the traffic listener ended")
    listener.terminate()
    listener.wait()
    return totals


def lose_some(client, server):
    """Makes a few connections that lose segments. Returns how many the client retransmitted."""
    listener = traffic.listen(server, server.v4)
    prepare(client, server)
    server.drop(random_loss(5))
    traffic.Connector(client, server.v4, count=16, parallel=16, bytes=1_000_000).finish()
    until("the end of all connections", lambda: quiet(client) and quiet(server), 180, 0.1)
    listener.terminate()
    total = client.counters()["Tcp.RetransSegs"]
    check(total > 0, "nothing was retransmitted")
    return total


def check_counted(what, exporter):
    """Makes a few connections that lose segments. The exporter must count all of these segments.

    An earlier namespace, of another test, may have had the same inode.
    """
    with network.make_pair() as (client, server):
        def counted():
            return exporter.scrape().sum("tcp_retransmissions_total", netns=client.inode)
        before = counted()
        total = lose_some(client, server)
        until(f"{total} segments of namespace {client.inode}, which had {before}",
              lambda: counted() == before + total, 30)
        print(f"{what}: {total} of {total} segments")


def quiet(side):
    """Whether no socket of the namespace can retransmit any more."""
    return all(state in (LISTEN, TIME_WAIT) for state in side.tcp_states())
