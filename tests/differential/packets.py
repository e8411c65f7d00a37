#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The codec and a reader written from docs/protocol.md must agree about random packets.

Some packets are valid, and others are mutated in a few places. Both must accept the same packets
and read the same fields. From these fields the codec must make the same packet.
"""
import os
import shlex
import struct
import subprocess
from collections import Counter

import reader
from document import BYTE_ORDER, LAYOUTS, RECORD_SIZE, RECORDS_MAX, RESERVED, STRIDE, TYPES, cell, range_of
from fuzzing import Failure, fuzz

PEER = shlex.split(os.environ.get("REXMIT_WIRE_PEER", "build/tests/differential/wire-peer"))
EDGES = (0, 1, 2, 3, 4, 6, 7, 12, 13, 80, 96, RECORD_SIZE, STRIDE, 160, 255, 256, 4095, 4096)
PACKETS = 500  # in each case
STRUCT_ORDER = {"little": "<", "big": ">"}[BYTE_ORDER]


def integer(choice, size):
    """Returns a random integer of `size` bytes, often close to a limit."""
    most = (1 << 8 * size) - 1
    return choice.choice((choice.getrandbits(8 * size), min(choice.choice(EDGES), most),
                          most - choice.choice((0, 0, 1))))


def address(choice, version):
    if version == 4:
        return reader.V4_MAPPED + choice.choice((choice.randbytes(4), bytes(4)))
    return choice.choice((bytes(16), b"\x20" + choice.randbytes(15)))


def greeting(choice, name):
    v = {f: int(cell(name, f).split(";")[0], 0) for f in ("version", "record_size", "magic")}
    v |= dict(instance=b"\1" + choice.randbytes(15), position=integer(choice, 8))
    v |= dict.fromkeys(("clock_offset_ns", "attached_ns", "host_netns"), 0)
    v["software"] = bytes(32)
    if name == "HELLO":
        text = bytes(choice.randrange(0x20, 0x7F) for _ in range(choice.randrange(32)))
        v |= dict(clock_offset_ns=integer(choice, 8), attached_ns=integer(choice, 8),
                  host_netns=integer(choice, 4), software=text.ljust(32, b"\0"))
    return [reader.write(name, v)]


def event(choice, position):
    v = {f.name: integer(choice, f.size) if f.size <= 8 else 0
         for f in LAYOUTS[TYPES["EVENT"]][1] if f.name not in ("type", RESERVED)}
    version = choice.choice((4, 6))
    cause = choice.choice(list(reader.CAUSES.values()))
    segments = max(1, v["segments"]) if cause else 0
    flags = choice.randrange(reader.FLAGS + 1) & (~reader.ENDED if cause else ~reader.FIRST)
    if cause:
        v |= dict.fromkeys(reader.RECEIVED, 0)
    v |= dict(ip_version=version, cause=cause, segments=segments, position=position,
              tcp_state=choice.choice(range_of(cell("EVENT", "tcp_state"))),
              role=choice.choice((1, 2)), flags=flags,
              timed_out=choice.choice(list(reader.TIMED_OUT)) if flags & reader.ENDED else 0,
              timers=max(1, v["timers"]) if v["stall_us"] else 0,
              local_addr=address(choice, version), remote_addr=address(choice, version))
    return [reader.write("EVENT", v)]


def counter(choice):
    number = choice.choice(list(reader.COUNTERS))
    labels, scopes = reader.COUNTERS[number]
    return [reader.write("COUNTER", dict(
        id=number, label=choice.choice((labels[0], labels[-1], choice.choice(labels))),
        scope=choice.choice(scopes), value=integer(choice, 8)))]


def path(choice):
    length = choice.choice((1, 79, 80, 81, 160, 240, 255, choice.randrange(1, 256)))
    text = b"/" + bytes(choice.choice((0x61, 0xFF, choice.randrange(11, 256)))
                        for _ in range(length - 1))
    cgroup = choice.randrange(1, 1 << 64)
    return [reader.write("NAME", dict(length=length, offset=at, cgroup_id=cgroup,
                                      part=text[at : at + reader.PART].ljust(reader.PART, b"\0")))
            for at in range(0, length, reader.PART)]


def process(choice):
    text = bytes(choice.choice((0x61, 0xFF, choice.randrange(1, 256)))
                 for _ in range(choice.choice((1, 15, choice.randrange(1, 16)))))
    return [reader.write("PROCESS", dict(
        slot=choice.choice((0, 2047, choice.randrange(2048))), key=choice.randrange(1, 1 << 64),
        name=text.ljust(16, b"\0")))]


def valid(choice, sender):
    """Returns the records of a valid packet."""
    if sender is reader.EXPORTER:
        return choice.choice((greeting(choice, "RESUME"),
                              [reader.write("ACK", {"position": integer(choice, 8)})]))
    if choice.random() < 0.02:
        return [reader.write("BUSY", {})]
    records = greeting(choice, "HELLO") if choice.random() < 0.2 else []
    position = choice.choice((0, choice.getrandbits(62)))
    for _ in range(choice.choice((1, 1, 2, 3, 9, 60 if choice.random() < 0.05 else 1))):
        position += choice.choice((1, STRIDE, choice.randrange(1, 1 << 40)))
        records += choice.choice((lambda: event(choice, position), lambda: counter(choice),
                                  lambda: path(choice), lambda: process(choice)))()
    return records


def mutate_field(choice, record):
    fields = LAYOUTS[record[0]][1] if record[0] in LAYOUTS else LAYOUTS[TYPES["EVENT"]][1]
    f = choice.choice(fields)
    changed = bytearray(record)
    if f.size <= 8:
        f.write(changed, integer(choice, f.size))
    else:
        changed[f.offset + choice.randrange(f.size)] = choice.choice((0, 10, 0x2F, 0x7F, 255))
    return bytes(changed)


def mutate(choice, records):
    """Changes a packet's records, or their order, in one place."""
    at = choice.randrange(len(records))
    kind = choice.randrange(6)
    if kind <= 1:
        records[at] = mutate_field(choice, records[at])
    elif kind == 2:
        bit = choice.randrange(8 * RECORD_SIZE)
        records[at] = bytes(c ^ (1 << bit % 8 if i == bit // 8 else 0)
                            for i, c in enumerate(records[at]))
    elif kind == 3:
        records.insert(choice.randrange(len(records) + 1), records[at])
    elif kind == 4 and len(records) > 1:
        del records[at]
    else:
        other = choice.choice((reader.COLLECTOR, reader.EXPORTER))
        records.insert(at, choice.choice(valid(choice, other)))


def packet(choice):
    """Returns (sender, bytes)."""
    sender = choice.choice((reader.COLLECTOR, reader.COLLECTOR, reader.EXPORTER))
    records = valid(choice, sender)
    for _ in range(choice.choice((0, 1, 1, 2))):
        mutate(choice, records)
    if choice.random() < 0.01:
        records = (records * RECORDS_MAX)[: choice.choice((RECORDS_MAX, RECORDS_MAX + 1))]
    whole = b"".join(records)
    if choice.random() < 0.02:
        whole = whole[: choice.randrange(len(whole))]
    return sender, whole


def fields_of(data):
    for at in range(0, len(data), RECORD_SIZE):
        record = data[at : at + RECORD_SIZE]
        for f in LAYOUTS[record[0]][1]:
            # For the document the position of BUSY is a reserved byte.
            if f.name not in ("type", RESERVED):
                yield f"{f.name} {record[f.offset : f.offset + f.size].hex()}"


def compare(sender, data, lines):
    """Compares the codec's answer, which is in `lines`, with the reader's answer."""
    verdict, wanted = next(lines), reader.refusals(data, sender)
    where = f"packet {data.hex()} from {sender[0]}"
    if (verdict == "ok") != (not wanted) or (wanted and verdict not in wanted):
        raise Failure(f"the codec's verdict is {verdict}, the reader's {sorted(wanted) or 'ok'}: "
                      f"{where}")
    if verdict != "ok":
        return verdict
    for field in fields_of(data):
        read = next(lines)
        if read != field:
            raise Failure(f"the codec reads {read}, the reader {field}: {where}")
    made = next(lines)
    if made != data.hex():
        raise Failure(f"the codec makes {made}: {where}")
    return verdict


def run_case(choice):
    packets = [packet(choice) for _ in range(PACKETS)]
    asked = b"".join(struct.pack(STRUCT_ORDER + "BI", sender is reader.EXPORTER, len(data)) + data
                     for sender, data in packets)
    done = subprocess.run(PEER, input=asked, capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{PEER}: status {done.returncode}: {done.stderr.decode()}")
    lines = iter(done.stdout.decode().splitlines())
    return Counter(compare(sender, data, lines) for sender, data in packets)


if __name__ == "__main__":
    fuzz(__doc__, run_case, ("ok", "length", "type", "magic", "version", "record_size", "reserved",
                             "enum", "value"))
