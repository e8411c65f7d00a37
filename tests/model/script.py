# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Converts a trace to tables for replay.pml, which forwards packets in the order of the trace.

The tables have only the positions of steps. They are numbered in order, and so are the instances. A
record of the model stands for all events between two of these positions.
"""
import sys
from bisect import bisect_left
from collections import Counter

from lifetime import check

UP, DOWN = ("RESUME", "ACK", "LOST_POSITION", "LOST_ACK"), ("HELLO", "EVENT", "BUSY")
STRIDE = 2
# The same values as in replay.pml.
KINDS = ("end", "connect", "refused", "exporter_closed", "collector_closed",
         "RESUME", "ACK", "HELLO", "EVENT", "BUSY", "LOST_POSITION", "LOST_ACK", "scrape", "visit",
         "UNREAD")


def _with_instances(steps):
    """Returns (step, number of the instance to which its positions belong, or 0)."""
    numbers, current = {bytes(16): 0}, 0
    for step in steps:
        if step.what in ("HELLO", "visit"):
            current = numbers.setdefault(step.instance, len(numbers))
        yield step, (numbers.setdefault(step.instance, len(numbers))
                     if step.what in ("RESUME", "LOST_POSITION") else current)


def _interesting(numbered):
    """Returns [sorted positions] of ends of packets, acknowledgements and starts, by instance."""
    found = [{0} for _ in range(1 + max((instance for _, instance in numbered), default=0))]
    for step, instance in numbered:
        found[instance].update(step.positions[-1:])
    return [sorted(positions) for positions in found]


def _rank(ranks, instance, position):
    return bisect_left(ranks[instance], position)


def _last_applied(numbered, n):
    """Returns a position. The model's exporter need not apply events of step n after it.

    If the exporter ends without an acknowledgement of these events, the next RESUME has the position
    that it has applied. If it has lost its state, nothing shows what it has applied since the last
    scrape.
    """
    is_seen = False
    for step, whose in numbered[n:]:
        is_seen |= step.what == "scrape"
        if step.what in ("RESUME", "LOST_POSITION") and whose == numbered[n][1]:
            return step.positions[0]
        if step.what in UP:
            return sys.maxsize if is_seen or "ACK" in step.what else 0
    return sys.maxsize


def _packets(step, instance, ranks, last_applied):
    """Returns the model's packets, each with one record, for one packet of the trace."""
    positions = [STRIDE * _rank(ranks, instance, position) for position in step.positions]
    if step.what == "EVENT":
        last = STRIDE * _rank(ranks, instance, last_applied)
        return [("EVENT" if position <= last else "UNREAD", 0, position)
                for position in range(positions[0], positions[-1] + 1, STRIDE)]
    if step.what in ("RESUME", "LOST_POSITION", "HELLO"):
        return [(step.what, instance, *positions)]
    return [(step.what, 0, *positions)]


def _next_instance(numbered, n):
    """Returns the instance of the collector that answers next. It may die until it has this one."""
    return next((instance for step, instance in numbered[n:] if step.what in ("HELLO", "visit")), 0)


def _may_die(whats, n):
    """Whether (exporter, collector) may die before step n ends.

    A program may die after its last packet on a connection, and before its next connection. No
    program dies at the end of the trace.
    """
    found = []
    for packets in (UP, DOWN):
        following = next((what for what in whats[n:] if what in packets or
                          what.endswith("_closed") or what == "connect"), None)
        found.append(int(following is not None and following not in packets))
    return tuple(found)


def _visits(whats, n):
    """Whether another exporter may connect before step n ends.

    Either it acknowledges events, or the collector answers the connection of step n with BUSY.
    """
    if whats[n] == "visit":
        return 1
    end = next((m for m in range(n, len(whats)) if whats[m].endswith("_closed")), len(whats))
    return int("BUSY" in whats[n:end])


def instances(steps):
    return len({step.instance for step in steps if step.what in ("HELLO", "visit")})


def _rows(numbered, ranks):
    """Returns the rows of go_on(): one for each packet of the model and for each other step."""
    whats = [step.what for step, _ in numbered]
    rows, scrapes = [], 0
    for n, (step, instance) in enumerate(numbered):
        packets = (_packets(step, instance, ranks, _last_applied(numbered, n)) if step.positions
                   else [(step.what, scrapes, 0)])
        scrapes += step.what == "scrape"
        exporter_may_die, collector_may_die = _may_die(whats, n)
        may = (_visits(whats, n), exporter_may_die, collector_may_die * _next_instance(numbered, n))
        rows += [(KINDS.index(kind), first, position, *may) for kind, first, position in packets]
    return [*rows, (KINDS.index("end"), 0, 0, 0, 0, 0)]


def _contents(numbered, ranks):
    """Returns the number of segments, and that of events, of each record of each instance."""
    known = {}
    for step, instance in numbered:
        for position, segments in zip(step.positions, step.numbers):
            check(known.setdefault((instance, position), segments) == segments,
                  f"position {position} has had two events")
    segments_at, events_at = Counter(), Counter()
    for (instance, position), segments in known.items():
        record = instance, _rank(ranks, instance, position)
        segments_at[record] += segments
        events_at[record] += 1
    width = max(map(len, ranks))
    return [[[counts[instance, n] for n in range(width)] for instance in range(len(ranks))]
            for counts in (segments_at, events_at)]


def _table(declaration, rows, row_type=""):
    lines = ",\n".join(row_type + "{" + ", ".join(map(str, row)) + "}" for row in rows)
    return f"const int {declaration} = {{\n{lines}\n}};\n"


def of(steps):
    """Returns the C source of the tables that replay.pml declares."""
    numbered = list(_with_instances(steps))
    ranks = _interesting(numbered)
    segments, events = _contents(numbered, ranks)
    scrapes = [step.numbers for step in steps if step.what == "scrape"]
    return (_table("script[][6]", _rows(numbered, ranks)) + _table("scrapes[][4]", scrapes) +
            _table("*const segments_at[]", segments, "(const int[])") +
            _table("*const events_at[]", events, "(const int[])"))
