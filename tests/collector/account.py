# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Adds up the events that all clients of one collector acknowledged. Each must arrive once."""
import wire
from lifetime import check


class Account:
    """Checks the stream of one collector over all connections, including those of hostile
    clients."""

    def __init__(self):
        self.instance = wire.NO_INSTANCE
        self.acknowledged = None  # position; None before the first HELLO
        self.counters = {}        # (id, label, scope) -> value
        self._seen = {}           # position -> event not acknowledged yet
        self._segments = {}       # network namespace -> segments acknowledged

    def hello(self, hello):
        """Checks that a connection starts at the last position that any client has acknowledged."""
        if self.acknowledged is None:
            self.instance, self.acknowledged = hello.instance, hello.position
        check(hello.instance == self.instance, "the instance changed")
        check(hello.position == self.acknowledged,
              f"HELLO has position {hello.position}, but {self.acknowledged} was acknowledged")

    def see(self, events, last):
        """Records events that follow the position `last`. Returns the new last position."""
        for event in events:
            check(event.position > last, f"position {event.position} after {last}")
            check((event.position - last) % wire.STRIDE == 0,
                  f"{event.position} is not the position of a record")
            before = self._seen.setdefault(event.position, event)
            check(before == event, f"{before} was repeated with other values: {event}")
            last = event.position
        return last

    def acknowledge(self, position):
        """Counts the events up to this position. They must not arrive again."""
        for at in sorted(p for p in self._seen if p <= position):
            event = self._seen.pop(at)
            self._segments[event.netns] = self._segments.get(event.netns, 0) + event.segments
        self.acknowledged = position

    def segments(self, netns):
        return self._segments.get(netns, 0)

    def refused(self):
        """Returns {reason: number of connections that the collector refused}."""
        return {name: self.counters.get((wire.PEERS_REFUSED, label, 0))
                for label, name in enumerate(wire.REFUSALS)}


class Follower:
    """A client that records all received events in an account."""

    def __init__(self, path, account, resume=()):
        self.account = account
        self.client = wire.Client(path)
        account.hello(self.client.resume(*resume))
        self.last = account.acknowledged  # position of the last event received

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def read(self):
        """Records one packet. Returns its records, or [] if the connection has ended."""
        records = self.client.receive()
        self.last = self.account.see((r for r in records if r.type == wire.EVENT), self.last)
        for r in records:
            if r.type == wire.COUNTER:
                self.account.counters[r.id, r.label, r.scope] = r.value
        return records

    def acknowledge(self):
        self.client.send(wire.ack(self.last))
        self.account.acknowledge(self.last)

    def work(self):
        """Receives and acknowledges one packet, as an exporter does."""
        check(self.read(), "the collector closed the connection of a good exporter")
        if self.last != self.account.acknowledged:
            self.acknowledge()
