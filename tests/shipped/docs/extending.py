#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""docs/extending.md names all files of its examples. No other product code contains the
examples."""
import re
import unittest

from tree import FILES, ROOT

PAGE = (ROOT / "docs/extending.md").read_text()
FOLDERS = ("bpf", "collector", "common", "exporter", "protocol")
COUNTER = ("WIRE_COUNTER_CPU_NS", "rexmit_collector_cpu_seconds_total")
TRACEPOINT = ("tcp_send_reset", "reset.bpf.h", "RESETS_WITHOUT_CONNECTION",
              "resets_without_connection")

# The page at / shows some of the counters.
PAGE_DATA = "exporter/ui/summary.c"

# Changed for resets without naming them: it checks bytes that were reserved before.
NAMELESS = ("protocol/codec.c",)


def files(heading):
    """Returns the files in the table of a section."""
    section = PAGE.split(f"{heading}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (?:\d? ?\| )?(`.*?) \|", section, re.M)
    return [path for row in rows for path in re.findall(r"`([\w./]+)`", row)]


def containing(words):
    """Returns the files of product code that contain one of the words."""
    return {name for name in FILES
            if name.split("/")[0] in FOLDERS and name[-2:] in (".c", ".h")
            and any(word in (ROOT / name).read_text() for word in words)}


class Extending(unittest.TestCase):
    def check_example(self, heading, most, words, elsewhere=()):
        paths = files(heading)
        self.assertLessEqual(len(paths), most)
        for path in paths:
            self.assertTrue(any(word in (ROOT / path).read_text() for word in words), path)
        self.assertLessEqual(containing(words), {*paths, *elsewhere})

    def test_a_counter_touches_four_files(self):
        self.check_example("# Adding a counter", 4, COUNTER, [PAGE_DATA])

    def test_a_tracepoint_touches_eight_files(self):
        self.check_example("## The files", 8, TRACEPOINT, files("## Counts by group"))

    def test_counts_by_group(self):
        """Each file in the steps contains something about resets."""
        paths = files("## Counts by group")
        self.assertGreater(len(paths), 12)
        for path in paths:
            if path not in NAMELESS:
                self.assertIn("reset", (ROOT / path).read_text().lower(), path)


if __name__ == "__main__":
    unittest.main()
