#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""With a million peers the series, the memory and the exposition keep their limits, and sums are
exact."""
import struct
import time

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, run_test, until

INSTANCE = b"b" * 16
LIMIT = 10000
PEERS = 1000000
MIB = 1 << 20
FAMILIES = ("tcp_retransmissions_total", "tcp_segments_sent_total",
            "tcp_retransmitted_bytes_total", "tcp_retransmitting_connections_total",
            "tcp_resets_total")
EVICTED = ("rexmit_evicted_segments_total", "rexmit_evicted_sent_segments_total",
           "rexmit_evicted_retransmitted_bytes_total",
           "rexmit_evicted_retransmitting_connections_total", "rexmit_evicted_resets_total")


class Storm:
    """Sends events of two segments each. peer(number) returns the address of a peer."""

    def __init__(self, peer):
        self.peer = peer
        self.position = 0
        self.record = bytearray(fake.event(fake.STRIDE, segments=2, sent=3, nbytes=1448, flags=1,
                                           resets_received=4))

    def send(self, peers):
        """Sends one event for each peer, and waits until the exporter has applied them."""
        for begin in range(0, len(peers), 256):
            packet = bytearray()
            for number in peers[begin:begin + 256]:
                self.position += fake.STRIDE
                struct.pack_into("=Q", self.record, 8, self.position)
                struct.pack_into(">I", self.record, 52, 0x0A000000 + number)
                packet += self.record
            self.peer.send(packet)
            self.peer.drain()
        self.peer.acks(self.position)


def sums(exposition):
    """Returns the sums of each family, over its series and its evicted groups."""
    return [exposition.sum(family) + exposition.sum(evicted)
            for family, evicted in zip(FAMILIES, EVICTED)]


def check_exposition(exposition, events, limit=LIMIT):
    """Checks that sums are exact, and that a family has at most `limit` series and one "other"."""
    for family in FAMILIES:
        series = exposition.values(family)
        check(len(series) <= limit + 1, f"{len(series)} series of {family}")
        other = [labels for labels, _ in series if "other" in labels.values()]
        check(len(other) <= 1, f"{len(other)} series of {family} have the labels other")
        check(all(set(labels.values()) - {"received"} == {"other"} for labels in other), f"{other}")
    check(exposition.value("rexmit_series") <= limit, "rexmit_series")
    check(exposition.value("rexmit_groups") <= limit, "rexmit_groups")
    expect(sums(exposition), [2 * events, 3 * events, 1448 * events, events, 4 * events],
           "the sum of all series")


def a_million_peers():
    rig = Rig("--max-series", str(LIMIT))
    storm = Storm(rig.accept())
    storm.peer.send(fake.hello(INSTANCE))
    storm.send(range(1, LIMIT + 1))
    exposition = rig.scrape()
    check_exposition(exposition, LIMIT)
    expect(exposition.value("rexmit_series"), LIMIT, "rexmit_series")
    expect(exposition.value("rexmit_overflow_records_total"), 0, "rexmit_overflow_records_total")
    rig.scrape()
    before = rig.scrape()
    storm.send(range(1, PEERS + 1))
    exposition = rig.scrape()
    check_exposition(exposition, PEERS + LIMIT)
    expect(exposition.value("rexmit_overflow_records_total"), PEERS - LIMIT,
           "rexmit_overflow_records_total")
    grown = len(exposition.text) - len(before.text)
    check(grown < 2000, f"the exposition grew by {grown} bytes")
    memory = [p.value("process_resident_memory_bytes") for p in (before, exposition)]
    print(f"resident: {memory[0]:.0f} bytes before, {memory[1]:.0f} after {PEERS} peers")
    check(memory[1] - memory[0] < MIB / 2, f"memory grew: {memory}")
    rig.stop()


def no_series_goes_down():
    """A series decreases only after its removal, while groups appear and are evicted."""
    rig = Rig("--max-series", "1000", "--idle-expiry", "1s")
    storm = Storm(rig.accept())
    storm.peer.send(fake.hello(INSTANCE))
    events, evicted, last = 0, 0, {}
    for turn in range(12):
        peers = [300 * turn + number % 500 for number in range(600)]
        storm.send(peers)
        events += len(peers)
        exposition = rig.scrape()
        check_exposition(exposition, events, 1000)
        now = {(family, *sorted(labels.items())): value
               for family in FAMILIES for labels, value in exposition.values(family)}
        removed, evicted = evicted, exposition.value("rexmit_evicted_groups_total")
        for series, value in last.items() if removed == evicted else ():
            check(now.get(series, value) >= value,
                  f"{series} decreased from {value} to {now[series]}")
        last = now
        time.sleep(0.2)
    until("eviction", lambda: rig.value("rexmit_groups") == 0)
    exposition = rig.scrape()
    check_exposition(exposition, events, 1000)
    check(exposition.value("rexmit_evicted_groups_total") >= 1000,
          "fewer than 1000 groups were evicted")
    rig.stop()


def no_expiry():
    """--idle-expiry 0 removes no group."""
    rig = Rig("--idle-expiry", "0")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE), fake.event(fake.STRIDE))
    peer.acks(fake.STRIDE)
    time.sleep(2.1)  # once a second the exporter looks for idle groups
    expect(rig.value("rexmit_groups"), 1, "rexmit_groups")
    rig.stop()


def groups_without_losses_are_evicted_first():
    rig = Rig("--max-series", "100")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE), *(fake.event(fake.STRIDE * i, remote=f"10.0.0.{i}", segments=0,
                                                 cause=fake.NONE, sent=7) for i in range(1, 101)))
    rig.until("rexmit_groups", 100)
    peer.send(*(fake.event(10**6 + fake.STRIDE * i, remote=f"10.0.1.{i}", sent=1)
                for i in range(1, 101)))
    rig.until("tcp_retransmissions_total", 100)
    exposition = rig.scrape()
    expect(len(exposition.values("tcp_retransmissions_total")), 100,
           "the number of groups with losses")
    expect(exposition.values("tcp_retransmissions_total", cause="other"), [], "other")
    expect(exposition.sum("tcp_segments_sent_total"), 100, "sent, shown")
    expect(exposition.value("rexmit_evicted_sent_segments_total"), 700, "sent, evicted")
    rig.stop()


def few_series_without_losses():
    """When a connection without losses has ended, its group has three series."""
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE), fake.event(fake.STRIDE, segments=0, cause=fake.NONE, sent=7, received=9,
                                               flags=fake.ENDED))
    rig.until("rexmit_groups", 1)
    families = [name for name, labels, _ in rig.scrape().samples if "dst_ip" in labels]
    expect(sorted(families), ["tcp_connections_total", "tcp_segments_received_total",
                              "tcp_segments_sent_total"], "series of a group that lost nothing")
    rig.stop()


def main():
    few_series_without_losses()
    groups_without_losses_are_evicted_first()
    no_series_goes_down()
    no_expiry()
    # A sanitizer keeps freed memory, which would exceed the limit.
    if not FLAGS:
        a_million_peers()


if __name__ == "__main__":
    run_test(main)
