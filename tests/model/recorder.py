# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Forwards packets between an exporter and a collector, and records the steps in order.

On some connections it loses the acknowledgements, and the position in RESUME. If it does so on two
connections, the collector sends events again, and the exporter must skip them.
"""
import contextlib
import select
import socket
import threading
from collections import namedtuple

import wire
from lifetime import check, until

# `what` is `connect`, `refused` (no collector listens), `exporter_closed`, `collector_closed`,
# `scrape`, `visit` (another exporter has acknowledged the position), a packet's type, LOST_POSITION
# (a RESUME that the recorder has replaced) or LOST_ACK. `numbers` are the segments of each event, or
# the counters of a scrape.
Step = namedtuple("Step", "what instance positions numbers", defaults=(None, (), ()))

TYPES = {wire.RESUME: "RESUME", wire.HELLO: "HELLO", wire.EVENT: "EVENT", wire.ACK: "ACK",
         wire.BUSY: "BUSY"}

# The steps of packets that are lost, and the packets that are sent instead.
INSTEAD = {"RESUME": ("LOST_POSITION", wire.resume()), "ACK": ("LOST_ACK", None)}


def step_of(packet):
    """Returns the step of a packet, or None if the model does not have its type."""
    records = wire.unpack(packet)
    what = TYPES.get(records[0].type)
    segments = [record.segments + record.segments_sent + record.segments_received
                for record in records] if what == "EVENT" else []
    return what and Step(what, getattr(records[0], "instance", None),
                         [getattr(record, "position", 0) for record in records], segments)


def receive(end):
    """Returns a packet, or b"" at the end of the connection.

    After a reset the first recv(2) fails, and the next calls return the earlier packets.
    """
    with contextlib.suppress(ConnectionResetError):
        return end.recv(wire.PACKET_SIZE)
    with contextlib.suppress(ConnectionResetError):
        return end.recv(wire.PACKET_SIZE)
    return b""


class Recorder:
    """`choose` is a random.Random. No other thread may use it."""

    def __init__(self, listen_at, connect_to, choose):
        self.steps = []
        self._connect_to = connect_to
        self._choose = choose
        self._lock = threading.Lock()  # held while a packet is forwarded
        self._loses = False
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(listen_at)
        self._listener.listen(8)
        self._sources = [self._listener]  # readable if an exporter has sent anything
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def check_running(self):
        """Fails if the recorder has ended, for example because of a malformed packet."""
        check(self._thread.is_alive(), "the recorder has ended: no later step is in the trace")

    def add(self, make, when=lambda steps: True):
        """Records the step that make() returns, when when(steps) is true. No packet is forwarded
        meanwhile.

        The steps of an exporter that was killed before must come first. If the exporter sends a
        packet during make(), nothing shows which came first, so make() is called again: it must be
        repeatable unless no exporter runs.
        """
        def is_recorded():
            with self._lock:
                if self._exporter_sends() or not when(self.steps):
                    return False
                step = make()
                if self._exporter_sends():
                    return False
                self.steps.append(step)
                return True
        until("the last steps of the exporter", is_recorded)

    def _exporter_sends(self):
        return bool(select.select(self._sources, [], [], 0)[0])

    def _run(self):
        """Handles one connection after the other, so that the steps have an order."""
        while True:
            select.select([self._listener], [], [])
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as collector:
                with self._lock:
                    exporter, _ = self._listener.accept()
                    self._loses = self._choose.random() < 0.6
                    try:
                        collector.connect(self._connect_to)
                    except OSError:
                        self.steps.append(Step("refused"))
                        exporter.close()
                        continue
                    self._sources = [self._listener, exporter]
                    self.steps.append(Step("connect"))
                end = self._pass_on(exporter, collector)
                with self._lock, exporter, collector:
                    self._sources = [self._listener]
                    self.steps.append(Step(end))

    def _pass_on(self, exporter, collector):
        other = {exporter: collector, collector: exporter}
        while True:
            for end in select.select([exporter, collector], [], [])[0]:
                with self._lock:
                    packet = receive(end)
                    if not packet:
                        return "exporter_closed" if end is exporter else "collector_closed"
                    self._forward(packet, other[end])

    def _forward(self, packet, end):
        step = step_of(packet)
        if step and self._loses and step.what in INSTEAD:
            what, packet = INSTEAD[step.what]
            step = step._replace(what=what)
        with contextlib.suppress(OSError):  # the packet is lost, and the connection's end follows
            if packet:
                end.send(packet)
            if step:
                self.steps.append(step)
