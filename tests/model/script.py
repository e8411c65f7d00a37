# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Converts a trace to a table for replay.pml, which forwards packets in the order of the trace.

The table has only the positions of steps. They are numbered in order, and so are the instances. A
record of the model stands for all bytes between two of these positions.
"""
from bisect import bisect_left

UP, DOWN = ("RESUME", "ACK"), ("HELLO", "EVENT", "BUSY")
STRIDE = 2
# The same values as in replay.pml.
KINDS = ("end", "connect", "refused", "exporter_closed", "collector_closed",
         "RESUME", "ACK", "HELLO", "EVENT", "BUSY")


def _with_instances(steps):
    """Returns (step, number of the instance to which its positions belong, or 0)."""
    numbers, current = {bytes(16): 0}, 0
    for step in steps:
        what, instance, _ = step
        if what == "HELLO":
            current = numbers.setdefault(instance, len(numbers))
        yield step, numbers.setdefault(instance, len(numbers)) if what == "RESUME" else current


def _interesting(numbered):
    """Returns {instance: sorted positions} of ends of packets, acknowledgements and starts."""
    found = {}
    for (what, _, positions), instance in numbered:
        if what in ("RESUME", "HELLO", "EVENT", "ACK"):
            found.setdefault(instance, {0}).add(positions[-1])
    return {instance: sorted(positions) for instance, positions in found.items()}


def _packets(what, instance, positions, ranks):
    """Returns the model's packets, each with one record, for one packet of the trace."""
    def rank(position):
        return STRIDE * bisect_left(ranks[instance], position)
    if what == "BUSY":
        return [("BUSY", 0, 0)]
    if what == "ACK":
        return [("ACK", 0, rank(positions[0]))]
    if what == "EVENT":
        return [("EVENT", None, number) for number in
                range(rank(positions[0]), rank(positions[-1]) + 1, STRIDE)]
    return [(what, instance, rank(positions[0]))]


def _may_die(whats, n):
    """Whether (exporter, collector) may die before step n ends.

    A program may die after its last packet on a connection, and before its next connection.
    """
    found = []
    for packets in (UP, DOWN):
        following = next((what for what in whats[n:] if what in packets or
                          what.endswith("_closed") or what == "connect"), "connect")
        found.append(0 if following in packets else 1)
    return tuple(found)


def _is_busy_ahead(whats, n):
    """Whether the collector answers the connection of step n with BUSY."""
    end = next((m for m in range(n, len(whats)) if whats[m].endswith("_closed")), len(whats))
    return int("BUSY" in whats[n:end])


def instances(steps):
    return len({step[1] for step in steps if step[0] == "HELLO"})


def of(steps):
    """Returns the C header that replay.pml includes, with a row for each step."""
    numbered = list(_with_instances(steps))
    ranks = _interesting(numbered)
    whats = [step[0] for step in steps]
    rows = []
    for n, ((what, _, positions), instance) in enumerate(numbered):
        may = (_is_busy_ahead(whats, n), *_may_die(whats, n))
        packets = (_packets(what, instance, positions, ranks) if what in UP + DOWN
                   else [(what, 0, 0)])
        rows += [(KINDS.index(kind), first or 0, position, *may) for kind, first, position in packets]
    rows.append((0, 0, 0, 0, 0, 0))
    lines = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    return f"static const short script[][6] = {{\n{lines}\n}};\n"
