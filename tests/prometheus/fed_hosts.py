# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes many exporters on loopback addresses, each with a simulated collector."""
import contextlib
import os
import struct
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "exporter"))

import fake_collector as fake  # noqa: E402
import pipeline  # noqa: E402
from lifetime import on_exit, until  # noqa: E402

PORT = 2112  # the port in deploy/prometheus/fleet.yml
CHURN = 20  # in each round a 20th of the groups is new, and as many have ended
SEGMENTS_AT, REMOTE_AT = 60, 52  # in an EVENT; the last four bytes are the IPv4 address
BEFORE = 1000  # the host's number times this many segments were retransmitted before rexmit's start


class Host:
    """A host with a simulated collector. Each round has events of `groups` peers and the totals."""

    def __init__(self, number, groups, expiry):
        self.number, self.groups, self.address = number, groups, f"127.1.0.{number}"
        self.fed = self.rounds = self.position = 0
        directory = pipeline.private_directory()
        self._collector = fake.FakeCollector(f"{directory}/collector.sock", timeout=120)
        on_exit(self._collector.close)
        self.exporter = pipeline.Program(
            [*pipeline.AS_USER, pipeline.EXPORTER, "--collector-socket", f"{directory}/collector.sock",
             "--web.listen-address", f"{self.address}:{PORT}", "--idle-expiry", expiry], directory)
        until("an exporter that serves", lambda: self.exporter.running()
              and " serving " in self.exporter.log())
        self._peer = self._collector.accept()
        self._peer.send(fake.hello(os.urandom(16)))
        self._record = bytearray(fake.event(0, sent=10, nbytes=1448, flags=1))
        self._lock = threading.Lock()

    def _events(self, first):
        for peer in range(first, first + self.groups):
            segments = 1 + peer % 7 + self.number % 3
            self.position += fake.STRIDE
            self.fed += segments
            struct.pack_into("=Q", self._record, 8, self.position)
            struct.pack_into(">I", self._record, REMOTE_AT, 0x0A000000 + peer)
            struct.pack_into("=I", self._record, SEGMENTS_AT, segments)
            yield bytes(self._record)

    def feed(self):
        """Sends one round. Returns when the exporter has applied it."""
        with self._lock:
            records = list(self._events(1 + self.rounds * self.groups // CHURN))
            self.rounds += 1
            for begin in range(0, len(records), fake.PACKET_RECORDS):
                self._peer.send(*records[begin:begin + fake.PACKET_RECORDS])
                self._peer.drain()
            self._send_totals()
            self._peer.acks(self.position)

    def _send_totals(self):
        self._peer.send(fake.counter(fake.SEGMENTS, self.fed, fake.FAST),
                        fake.counter(fake.KERNEL_RETRANS_SEGS, self.fed + BEFORE * self.number))

    def repeat_totals(self):
        with self._lock:
            self._send_totals()
            self._peer.drain()


def repeat_totals(hosts):
    """Sends the totals every second, as a collector does.

    The exporter disconnects from a silent collector, and its kernel's counters disappear.
    """
    def repeat():
        with contextlib.suppress(OSError):  # at the end of the test the exporters have ended
            while True:
                for host in hosts:
                    host.repeat_totals()
                time.sleep(1)
    threading.Thread(target=repeat, daemon=True).start()
