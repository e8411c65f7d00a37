#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Another exporter acknowledges events before a program that keeps nothing ends.

chaos.py has no such programs, because they lose counts when they end. Here no connection exists
during the visit of the other exporter, so the test knows exactly what is lost:

- A collector without pins loses the events that nobody has acknowledged. The next collector has
  another instance, so the exporter counts a restart. It counts no gap, because positions of two
  instances cannot be compared.
- An exporter without a state file loses its counts and its position. The next exporter's first
  HELLO can have any position, so it counts neither a restart nor a gap.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import workloads  # noqa: E402
from equation import METRIC  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402
from subject import Subject  # noqa: E402
from visits import acknowledge, connected, receive_events  # noqa: E402
from witness import Witness  # noqa: E402

RING_BYTES = 16 << 20  # has room for the events of other tests, too
READ_S = 2


class Scene:
    def __init__(self, pair, **options):
        self._pair, self._witness = pair, Witness()
        self.subject = Subject(RING_BYTES, **options)
        self.elsewhere = -self._kernel()  # segments that the present exporter does not have

    def _kernel(self):
        return sum(side.counters()["Tcp.RetransSegs"] for side in self._pair)

    def exported(self):
        now = self.subject.must_look()
        return int(sum(now.sum(METRIC, netns=side.inode) for side in self._pair))

    def _own(self, events):
        inodes = [side.inode for side in self._pair]
        return [event for event in events if event.netns in inodes and event.segments]

    def lose_some(self):
        workloads.lose_some(*self._pair)

    def settle(self):
        """Waits until all segments of the kernel are exported or elsewhere."""
        def missing():
            return self._kernel() - self.exported() - self.elsewhere
        until("equality", lambda: missing() <= sum(map(self._witness.unseen, self._pair)))
        check(missing() >= 0, f"{-missing()} segments are counted twice")
        print(f"RetransSegs {self._kernel()}, exported {self.exported()}, elsewhere {self.elsewhere}, "
              f"missing {missing()}", flush=True)

    def visit(self, kill):
        """Receives all events and acknowledges half of them. Returns (acknowledged, others), in
        segments. `kill` says whether the collector is killed right after the acknowledgement.
        """
        with connected(self.subject.collector.socket) as client:
            events = self._own(receive_events(client, READ_S))
            position, = acknowledge(client, events, [0.5])
            if kill:
                self.subject.kill("collector")
        acknowledged = sum(event.segments for event in events if event.position <= position)
        others = sum(event.segments for event in events) - acknowledged
        check(acknowledged > 0 and others > 0, f"{acknowledged} segments and {others} others")
        return acknowledged, others

    def check_stream(self, restarts):
        self.subject.wait_for_collector()
        now = self.subject.must_look()
        for name, wanted in (("collector_restarts", restarts), ("stream_gaps", 0)):
            have = now.sum(f"rexmit_{name}_total")
            check(have == wanted, f"rexmit_{name}_total is {have}, not {wanted}")


def collector_without_pins(pair):
    scene = Scene(pair, pins=None)
    scene.lose_some()
    scene.settle()
    scene.subject.exporter.stop()
    scene.lose_some()
    scene.elsewhere += sum(scene.visit(kill=True))
    scene.subject.start("collector")
    scene.subject.start("exporter")
    scene.check_stream(restarts=1)
    scene.settle()
    scene.lose_some()
    scene.settle()
    return scene.subject


def exporter_without_state_file(pair):
    scene = Scene(pair, state_file=False)
    scene.lose_some()
    scene.settle()
    scene.elsewhere += scene.exported()
    scene.subject.exporter.stop()
    scene.lose_some()
    scene.elsewhere += scene.visit(kill=False)[0]
    scene.subject.counters.last.clear()  # the next exporter starts at 0
    scene.subject.start("exporter")
    scene.check_stream(restarts=0)
    scene.settle()
    return scene.subject


def main():
    need_root_and_namespaces()
    for case in (collector_without_pins, exporter_without_state_file):
        print(case.__name__, flush=True)
        with network.make_pair() as pair:
            subject = case(pair)
        subject.exporter.stop()
        subject.collector.stop()


run_test(main)
