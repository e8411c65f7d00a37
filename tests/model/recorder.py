# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Forwards packets between an exporter and a collector, and records the steps in order.

A step is (what, instance, positions). `what` is `connect`, `refused` (no collector listens),
`exporter_closed`, `collector_closed`, or the type of a forwarded packet.
"""
import contextlib
import select
import socket
import threading

import wire
from lifetime import check

TYPES = {wire.RESUME: "RESUME", wire.HELLO: "HELLO", wire.EVENT: "EVENT", wire.ACK: "ACK",
         wire.BUSY: "BUSY"}


def step_of(packet):
    """Returns the step of a packet, or None if the model does not have its type."""
    records = wire.unpack(packet)
    what = TYPES.get(records[0].type)
    instance = getattr(records[0], "instance", None)
    return what and (what, instance, [getattr(record, "position", 0) for record in records])


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
    def __init__(self, listen_at, connect_to):
        self.steps = []
        self._connect_to = connect_to
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(listen_at)
        self._listener.listen(8)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def check_running(self):
        """Fails if the recorder has ended, for example because of a malformed packet."""
        check(self._thread.is_alive(), "the recorder has ended: no later step is in the trace")

    def _run(self):
        """Handles one connection after the other, so that the steps have an order."""
        while True:
            exporter, _ = self._listener.accept()
            with exporter, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as collector:
                try:
                    collector.connect(self._connect_to)
                except OSError:
                    self.steps.append(("refused", None, []))
                    continue
                self.steps.append(("connect", None, []))
                self.steps.append((self._pass_on(exporter, collector), None, []))

    def _pass_on(self, exporter, collector):
        other = {exporter: collector, collector: exporter}
        while True:
            for end in select.select([exporter, collector], [], [])[0]:
                packet = receive(end)
                if not packet:
                    return "exporter_closed" if end is exporter else "collector_closed"
                try:
                    other[end].send(packet)
                except OSError:
                    continue  # this packet is lost, and the connection's end follows
                step = step_of(packet)
                if step:
                    self.steps.append(step)
