# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Stands between an exporter and a collector, passes every packet on, and keeps the steps in order.

A step is (what, instance, positions): `connect`, `refused` (no collector listens), `exporter_closed`,
`collector_closed`, or the type of a packet that arrived on one side and was passed to the other.
"""
import contextlib
import select
import socket
import threading

import wire

TYPES = {wire.RESUME: "RESUME", wire.HELLO: "HELLO", wire.EVENT: "EVENT", wire.ACK: "ACK",
         wire.BUSY: "BUSY"}


def step_of(packet):
    """None for COUNTER and NAME, which the model does not have."""
    records = wire.unpack(packet)
    what = TYPES.get(records[0].type)
    instance = getattr(records[0], "instance", None)
    return what and (what, instance, [getattr(record, "position", 0) for record in records])


def receive(end):
    """A packet, or b"" at the end. A reset comes once, before what was sent until then."""
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
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        """One connection after the other, so that the steps have one order."""
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
                    continue  # lost with the connection; its end is there to be read
                step = step_of(packet)
                if step:
                    self.steps.append(step)
