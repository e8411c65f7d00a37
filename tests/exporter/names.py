#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Names of cgroups: the series when cgroups have names, share slots, end or restart."""
import fake_collector as fake
from rig import FLAGS, Rig, check, expect, run_test

ONE, TWO = b"1" * 16, b"2" * 16
SLOTS = 1024  # WIRE_CGROUP_SLOTS
WAYS = 4  # WIRE_CGROUP_WAYS
LIMIT = 32767
METRIC = "tcp_retransmissions_total"


class Collector:
    """A connection to the exporter. The test chooses the positions of its events."""

    def __init__(self, rig, instance, position=0):
        self.peer, self.position = rig.accept(), position
        self.peer.send(fake.hello(instance, position=position))

    def lose(self, *groups):
        """Sends one event for each cgroup id."""
        self.send(*(self.event(cgroup) for cgroup in groups))

    def event(self, cgroup, **fields):
        self.position += fake.STRIDE
        return fake.event(self.position, cgroup=cgroup, **fields)

    def send(self, *records):
        self.peer.send(*records)
        self.peer.acks(self.position)

    def name(self, cgroup, path):
        self.peer.send(fake.name(cgroup, path))

    def close(self):
        self.peer.close()


def counted(rig):
    return {path: int(n) for path, n in rig.scrape().sum_by("cgroup", METRIC).items()}


def one_series_for_a_path():
    """A restarted service has a new id, but the same path and the same series."""
    rig = Rig("--group-by", "cgroup,cause")
    collector = Collector(rig, ONE)
    collector.name(1000, "/a.service")
    collector.lose(1000, 1000, 2000)
    expect(counted(rig), {"/a.service": 2, "unknown": 1}, "counted")
    collector.name(2001, "/a.service")
    collector.name(1001, "/" + "b" * 254)
    collector.lose(2001, 1001, 1000, 0)
    expect(counted(rig), {"/a.service": 4, "/" + "b" * 254: 1, "unknown": 2}, "counted")
    rig.stop()


def slots():
    rig = Rig("--group-by", "cgroup")
    collector = Collector(rig, ONE)
    collector.name(7, "/seven")
    collector.lose(7, 7 + SLOTS)
    for other in range(1, WAYS):
        collector.name(7 + other * SLOTS, f"/other-{other}")
    collector.lose(7 + SLOTS, 7)
    collector.name(7 + WAYS * SLOTS, "/last")
    collector.lose(7 + WAYS * SLOTS, 7 + SLOTS, 7)
    expect(counted(rig), {"/seven": 2, "/other-1": 2, "/last": 1, "unknown": 2}, "counted")
    rig.stop()


def restarts():
    """Restarts the connection, then the collector, then the exporter."""
    rig = Rig("--group-by", "cgroup")
    collector = Collector(rig, ONE)
    collector.name(7, "/seven")
    collector.lose(7)
    for instance, position in ((ONE, collector.position), (TWO, 0)):
        collector.close()
        collector = Collector(rig, instance, position)
        collector.name(7, "/seven")
        collector.lose(7)
    expect(counted(rig), {"/seven": 3}, "counted")
    rig.stop()
    rig.exporter = type(rig.exporter)(rig.directory, *FLAGS, "--group-by", "cgroup").wait()
    collector = Collector(rig, TWO, collector.position)
    collector.lose(7)
    collector.name(7, "/seven")
    collector.lose(7)
    expect(counted(rig), {"unknown": 1, "/seven": 1}, "counted")
    rig.stop()


def odd_bytes():
    rig = Rig("--group-by", "cgroup")
    collector = Collector(rig, ONE)
    names = {b'/sp ace "quote" \\back': '/sp ace "quote" \\back', "/é☃🐧".encode(): "/é☃🐧",
             b"/bad\xff\xc3.x": "/bad??.x", b"/bad\xfe\xc3.x": "/bad??.x", b"/\x01\x1b[2J\x07\x7f": "/??[2J??",
             "/\u009b2J\u202efdp.\u2066x".encode(): "/?2J?fdp.?x",
             # An escaped name has at most 255 bytes.
             b"/" + b'"\\' * 63 + b"ab": "/" + '"\\' * 63 + "ab",
             b"/" + b'"\\' * 63 + b"abc": "/" + "?" * 126 + "abc",
             b"/" + b"u" * 254: "/" + "u" * 254,
             b"/" + b"u" * 253 + b"\\": "/" + "u" * 253 + "?"}
    for cgroup, path in enumerate(names, 1):
        collector.name(cgroup, path)
    collector.lose(*range(1, len(names) + 1))
    wanted = {path: list(names.values()).count(path) for path in names.values()}
    expect(counted(rig), wanted, "counted")
    rig.stop()


def more_than_can_be_kept():
    """The exporter keeps the paths of series. It forgets other paths, or has no room for them.

    /events is disabled, because it would also keep the names of units.
    """
    rig = Rig("--group-by", "cgroup", "--max-series", "100000", "--web.disable-events")
    collector = Collector(rig, ONE)
    first = 1
    while first < 36_000:
        ids = range(first, first + 128)
        collector.send(*(fake.name(i, f"/pod-{i}") for i in ids), *map(collector.event, ids))
        first += 128
    have = counted(rig)
    expect(have.pop("unknown"), first - 1 - LIMIT, "the events of unknown cgroups")
    expect(have, {f"/pod-{i}": 1 for i in range(1, LIMIT + 1)}, "the events of known cgroups")
    expect(rig.value("rexmit_label_names"), LIMIT, "rexmit_label_names")
    collector.name(first, "/pod-5")
    collector.lose(first)
    expect(counted(rig)["/pod-5"], 2, "the events of a path that the exporter kept")
    rig.stop()


def names_without_events():
    """With a million paths without series, memory stays limited and the exposition works."""
    rig = Rig("--group-by", "cgroup")
    collector = Collector(rig, ONE)
    before = None
    for first in range(1, 1_000_000, 64):
        collector.peer.send(*(fake.name(i, f"/{i:0100}") for i in range(first, first + 64)))
        if first % 6400 == 1:
            check(rig.value("rexmit_label_names") <= LIMIT, "the exporter has too many paths")
        if first // 64 == 2000:
            before = rig.value("process_resident_memory_bytes")
    after = rig.value("process_resident_memory_bytes")
    check(after < before + 4_000_000, f"resident memory grew from {before} to {after}")
    collector.name(3, "/three")
    collector.lose(3)
    expect(counted(rig), {"/three": 1}, "counted")
    print(f"{after / 1e6:.1f} MB resident after a million names")
    rig.stop()


def main():
    one_series_for_a_path()
    slots()
    restarts()
    odd_bytes()
    more_than_can_be_kept()
    names_without_events()


run_test(main)
