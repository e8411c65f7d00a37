#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks the exporter's counts when the collector or the exporter restarts, in any order."""
import time

import fake_collector as fake
from rig import Rig, check, expect, run_test, until

ONE, TWO = b"1" * 16, b"2" * 16


def count(rig, wanted):
    expect(rig.value("tcp_retransmissions_total"), wanted, "tcp_retransmissions_total")


def without_a_collector():
    rig = Rig()
    rig.collector.close()
    rig.until("rexmit_collector_up", 0)
    expect(rig.get("/healthz")[0], 200, "status of /healthz")
    status, _, body = rig.get("/readyz")
    expect(status, 503, "status of /readyz")
    check(body.startswith(b"collector: "), f"/readyz does not name the collector: {body}")
    expect(rig.get("/")[0], 200, "status of /")
    expect(rig.get("/metricsx")[0], 404, "status of /metricsx")
    rig.collector.listen()
    peer = rig.accept()
    expect(rig.value("rexmit_collector_up"), 0, "rexmit_collector_up before HELLO")
    peer.send(fake.hello(ONE))
    rig.until("rexmit_collector_up", 1)
    expect(rig.get("/readyz")[0], 200, "status of /readyz")
    rig.stop()


def collector_restarts():
    rig = Rig()
    peer = rig.accept()
    expect((peer.instance, peer.position), (bytes(16), 0), "the first RESUME")
    peer.send(fake.hello(ONE), fake.event(fake.STRIDE, segments=3), fake.counter(fake.SEGMENTS, 3, fake.FAST),
              fake.counter(fake.KERNEL_OUT_SEGS, 1000), fake.counter(fake.MISSED, 4, 4))
    peer.acks(fake.STRIDE)
    count(rig, 3)
    expect(rig.value("rexmit_kernel_out_segments_total"), 1000, "OutSegs")

    # Without a collector, counters stay and gauges are absent.
    peer.close()
    rig.until("rexmit_collector_up", 0)
    count(rig, 3)
    expect(rig.value("rexmit_segments_total", cause="fast"), 3, "rexmit_segments_total")
    expect(rig.scrape().values("rexmit_kernel_out_segments_total"), [],
           "OutSegs without a collector")

    # A new instance of the collector counts from zero. The exporter's counters continue.
    peer = rig.accept()
    expect((peer.instance, peer.position), (ONE, fake.STRIDE), "RESUME after a lost connection")
    peer.send(fake.hello(TWO), fake.event(fake.STRIDE, segments=4),
              fake.counter(fake.SEGMENTS, 4, fake.FAST), fake.counter(fake.MISSED, 1, 4))
    peer.acks(fake.STRIDE)
    count(rig, 7)
    expect(rig.value("rexmit_segments_total", cause="fast"), 7, "rexmit_segments_total")
    expect(rig.value("rexmit_missed_invocations_total", program="tcp_retransmit_skb_again"), 5,
           "rexmit_missed_invocations_total")
    expect(rig.value("rexmit_collector_restarts_total"), 1, "rexmit_collector_restarts_total")
    expect(rig.value("rexmit_collector_connects_total"), 2, "rexmit_collector_connects_total")
    rig.stop()


def acknowledgements_are_lost():
    rig = Rig()
    peer = rig.accept()
    first = 7 * fake.STRIDE

    def event(number):
        return fake.event(first + number * fake.STRIDE)
    peer.send(fake.hello(ONE, position=first), *map(event, range(1, 11)))
    peer.acks(first + 10 * fake.STRIDE)
    peer.close()
    # The collector received only the first three acknowledgements, and repeats the later events.
    peer = rig.accept()
    expect(peer.position, first + 10 * fake.STRIDE, "RESUME")
    peer.send(fake.hello(ONE, position=first + 3 * fake.STRIDE), *map(event, range(4, 13)))
    peer.acks(first + 12 * fake.STRIDE)
    count(rig, 12)
    expect(rig.value("rexmit_duplicate_events_total"), 7, "rexmit_duplicate_events_total")
    expect(rig.value("rexmit_stream_gaps_total"), 0, "rexmit_stream_gaps_total")
    peer.close()
    peer = rig.accept()
    peer.send(fake.hello(ONE, position=100 * fake.STRIDE))
    rig.until("rexmit_stream_gaps_total", 1)
    rig.stop()


def exporter_restarts():
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(ONE, position=0), fake.event(fake.STRIDE), fake.event(2 * fake.STRIDE))
    peer.acks(2 * fake.STRIDE)
    rig.stop()
    peer.wait_closed()
    rig.start()
    peer = rig.accept()
    expect((peer.instance, peer.position), (bytes(16), 0), "RESUME of a new exporter")
    peer.send(fake.hello(ONE, position=2 * fake.STRIDE), fake.event(3 * fake.STRIDE, segments=5))
    peer.acks(3 * fake.STRIDE)
    count(rig, 5)
    expect(rig.value("rexmit_stream_gaps_total"), 0, "rexmit_stream_gaps_total")
    rig.stop()


def crash_repeatedly():
    """Returns a Rig whose exporter has lost six collectors, or None if a connection lasted too long."""
    rig = Rig()
    for _ in range(6):
        peer = rig.accept()
        begin = time.monotonic()
        peer.send(fake.hello(ONE))
        until("the line about the first collector",
              lambda: "connected to collector" in rig.exporter.log())
        peer.close()
        if time.monotonic() - begin > 0.5:  # the exporter may log a connection that lasts 1 to 2 s
            rig.stop()
            return None
    return rig


def collector_crashes_repeatedly():
    """The exporter logs one line for a collector that restarts repeatedly, and a second line when a
    collector keeps running.
    """
    rig = until("six short connections", crash_repeatedly)
    lines = [line for line in rig.exporter.lines() if "ollector" in line]
    expect(sum("connected to collector" in line for line in lines), 1,
           f"the number of lines about a connection ({lines})")
    expect(sum("trying again" in line for line in lines), 1,
           f"the number of lines about a lost connection ({lines})")
    peer = rig.accept()
    peer.send(fake.hello(ONE))

    def has_second_line():
        peer.send(fake.counter(fake.KERNEL_OUT_SEGS, 1))
        return rig.exporter.log().count("connected to collector") == 2
    until("a line for the collector that keeps running", has_second_line)
    rig.stop()


def main():
    without_a_collector()
    collector_restarts()
    acknowledgements_are_lost()
    exporter_restarts()
    collector_crashes_repeatedly()


run_test(main)
