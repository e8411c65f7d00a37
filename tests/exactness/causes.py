#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each kind of loss, produced on purpose, shows exactly the causes that docs/runbook.md names.

Segments are dropped by their number where they arrive. The client's segments are on the wire as TCP
counts them (gso_max_segs 1). The expectation is read from the runbook's table, so that the two
cannot differ.
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
MSS = 1448    # 1500 less 20 for IPv4, 20 for TCP and 12 for timestamps
SEGMENTS = 8  # fewer than the first window's ten (RFC 6928), so that all are sent at once
TRIES = 5
DATA = "meta length > 1000"
SYNACK = "tcp flags & (syn|ack) == (syn|ack)"


def number(first, last, match):
    """The nft match for the segments `first` to `last` of those that match, counted from 1."""
    return f"{match} numgen inc mod 1000000 {first - 1}-{last - 1}"


class Connection:
    """Sends rounds of SEGMENTS segments, and drops some of the second round.

    A third round follows, so that no FIN follows the second one.
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
    """The kind of loss that drops these segments of the second round, once."""
    def run(client, server):
        connection = Connection(client, server.v4)
        server.drop(number(first, last, DATA))
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
    # First one of both timers, then the answer to one of the two.
    client.drop(number(1, 2, SYNACK))
    traffic.Connector(client, server.v4).finish()
    return None


def lost_handshake_ack(client, server):
    server.drop(number(1, 1, "tcp flags & (syn|ack) == ack"))
    connector = traffic.Connector(client, server.v4, rounds=2)
    connector.wait_for_round(1)
    until("the SYN-ACK again", lambda: server.counters()["Tcp.RetransSegs"] > 0)
    connector.next_round()
    connector.finish()
    return 0


def retransmitted(client):
    return client.counters()["Tcp.RetransSegs"]


def wait_for_timeouts(client, before, timeouts):
    """Each retransmits a segment; before them a loss probe may do so. Not by TCPTimeouts, which
    before 5.0 counts only the first of a row of timeouts."""
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
    """The server is the router to a third namespace, over a link whose MTU is lowered."""
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


# {name in the runbook's table: how to produce it}. The functions return the number of segments that
# the client must retransmit, if that is known.
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
    "segments longer than a path MTU that decreased": smaller_mtu,
}


def runbook():
    """{what is lost: (the client's causes, the server's)}, from the table in the runbook."""
    text = RUNBOOK.read_text(encoding="utf-8")
    table = re.search(r"\| what is lost \| client \| server \|\n[|\- ]+\n((?:\|.*\n)+)", text)
    check(table, "no table of losses in the runbook")
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in table.group(1).splitlines()]
    return {row[0]: tuple(set(re.findall(r"`(\w+)`", cell)) for cell in row[1:]) for row in rows}


def produce(name, exporter):
    """Produces one kind of loss. Returns what each side counted and what the client had to
    count."""
    with network.make_pair() as (client, server):
        for side in (client, server):
            command("ip", "-n", side.name, "link", "set", "veth", "gso_max_segs", "1")
        both = audit.sides((client, server), exporter.scrape())
        traffic.listen(server, server.v4)
        segments = KINDS[name](client, server)
        exposition = audit.wait_for_equality(exporter, both)
        counted = [{cause: n for cause, n in side.causes(exposition).items() if n} for side in both]
    print(f"{name}: client {counted[0]}, server {counted[1]}", flush=True)
    return counted, segments


def check_kind(name, expected, exporter):
    """Repeats a run that was disturbed.

    On a busy machine ACKs are late, and TCP sends a probe. Where an invocation was missed, a
    segment is `unknown`.
    """
    for _ in range(TRIES):
        counted, segments = produce(name, exporter)
        surplus = set().union(*(set(have) - causes for have, causes in zip(counted, expected)))
        if not surplus or surplus - {"probe", "unknown"}:
            break
    for side, have, causes in zip(("client", "server"), counted, expected):
        check(set(have) == causes, f"{name}: {side} has {have}, the runbook {causes or '{}'}")
    check(segments in (None, sum(counted[0].values())), f"{name}: {counted[0]}, not {segments}")


def main():
    expected = runbook()
    check(set(expected) == set(KINDS), f"kinds differ: {set(expected) ^ set(KINDS)}")
    need_root_and_namespaces()
    # On two CPUs segments could overtake each other, as on busy hosts; that causes `fast`, too.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
    for name in KINDS:
        check_kind(name, expected[name], exporter)


run_test(main)
