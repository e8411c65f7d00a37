#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""docs/extending.md says where what its example added is."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/extending.md").read_text()

# Changed for resets without naming them: members of the kernel's, bytes that are reserved no more.
NAMELESS = ("bpf/kernel.bpf.h", "protocol/codec.c")


class Extending(unittest.TestCase):
    def test_steps(self):
        """Each file of the steps has something of resets in it."""
        steps = PAGE.split("## The steps")[1].split("## The tests")[0]
        rows = re.findall(r"^\| (?:\d )?\| (.*?) \|", steps, re.M)
        self.assertGreater(len(rows), 15)
        for path in (path for row in rows for path in re.findall(r"`([\w./]+)`", row)):
            if path not in NAMELESS:
                self.assertTrue("reset" in (ROOT / path).read_text().lower(), path)

    def test_a_counter_touches_four_files(self):
        section = PAGE.split("# Adding a counter")[1].split("# Adding a tracepoint")[0]
        files = re.findall(r"^\| `([\w./]+)` \|", section, re.M)
        self.assertEqual(len(files), 4)
        for path in files:
            text = (ROOT / path).read_text()
            self.assertTrue("WIRE_COUNTER_CPU_NS" in text
                            or "rexmit_collector_cpu_seconds_total" in text, path)
        elsewhere = [path for folder in ("protocol", "collector", "exporter/metrics", "exporter/counts")
                     for path in (ROOT / folder).glob("*.[ch]")
                     if "WIRE_COUNTER_CPU_NS" in path.read_text()]
        self.assertLessEqual({str(path.relative_to(ROOT)) for path in elsewhere}, set(files))


if __name__ == "__main__":
    unittest.main()
