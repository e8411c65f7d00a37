#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The tables of docs/protocol.md agree with wire.h, and the document's example reads a stream.

In this test Python plays the collector, which sends the records of tests/fuzz/seeds/codec. Unit
tests check the layout of those records.
"""
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/protocol.md").read_text()
WIRE = (ROOT / "protocol/wire.h").read_text()
KINDS = (ROOT / "protocol/counter_kinds.c").read_text()
TALLY = (ROOT / "collector/tally.c").read_text()
METRICS = (ROOT / "docs/metrics.md").read_text()
SEEDS = ROOT / "tests/fuzz/seeds/codec"
STRUCTS = {"RESUME (1) and HELLO (2)": "wire_hello", "EVENT (3)": "wire_event",
           "COUNTER (4)": "wire_counter", "ACK (5)": "wire_ack", "NAME (7)": "wire_name",
           "PROCESS (8)": "wire_process"}


def seed(name):
    return (SEEDS / name).read_bytes()


def table(title):
    """Returns the rows (offset, size, field) of the byte table under a heading."""
    section = PAGE.split(f"### {title}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\w+) \|", section, re.M)
    return [(int(offset), int(size), field) for offset, size, field in rows]


class Tables(unittest.TestCase):
    def test_cover_every_byte(self):
        for title in [*STRUCTS, "BUSY (6)"]:
            end = 0
            for offset, size, field in table(title):
                self.assertEqual(offset, end, f"{title}: {field}")
                end += size
            self.assertEqual(end, 128, title)

    def test_are_those_of_the_header(self):
        for title, struct in STRUCTS.items():
            asserted = re.findall(rf"WIRE_AT\({struct}, (\w+), (\d+)\)", WIRE)
            written = [(field, str(offset)) for offset, _, field in table(title)
                       if field not in ("type", "reserved")]
            self.assertEqual(written, asserted, title)

    def test_every_counter_is_declared_sent_and_documented(self):
        """protocol/counter_kinds.c is the only table of counters. docs/metrics.md names each
        counter.
        """
        ids = dict(re.findall(r"^\t(WIRE_COUNTER_\w+) = (\d+),", WIRE, re.M))
        count = int(ids.pop("WIRE_COUNTER_IDS"))
        self.assertEqual([int(n) for n in ids.values()], list(range(1, count)))
        kinds = dict(re.findall(r"\[(WIRE_COUNTER_\w+)\] = \{\s*\"(\w+)\"", KINDS))
        self.assertEqual(list(kinds), list(ids))
        for number, metric in kinds.items():
            self.assertRegex(TALLY, rf"\b{number}\b")
            self.assertIn(f"| `{metric}` |", METRICS)


class Example(unittest.TestCase):
    def test_reads_the_stream(self):
        code = re.search(r"```python\n(.*?)```", PAGE, re.S)[1]
        with tempfile.TemporaryDirectory() as directory, \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            path = f"{directory}/socket"
            listener.settimeout(60)
            listener.bind(path)
            listener.listen(1)
            with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE,
                                  text=True) as reader:
                self.addCleanup(reader.kill)
                connection, _ = listener.accept()
                connection.settimeout(60)
                self.assertEqual(connection.recv(1000), seed("resume-first"))
                connection.send(seed("hello"))
                connection.send(seed("counter") + seed("event-v4") + seed("event-v6"))
                ack = connection.recv(1000)
                connection.close()
                lines = reader.stdout.read().splitlines()
        position = seed("event-v6")[8:16]
        self.assertEqual(ack, bytes([5]) + bytes(7) + position + bytes(112))
        self.assertEqual(lines, ["192.0.2.1 443 198.51.100.7 12345 fast 606282273",
                                 "2001:db8::1 50000 fe80::2ff:feff:ffff 80 syn 1"])
        self.assertEqual(reader.returncode, 0)


if __name__ == "__main__":
    unittest.main()
