# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Visits of another exporter, which acknowledges some of the events that it receives.

The exporter never receives the acknowledged events. visits.samples() has their segments, so that
the equation includes them.
"""
import contextlib
import ipaddress
import os
import socket
import time
from collections import Counter

import pipeline
import wire
from another_user import another_user
from equation import CAUSES, METRIC
from lifetime import check, until

IGNORED = "rexmit_ignored_segments_total"
# From the last acknowledgement to SIGKILL. The collector reads it within about a millisecond.
KILL_AFTER_S = (0, 0.0005, 0.001, 0.1)


class Detour:
    """Receives the next connection of the exporter, at the collector's path.

    Its RESUME says which position the exporter has applied: if the exporter was killed, this may
    be more than it has acknowledged. The exporter waits for HELLO until end(), so no event can
    reach it.
    """

    def __init__(self, path):
        self._path, self._collector = path, f"{path}.collector"
        os.rename(path, self._collector)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.settimeout(60)
        before = os.umask(0)
        self._listener.bind(path)
        os.umask(before)
        self._listener.listen()
        self._exporter = None

    def resume(self):
        """Returns the exporter's RESUME. The path is the collector's again."""
        self._exporter, _ = self._listener.accept()
        self._exporter.settimeout(60)
        os.rename(self._collector, self._path)
        self._listener.close()
        return wire.unpack(self._exporter.recv(wire.PACKET_SIZE))[0]

    def end(self):
        """Lets the exporter connect to the collector."""
        with self._exporter:
            self._exporter.send(wire.pack(wire.BUSY, 0))


@contextlib.contextmanager
def connected(path, *resume):
    """Yields a client that connects as the exporter's user, after its RESUME and HELLO."""
    with another_user(pipeline.USER):
        client = wire.Client(path)
    with client:
        client.resume(*resume)
        yield client


def receive_events(client, seconds):
    events, end = [], time.monotonic() + seconds
    with contextlib.suppress(TimeoutError):
        while (left := end - time.monotonic()) > 0:
            client.socket.settimeout(left)
            records = client.receive()
            check(records, "the collector closed the connection of a visit")
            events += [record for record in records if record.type == wire.EVENT]
    return events


def acknowledge(client, events, shares):
    """Acknowledges these shares of the events, in this order. Returns the positions."""
    positions = [events[int(share * len(events))].position for share in shares if events]
    for position in positions:
        client.send(wire.ack(position))
    return positions


class Visits:
    """`ignore` has the networks of the exporter's --ignore.

    `gaps` is the number of gaps that the exporter must have counted: one for each visit after which
    HELLO's position is greater than the position that the exporter has applied (docs/protocol.md).
    The test's exporters have a state file, so this HELLO is never their first one.
    """

    def __init__(self, ignore=()):
        self.gaps, self._ignore = 0, [ipaddress.ip_network(network) for network in ignore]
        self._segments, self._older = Counter(), 0

    def samples(self):
        """Returns samples of the acknowledged segments, as exposition.Exposition has them."""
        return [(name, {**dict(labels), "received_by": "a visit"}, segments)
                for (name, *labels), segments in self._segments.items()]

    def make(self, subject, applied, choose, ends):
        """Visits the collector. `applied` is the exporter's RESUME. `ends` says whether the
        collector is killed right after the last acknowledgement. Returns a description.
        """
        path = subject.collector.socket
        seconds, delay = choose.random() * 0.5, choose.choice(KILL_AFTER_S)
        shares = sorted(choose.random() for _ in range(choose.randrange(4)))
        resume = choose.choice(((), (applied.instance, self._older)))
        with connected(path, *resume) as client:
            self._check_hello(client.hello, applied)
            events = receive_events(client, seconds)
            sent = [client.hello.position, *acknowledge(client, events, shares)]
            if ends:
                time.sleep(delay)
                subject.kill("collector")
        if ends:
            subject.start("collector")
        acknowledged = self._acknowledged(path, events, sent if ends else sent[-1:])
        self._add(events, applied.position, acknowledged)
        return f"{len(events)} events, {sum(e.position <= acknowledged for e in events)} acknowledged"

    def _check_hello(self, hello, applied):
        check(hello.instance == applied.instance, "the collector has another instance")
        check(self._older <= hello.position <= applied.position,
              f"HELLO has position {hello.position}, not from {self._older} to {applied.position}")

    def _acknowledged(self, path, events, possible):
        """Returns the acknowledged position, which a further HELLO has. The next event is sent again.

        A collector that was killed may have read only some of the acknowledgements.
        """
        with connected(path) as client:
            self._older = client.hello.position
            check(self._older in possible, f"position {self._older} is acknowledged, not {possible}")
            left = [event for event in events if event.position > self._older]
            first = left and until("an event", lambda: receive_events(client, 0.1))
        check(first[:1] == left[:1],
              f"an event after the acknowledged position {self._older} did not arrive again")
        return self._older

    def _add(self, events, applied, acknowledged):
        """Adds the events that only the visit counts. The exporter has counted those up to
        `applied`. It will receive those after `acknowledged`.
        """
        self.gaps += acknowledged > applied
        for event in events:
            if applied < event.position <= acknowledged and event.segments:
                self._segments[self._key(event)] += event.segments

    def _key(self, event):
        peer = ipaddress.IPv6Address(event.remote_addr)
        peer = peer.ipv4_mapped or peer
        if any(peer in network for network in self._ignore):
            return (IGNORED,)
        return (METRIC, ("netns", str(event.netns)), ("cause", CAUSES[event.cause - 1]))
