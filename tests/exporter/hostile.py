#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter counts each violation of the protocol, closes the connection and continues."""
import array
import os
import random
import socket
import subprocess
import sys

import fake_collector as fake
from rig import Rig, exposition, check, expect, run_test, until

INSTANCE = b"h" * 16


def wrong_byte(record, offset):
    return record[:offset] + b"\xff" + record[offset + 1:]


# (reason, packet that the collector sends after a valid HELLO)
AFTER_HELLO = [
    ("length", b"x"),
    ("length", fake.event(fake.STRIDE)[:-1]),
    ("length", fake.event(fake.STRIDE) + b"x"),
    ("length", b"".join(fake.event(fake.STRIDE * i) for i in range(1, 258))),
    ("length", bytes(200000)),
    ("type", bytes(128)),
    ("type", wrong_byte(fake.event(fake.STRIDE), 0)),
    ("type", fake.hello(INSTANCE)),
    ("type", fake.busy()),
    ("type", fake.event(fake.STRIDE) + fake.hello(INSTANCE)),
    ("enum", wrong_byte(fake.event(fake.STRIDE), 1)),
    ("enum", wrong_byte(fake.event(fake.STRIDE), 2)),
    ("enum", wrong_byte(fake.event(fake.STRIDE), 3)),
    ("enum", wrong_byte(fake.event(fake.STRIDE), 4)),
    ("reserved", wrong_byte(fake.event(fake.STRIDE), 5)),
    ("enum", wrong_byte(fake.event(fake.STRIDE), 6)),
    ("reserved", wrong_byte(fake.event(fake.STRIDE), 7)),
    ("value", fake.event(fake.STRIDE, segments=0)),
    ("value", fake.event(fake.STRIDE, cause=fake.NONE)),
    ("value", fake.event(fake.STRIDE) + fake.event(fake.STRIDE)),
    ("value", fake.event(0)),
    ("enum", fake.counter(0, 1)),
    ("enum", fake.counter(99, 1)),
    ("enum", fake.counter(fake.SEGMENTS, 1, label=8)),
    ("enum", fake.counter(fake.FAILURES, 1, label=4096)),
    ("enum", fake.counter(fake.DEFERRED, 1, scope=2)),
    ("reserved", wrong_byte(fake.counter(fake.DEFERRED, 1), 90)),
    ("value", fake.name(0, "/a")),
    ("value", fake.name(1, "a")),
    ("value", fake.name(1, "/a\nb")),
    ("value", fake.name(1, "/a\0b")),
    ("value", fake.name(1, "/" + "a" * 255)),
    ("value", fake.name_part(1, 100, 0, b"/" + b"a" * 79)),
    ("value", fake.name_part(1, 100, 80, b"a" * 20)),
    ("value", fake.name_part(1, 65535, 65520, b"a" * 15)),
    ("value", fake.name(1, "/" + "a" * 99)[:128] + fake.name(2, "/" + "a" * 99)[128:]),
    ("value", fake.name(1, "/" + "a" * 99)[:128] + fake.event(fake.STRIDE)),
    ("reserved", wrong_byte(fake.name(1, "/a"), 95)),
]
# (reason, packet that the collector sends first)
INSTEAD_OF_HELLO = [
    ("type", fake.event(fake.STRIDE)),
    ("type", fake.counter(fake.DEFERRED, 1)),
    ("magic", fake.hello(INSTANCE, magic=fake.MAGIC + 1)),
    ("version", fake.hello(INSTANCE, version=fake.VERSION + 1)),
    ("record_size", fake.hello(INSTANCE, record_size=fake.RECORD_SIZE - 8)),
    ("reserved", wrong_byte(fake.hello(INSTANCE), 63)),
    ("value", fake.hello(bytes(16))),
    ("value", fake.hello(INSTANCE, software=b"x" * 32)),
    ("value", fake.hello(INSTANCE, software=b"\x1b[31m")),
]


def batches(items):
    """Returns a few items at a time, because the exporter reconnects later after repeated errors."""
    return [items[i:i + 4] for i in range(0, len(items), 4)]


def send_malformed(rig, packet, hello_first):
    peer = rig.accept()
    if hello_first:
        peer.send(fake.hello(INSTANCE))
    peer.send(packet)
    peer.wait_closed()
    peer.close()


def malformed(cases):
    rig = Rig()
    reasons = {}
    for reason, packet, hello_first in cases:
        send_malformed(rig, packet, hello_first)
        reasons[reason] = reasons.get(reason, 0) + 1
        have = rig.scrape().sum_by("reason", "rexmit_malformed_packets_total")
        have = {reason: count for reason, count in have.items() if count}
        expect(have, reasons, f"rexmit_malformed_packets_total after {packet[:16]!r}...")
    expect(rig.value("tcp_retransmissions_total"), 0, "tcp_retransmissions_total")
    rig.stop()
    lines = rig.exporter.log().count("packet refused")
    check(len(reasons) <= lines <= len(cases), f"{lines} log lines for {len(cases)} packets")


def each_malformed_packet():
    for cases in batches([(*case, True) for case in AFTER_HELLO] +
                         [(*case, False) for case in INSTEAD_OF_HELLO]):
        malformed(cases)


def positions_that_go_back():
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE, position=1000), fake.event(1104), fake.event(1208))
    peer.acks(1208)
    peer.send(fake.event(1104))
    peer.wait_closed()
    rig.until("rexmit_malformed_packets_total", 1, reason="position")
    peer = rig.accept()
    expect(peer.position, 1208, "RESUME")
    peer.send(fake.hello(INSTANCE, position=1208))
    peer.send(fake.event(1208))
    peer.wait_closed()
    rig.until("rexmit_malformed_packets_total", 2, reason="position")
    expect(rig.value("tcp_retransmissions_total"), 2, "tcp_retransmissions_total")
    rig.stop()


def busy():
    rig = Rig()
    for _ in range(4):
        peer = rig.accept()
        peer.send(fake.busy())
        peer.wait_closed()
        peer.close()
    rig.until("rexmit_records_total", 4, type="busy")
    expect(rig.get("/readyz")[0], 503, "status of /readyz")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    rig.until("rexmit_collector_up", 1)
    rig.stop()
    expect(rig.exporter.log().count("serves another exporter"), 1,
           "the number of log lines about BUSY")
    check("curl -N 127.0.0.1:2112/events" in rig.exporter.log(),
          "the log does not recommend /events")


def noisy_packet(rng):
    packet = bytearray(fake.event(rng.getrandbits(64)) * rng.randrange(1, 4))
    for _ in range(rng.randrange(3)):
        packet[rng.randrange(len(packet))] = rng.randrange(256)
    return packet[:rng.randrange(1, len(packet) + 1)]


def noise():
    """Sends groups of random packets. Before each group the collector accepts and sends HELLO."""
    rng = random.Random(96)
    for instances in batches([rng.randbytes(16) for _ in range(32)]):
        rig = Rig()
        for instance in instances:
            peer = rig.accept()
            peer.send(fake.hello(instance))
            try:
                for _ in range(20):
                    peer.send(noisy_packet(rng))
            except (BrokenPipeError, ConnectionResetError):
                pass
            peer.close()
            rig.scrape()
        rig.stop()


def scraper(port):
    """Starts a process that scrapes 20 times. It exits with 0 if all scrapes were answered."""
    words = "import sys, exposition\nfor _ in range(20):\n    exposition.scrape(int(sys.argv[1]))\n"
    return subprocess.Popen([sys.executable, "-c", words, str(port)],
                            env={**os.environ, "PYTHONPATH": os.path.dirname(exposition.__file__)})


def endless_stream():
    """Scrapes are in time while a collector sends without a pause."""
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    position, scrapes = 0, scraper(rig.exporter.port)
    # Sending blocks while the socket is full, so the exporter always has data to read.
    while scrapes.poll() is None:
        peer.send(*(fake.event(position + fake.STRIDE * i) for i in range(1, 257)))
        position += fake.STRIDE * 256
        peer.drain()
    expect(scrapes.returncode, 0, "the scraper's exit status")
    rig.until("tcp_retransmissions_total", position // fake.STRIDE)
    rig.stop()


def never_reads():
    """The exporter counts and serves although the collector reads no acknowledgements.

    When the socket has room again, the next packet makes the exporter send its last
    acknowledgement.
    """
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    # The socket's buffer has room for only a few hundred acknowledgements.
    for i in range(1, 2001):
        peer.send(fake.event(fake.STRIDE * i))
        if i % 100 == 0:
            rig.scrape()
    rig.until("tcp_retransmissions_total", 2000)
    peer.drain()
    peer.send(fake.event(2001 * fake.STRIDE))
    peer.acks(2001 * fake.STRIDE)
    rig.stop()


def silent():
    """The exporter reports that it has no collector while a connected collector sends no HELLO."""
    rig = Rig()
    peer = rig.accept()
    expect(rig.value("rexmit_collector_up"), 0, "rexmit_collector_up")
    status, _, body = rig.get("/readyz")
    expect(status, 503, "status of /readyz")
    check(b"waiting for its HELLO" in body, f"the reason is not the missing HELLO: {body}")
    peer.close()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    rig.until("rexmit_collector_up", 1)
    rig.stop()


def file_descriptors():
    """The exporter closes descriptors that arrive with a packet."""
    rig = Rig()
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    rig.until("rexmit_collector_up", 1)
    before = rig.value("process_open_fds")
    fds = array.array("i", [0] * 10)
    for i in range(1, 21):
        peer.sock.sendmsg([fake.event(fake.STRIDE * i)],
                          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    rig.until("tcp_retransmissions_total", 20)
    until("the exporter to close the passed descriptors", lambda: rig.value("process_open_fds") <= before)
    rig.stop()


def main():
    each_malformed_packet()
    positions_that_go_back()
    busy()
    noise()
    endless_stream()
    never_reads()
    silent()
    file_descriptors()


run_test(main)
