#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Connections that any host can fake do not evict the series of peers that are proven."""
import fake_collector as fake
from rig import Rig, check, expect, run_test

INSTANCE = b"s" * 16
LIMIT = 300
METRIC = "tcp_retransmissions_total"
SYN_RECV, NEW_SYN_RECV = 3, 12
COLLISIONS = 2


class Feed:
    """A connection to the exporter. The test chooses the positions of its events."""

    def __init__(self, *flags):
        self.rig = Rig("--max-series", str(LIMIT), *flags)
        self.peer, self.position = self.rig.accept(), 0
        self.peer.send(fake.hello(INSTANCE))

    def event(self, remote, **fields):
        self.position += fake.STRIDE
        local = "2001:db8:1::1" if ":" in remote else "192.0.2.1"
        self.peer.send(fake.event(self.position, local=local, remote=remote, **fields))
        self.peer.drain()

    def spoofed(self, remote, **fields):
        """Sends an event of a retransmitted SYN-ACK to an address that never answers."""
        self.event(remote, cause=fake.SYNACK, sent=1, **{"state": NEW_SYN_RECV, **fields})

    def exposition(self):
        if self.peer.acked != self.position:
            self.peer.acks(self.position)
        return self.rig.scrape()

    def expect(self, remotes, value=1, displaced=0):
        """At most `displaced` of the remotes may have no series."""
        exposition = self.exposition()
        found = {remote: exposition.sum(METRIC, dst_ip=remote) for remote in remotes}
        wrong = {remote: segments for remote, segments in found.items() if segments != value}
        check(len(wrong) <= displaced and not any(wrong.values()),
              f"expected {value} segments, and {displaced} without series at most: {wrong}")
        check(exposition.value("rexmit_series") <= LIMIT, "rexmit_series")
        check(exposition.value("rexmit_groups") <= LIMIT, "rexmit_groups")
        return exposition


def spoofed_addresses(addresses, state, *flags):
    """Sends more fake addresses than --max-series, then real peers with and without losses."""
    feed = Feed(*flags)
    for number in range(LIMIT + 50):
        feed.spoofed(addresses % number, state=state)
    real = [f"198.51.100.{i}" for i in range(100)]
    for remote in real:
        feed.event(remote)
    feed.event("203.0.113.1", segments=0, cause=fake.NONE, sent=5)
    exposition = feed.expect(real)
    expect(exposition.sum("tcp_segments_sent_total", dst_ip="203.0.113.1"), 5, "the segments sent")
    # A new cause of a peer needs another series.
    feed.event(real[0], cause=fake.TIMEOUT)
    feed.expect(real[:1], 2)
    # More fake addresses evict no real peer, even if that peer has no losses.
    for number in range(LIMIT):
        feed.spoofed(addresses % (1000 + number), state=state)
    exposition = feed.expect(real[1:])
    expect(exposition.sum("tcp_segments_sent_total", dst_ip="203.0.113.1"), 5, "the segments sent")
    total = exposition.sum(METRIC) + exposition.value("rexmit_evicted_segments_total")
    expect(total, 2 * LIMIT + 50 + 101, "the sum of all segments")
    feed.rig.stop()


def a_handshake_proves():
    """A peer is proven if it completes the handshake after a retransmitted SYN-ACK."""
    feed = Feed()
    feed.spoofed("198.51.100.7")
    feed.event("198.51.100.7", segments=0, cause=fake.NONE, sent=3)
    for number in range(LIMIT):
        feed.spoofed(f"10.0.{number >> 8}.{number & 255}")
    for number in range(LIMIT - 1):
        feed.event(f"10.1.{number >> 8}.{number & 255}")
    feed.expect(["198.51.100.7"])
    feed.rig.stop()


def one_network(addresses, *flags):
    """A client with a /64, or with many ports, completes --max-series handshakes.

    Networks with equal hashes share a count (RANK_NETWORKS in exporter/counts/). One of the 200 peers
    shares the client's in one of 82 runs, and three of them in one of three million.
    """
    feed = Feed(*flags)
    for number in range(LIMIT):
        feed.event(addresses.replace("%", f"{number:x}"), rport=1024 + number)
    real = [f"2001:db8:{i:x}::1" for i in range(2, 102)] + [f"198.51.100.{i}" for i in range(100)]
    for remote in real:
        feed.event(remote)
    feed.expect(real, displaced=COLLISIONS)
    # Unproven peers do not get their series back. The table evicts no more groups than necessary.
    for number in range(LIMIT):
        feed.event(addresses.replace("%", f"{number + 4096:x}"), rport=9999 + number)
    exposition = feed.expect(real, displaced=COLLISIONS)
    expect(exposition.value("rexmit_groups"), LIMIT, "rexmit_groups")
    feed.rig.stop()


def main():
    spoofed_addresses("2001:db8:ffff::%x", NEW_SYN_RECV)
    spoofed_addresses("2001:db8:%x::5", SYN_RECV, "--group-by", "dst_ip")
    a_handshake_proves()
    one_network("2001:db8:ffff:0::%")
    one_network("203.0.113.9", "--ports", "all")


run_test(main)
