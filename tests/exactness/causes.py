#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes each kind of loss. The causes must be those of the table in docs/runbook.md.

The receiving side drops segments by their number. With gso_max_segs=1 a packet is one segment.
"""
import os
import re
from pathlib import Path

import audit
import network
import pipeline
import traffic
from lifetime import check, command, need_root_and_namespaces, run_test, until

RUNBOOK = Path(__file__).resolve().parents[2] / "docs/runbook.md"
MSS = 1448    # 1500 - 20 (IPv4) - 20 (TCP) - 12 (timestamps)
SEGMENTS = 8  # all fit in the first window of ten (RFC 6928)
TRIES = 5
DATA = "meta length > 1000"
SYNACK = "tcp flags & (syn|ack) == (syn|ack)"


class Connection:
    """Sends three rounds of SEGMENTS segments. The test drops some segments of the second round.

    Without the third round a FIN would follow the second.
    """

    def __init__(self, client, address):
        self._connector = traffic.Connector(client, address, rounds=3, bytes=SEGMENTS * MSS)
        self._connector.wait_for_round(1)

    def second_round(self):
        self._connector.next_round()

    def finish(self):
        self._connector.wait_for_round(2)
        self._connector.next_round()
        self._connector.finish()


def lose(first, last):
    """Returns a function that drops these segments of the second round once."""
    def run(client, server):
        connection = Connection(client, server.v4)
        server.drop(network.numbered(first, last, DATA))
        connection.second_round()
        connection.finish()
        return last - first + 1
    return run


def black_hole(client, server):
    client.sysctl(tcp_syn_retries=1)
    server.drop("tcp flags syn")
    traffic.Connector(client, server.v4, may_fail=True).finish()
    return None


def firewalled(client, server):
    client.sysctl(tcp_syn_retries=2)
    client.drop("tcp flags syn", hook="output")
    traffic.Connector(client, server.v4, may_fail=True).finish()
    return client.counters()["TcpExt.TCPSynRetrans"]


def lost_synack(client, server):
    # Drops the first SYN-ACK, and the SYN-ACK that is repeated after a timer of either end.
    client.drop(network.numbered(1, 2, SYNACK))
    traffic.Connector(client, server.v4).finish()
    return None


def lost_handshake_ack(client, server):
    server.drop(network.numbered(1, 1, "tcp flags & (syn|ack) == ack"))
    connector = traffic.Connector(client, server.v4, rounds=2)
    connector.wait_for_round(1)
    until("the SYN-ACK again", lambda: server.counters()["Tcp.RetransSegs"] > 0)
    connector.next_round()
    connector.finish()
    return 0


def retransmitted(client):
    return client.counters()["Tcp.RetransSegs"]


def wait_for_timeouts(client, before, timeouts):
    """Waits until `timeouts` timeouts have retransmitted the segment. A loss probe may come first.

    TCPTimeouts does not help: before Linux 5.0 it counts only the first timeout of a series.
    """
    until(f"{timeouts} timeouts", lambda: retransmitted(client) - before > timeouts)


def outage(client, server):
    connection = Connection(client, server.v4)
    server.drop("")
    before = retransmitted(client)
    connection.second_round()
    wait_for_timeouts(client, before, 1)
    server.drop()
    connection.finish()
    return None


def dead_peer(client, server):
    connection = Connection(client, server.v4)
    server.drop("")
    before = retransmitted(client)
    connection.second_round()
    wait_for_timeouts(client, before, 3)
    return None


def smaller_mtu(client, server):
    """The server routes to a third namespace, over a link whose MTU decreases."""
    behind = network.OwnNamespace(f"{server.name}-b", "192.0.2.2", "2001:db8::2")
    command("ip", "link", "add", "veth", "netns", behind.name, "type", "veth",
            "peer", "name", "behind", "netns", server.name)
    behind.set_address()
    command("ip", "-n", server.name, "address", "add", "192.0.2.1/24", "dev", "behind")
    command("ip", "-n", server.name, "link", "set", "behind", "up")
    server.sysctl(ip_forward=1)
    for side, gateway in ((client, server.v4), (behind, "192.0.2.1")):
        command("ip", "-n", side.name, "route", "add", "default", "via", gateway)
    traffic.listen(behind, behind.v4)
    connection = Connection(client, behind.v4)
    command("ip", "-n", server.name, "link", "set", "behind", "mtu", "800")
    connection.second_round()
    connection.finish()
    behind.remove()
    return 2 * SEGMENTS


# {row of the runbook's table: function}. A function makes the loss and returns how many segments
# the client must retransmit, or None if the number varies.
KINDS = {
    "every SYN: a black hole": black_hole,
    "every SYN, on its way out of this host": firewalled,
    "a SYN-ACK": lost_synack,
    "the ACK that ends the handshake, and nothing is sent after it": lost_handshake_ack,
    "one segment of many": lose(4, 4),
    "a burst of segments, with others after it": lose(2, 4),
    "the last segment: a tail loss": lose(SEGMENTS, SEGMENTS),
    "everything, for a while: an outage": outage,
    "everything, for ever: a dead peer": dead_peer,
    "segments that are too long after the path MTU decreased": smaller_mtu,
}


def runbook():
    """Returns {row of the runbook's table: (causes of the client, causes of the server)}."""
    text = RUNBOOK.read_text(encoding="utf-8")
    table = re.search(r"\| what is lost \| client \| server \|\n[|\- ]+\n((?:\|.*\n)+)", text)
    check(table, "the runbook has no table of losses")
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in table.group(1).splitlines()]
    return {row[0]: tuple(set(re.findall(r"`(\w+)`", cell)) for cell in row[1:]) for row in rows}


def produce(name, exporter):
    """Makes one kind of loss. Returns both sides' counts, and the count that the client must have.
    """
    with network.make_pair() as (client, server):
        for side in (client, server):
            command("ip", "-n", side.name, "link", "set", "veth", "gso_max_segs", "1")
        both = audit.sides((client, server), exporter.scrape())
        traffic.listen(server, server.v4)
        segments = KINDS[name](client, server)
        exposition = audit.wait_for_equality(exporter, both)
        counted = [side.causes(exposition) for side in both]
    print(f"{name}: client {counted[0]}, server {counted[1]}", flush=True)
    return counted, segments


def check_kind(name, expected, exporter):
    """Compares the causes with the runbook. Repeats a run that a busy machine disturbed.

    Late ACKs cause a probe, and an ACK of a later segment that comes first causes `fast`. A missed call
    of a BPF program makes a segment `unknown`. A segment that is sent after the path MTU is known is
    shorter, so it is not sent again.
    """
    for _ in range(TRIES):
        counted, segments = produce(name, exporter)
        surplus = set().union(*(set(have) - causes for have, causes in zip(counted, expected)))
        is_complete = segments in (None, sum(counted[0].values()))
        if surplus - {"probe", "fast", "unknown"} or (is_complete and not surplus):
            break
    for side, have, causes in zip(("client", "server"), counted, expected):
        check(set(have) == causes,
              f"{name}: {side} counted {have}, the runbook has {causes or '{}'}")
    check(is_complete, f"{name}: counted {counted[0]}, expected {segments}")


def main():
    expected = runbook()
    check(set(expected) == set(KINDS),
          f"the test and the runbook have different kinds: {set(expected) ^ set(KINDS)}")
    need_root_and_namespaces()
    # On two CPUs segments can overtake each other, which also causes `fast`.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
    for name in KINDS:
        check_kind(name, expected[name], exporter)


run_test(main)
