# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A second reader of the protocol, written only from docs/protocol.md.

refusals() returns all rules of "What is refused" that a packet violates. The document gives no
order, so the codec may report any of these rules.
"""

import re

from document import (LAYOUTS, RECORD_SIZE, RECORDS_MAX, RESERVED, TYPES, cell, range_of, section,
                      table)

COLLECTOR = ("HELLO", "EVENT", "COUNTER", "NAME", "PROCESS", "BUSY")
EXPORTER = ("RESUME", "ACK")
PART = next(f.size for f in LAYOUTS[TYPES["NAME"]][1] if f.name == "part")
V4_MAPPED = bytes(10) + b"\xff\xff"
CAUSES = {name: int(number) for number, name in re.findall(r"(\d) (\w+)", cell("EVENT", "cause"))}
FIRST, ENDED = 1, 2
RECEIVED = ("segments_received", "segments_out_of_order", "segments_spurious")
FLAGS = sum(1 << int(bit) for bit in re.findall(r"bit (\d):", cell("EVENT", "flags")))
TIMED_OUT = {int(number) for number in re.findall(r"(\d) \w", cell("EVENT", "timed_out"))}


def counters():
    """Returns {id: (labels, scopes)} from the table of ids."""
    found = {}
    for number, _, label, scope, *_ in table(section("Ids of COUNTER")):
        labels = range_of(label) if "to" in label else range(1)
        found[int(number)] = labels, range_of(scope) if "to" in scope else range(1)
    return found


COUNTERS = counters()


def read(record):
    """Returns (name, {field: value}) of a record of a known type."""
    name, fields = LAYOUTS[record[0]]
    return name, {f.name: f.read(record) for f in fields if f.name != RESERVED}


def write(name, values):
    record = bytearray(RECORD_SIZE)
    for f in LAYOUTS[TYPES[name]][1]:
        if f.name == "type":
            record[0] = TYPES[name]
        elif f.name != RESERVED:
            f.write(record, values[f.name])
    return bytes(record)


def reserved_refusals(record):
    name, fields = LAYOUTS[record[0]]
    unused = [f for f in fields if f.name == RESERVED or
              (name == "RESUME" and f.values[0] in ("0", "zeros"))]
    return {"reserved"} if any(any(record[f.offset : f.offset + f.size]) for f in unused) else set()


def greeting_refusals(name, v):
    found = {f for f in ("magic", "version", "record_size")
             if v[f] != int(cell(name, f).split(";")[0], 0)}
    if not any(v["instance"]) and (name == "HELLO" or v["position"]):
        found.add("value")
    if name == "HELLO":
        text = v["software"].rstrip(b"\0")
        if len(text) == len(v["software"]) or not all(0x20 <= c < 0x7F for c in text):
            found.add("value")
    return found


def event_refusals(name, v):
    found = set()
    if v["ip_version"] not in (4, 6) or v["cause"] not in CAUSES.values() or \
            v["tcp_state"] not in range_of(cell(name, "tcp_state")) or v["role"] not in (1, 2) or \
            v["timed_out"] not in TIMED_OUT:
        found.add("enum")
    if v["flags"] & ~FLAGS:
        found.add("reserved")
    if (v["cause"] == CAUSES["none"]) != (v["segments"] == 0) or v["position"] == 0 or \
            (v["flags"] & FIRST and not v["segments"]) or \
            (v["segments"] and (v["flags"] & ENDED or any(v[f] for f in RECEIVED))) or \
            (v["timed_out"] and not v["flags"] & ENDED) or (v["stall_us"] == 0) != (v["timers"] == 0):
        found.add("value")
    if any(v[a].startswith(V4_MAPPED) != (v["ip_version"] == 4)
           for a in ("local_addr", "remote_addr")):
        found.add("value")
    return found


def counter_refusals(_, v):
    labels, scopes = COUNTERS.get(v["id"], ((), ()))
    return set() if v["label"] in labels and v["scope"] in scopes else {"enum"}


def name_refusals(_, v):
    if v["cgroup_id"] == 0 or v["length"] not in range_of(cell("NAME", "length")) or \
            v["offset"] % PART or v["offset"] >= v["length"]:
        return {"value"}
    size = min(PART, v["length"] - v["offset"])
    text = v["part"][:size]
    found = {"reserved"} if any(v["part"][size:]) else set()
    if b"\0" in text or b"\n" in text or (v["offset"] == 0 and text[:1] != b"/"):
        found.add("value")
    return found


def process_refusals(_, v):
    text = v["name"].rstrip(b"\0")
    return set() if v["slot"] in range_of(cell("PROCESS", "slot")) and v["key"] and text and \
        len(text) < len(v["name"]) and b"\0" not in text else {"value"}


RULES = {"RESUME": greeting_refusals, "HELLO": greeting_refusals, "EVENT": event_refusals,
         "COUNTER": counter_refusals, "NAME": name_refusals, "PROCESS": process_refusals,
         "ACK": lambda *_: set(), "BUSY": lambda *_: set()}


def parts_refusals(records):
    """Checks that the parts of a path are complete, in order and adjacent."""
    expected = None  # (cgroup_id, length, offset) of the next part
    for name, v in records:
        part = (v["cgroup_id"], v["length"], v["offset"]) if name == "NAME" else None
        if part != expected and (expected or (part and v["offset"])):
            return {"value"}
        expected = None
        if part and v["offset"] + PART < v["length"]:
            expected = (v["cgroup_id"], v["length"], v["offset"] + PART)
    return {"value"} if expected else set()


def order_refusals(records):
    positions = [v["position"] for name, v in records if name == "EVENT"]
    return set() if all(a < b for a, b in zip(positions, positions[1:])) else {"value"}


def sequence_refusals(names):
    """Checks the types of records that a packet may contain, and their order."""
    return {"type"} if "HELLO" in names[1:] or ("BUSY" in names and len(names) > 1) else set()


def refusals(packet, sender):
    """Returns the violated rules. Ignores rules that depend on earlier packets.

    `sender` is COLLECTOR or EXPORTER.
    """
    count, rest = divmod(len(packet), RECORD_SIZE)
    if rest or not 1 <= count <= (1 if sender is EXPORTER else RECORDS_MAX):
        return {"length"}
    raw = [packet[i : i + RECORD_SIZE] for i in range(0, len(packet), RECORD_SIZE)]
    records = [read(r) if r[0] in LAYOUTS else ("unknown", {}) for r in raw]
    names = [name for name, _ in records]
    found = set() if set(names) <= set(sender) else {"type"}
    for r, (name, values) in zip(raw, records):
        if name in sender:
            found |= reserved_refusals(r) | RULES[name](name, values)
    return (found | sequence_refusals(names) | parts_refusals(records) |
            order_refusals(records))
