# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""After the clock is set, or after a suspend, all times that the exporter shows are right within two
seconds.

The test sets the clock an hour forward and back, and suspends the machine, while the exporter and a
TCP connection stay connected. It runs only in a guest of inside.py, because it may change no other
machine.
"""
import datetime
import json
import re
import socket
import time

import exposition
import guest_clock
import network
import pipeline
from lifetime import check, run_test, skip, until

FOLLOWS_S = 2
SUSPEND_S = 10
TOLERANCE_S = 1.0  # the guest and the exporter read the clock at different times
PORT = 5000
FLAGS = ("--group-by", "dst_port", "--openmetrics", "exemplars", "--print-events",
         "--format", "json")
OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
ATTACHED = "rexmit_collector_attached_timestamp_seconds"


class Connection:
    """A TCP connection that loses and retransmits a segment on request."""

    def __init__(self, client, server):
        self._server = server
        with server.inside():
            listener = socket.create_server((server.v4, PORT))
        with client.inside():
            self._sender = socket.create_connection((server.v4, PORT))
        self._receiver = listener.accept()[0]
        listener.close()

    def lose(self, events):
        """Loses a segment. Returns the time that the exporter prints for the retransmission."""
        known = len(events())
        self._server.drop(f"tcp dport {PORT}")
        self._sender.send(b"x")
        line = until("the event of a lost segment", lambda: events()[known:])[0]
        self._server.drop()
        self._receiver.recv(1)
        return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


def events_of(exporter):
    events = [json.loads(line) for line in exporter.lines() if line.startswith("{")]
    return [event for event in events if event["segments"]]


def exemplar_times(exporter):
    body = exposition.get(exporter.port, Accept=OPEN_METRICS)[2].decode()
    return [float(text) for text in re.findall(r"_bucket\{.* # \{.*\} \S+ (\S+)$", body, re.M)]


def check_times(exporter, connection, attached, when):
    """`attached` is the time of the collector's start on the present clock."""
    begin = time.time()
    event = connection.lose(lambda: events_of(exporter))
    end = time.time()
    exemplars = exemplar_times(exporter)
    found = exporter.scrape().value(ATTACHED)
    print(f"{when}: the event is {event - begin:+.3f} s after its segment was sent, "
          f"the exemplars {[round(e - begin, 3) for e in exemplars]}, "
          f"the attachment {found - attached:+.3f} s from its time", flush=True)
    check(begin - TOLERANCE_S < event < end + TOLERANCE_S,
          f"{when}: the event's time is off by {event - begin:.0f} s")
    check(any(begin - TOLERANCE_S < exemplar < end + TOLERANCE_S for exemplar in exemplars),
          f"{when}: the exemplars' times are off by {[round(e - begin) for e in exemplars]} s")
    check(all(exemplar < end + TOLERANCE_S for exemplar in exemplars),
          f"{when}: an exemplar is in the future: {[round(e - end) for e in exemplars]} s")
    check(abs(found - attached) < TOLERANCE_S,
          f"{when}: the attachment's time is off by {found - attached:.0f} s")


def set_clock(by_s):
    guest_clock.step(by_s)
    time.sleep(FOLLOWS_S)


def suspend():
    asleep_s = guest_clock.suspend(SUSPEND_S)
    check(asleep_s > SUSPEND_S / 2, f"the machine was suspended for {asleep_s} s only")
    time.sleep(FOLLOWS_S)


def main():
    if not guest_clock.may_be_set():
        skip("not in a guest of inside.py")
    collector, exporter = pipeline.start_pair(exporter_flags=FLAGS)
    attached = exporter.scrape().value(ATTACHED)
    check(abs(time.time() - attached) < 60, f"attached {time.time() - attached:.0f} s ago")
    with network.make_pair() as pair:
        connection = Connection(*pair)
        check_times(exporter, connection, attached, "at first")
        set_clock(guest_clock.HOUR_S)
        check_times(exporter, connection, attached + guest_clock.HOUR_S, "an hour later")
        set_clock(-guest_clock.HOUR_S)
        check_times(exporter, connection, attached, "at the original time again")
        suspend()
        check_times(exporter, connection, attached, f"after a suspend of {SUSPEND_S} s")
    check(exporter.scrape().value("rexmit_collector_connects_total") == 1,
          "the exporter has reconnected")
    exporter.stop()
    collector.stop()


run_test(main)
