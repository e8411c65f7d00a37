#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""protocol/tracepoints.h is the only list of tracepoints, and agrees with the programs in bpf/."""
import re
import unittest

from tree import FILES, ROOT

LIST = "protocol/tracepoints.h"
FOLDERS = ("bpf", "collector", "common", "exporter", "protocol")


def code(name):
    """Returns a file's text without its comments."""
    return re.sub(r"/\*.*?\*/", "", (ROOT / name).read_text(), flags=re.S)


ROWS = re.findall(r'X\((\d+), "(\w+)", "(\w+)", (\w+),\s*\\?\s*"([^"]+)"\)', code(LIST))
PRODUCT = [name for name in FILES if name.split("/")[0] in FOLDERS and name[-2:] in (".c", ".h")]


class Tracepoints(unittest.TestCase):
    def test_rows(self):
        self.assertEqual(len(ROWS), len(re.findall(r"\bX\(", code(LIST))))
        self.assertEqual(sorted(int(number) for number, *_ in ROWS), list(range(len(ROWS))))
        names = [name for _, name, *_ in ROWS]
        self.assertEqual(len(set(names)), len(names))
        for _, name, tracepoint, function, _ in ROWS:
            self.assertTrue(name.startswith(tracepoint), name)
            self.assertTrue(function.startswith("rexmit_") and len(function) < 16, function)

    def test_handlers(self):
        """Each tracepoint's program in bpf/ has a row, and each row has a program."""
        text = "".join(code(name) for name in PRODUCT if name.startswith("bpf/"))
        handlers = re.findall(r'^SEC\("tp_btf/(\w+)"\)\nint (\w+)\(', text, re.M)
        self.assertEqual(sorted(handlers), sorted((row[2], row[3]) for row in ROWS))

    def test_no_other_list(self):
        words = {word for _, name, tracepoint, function, _ in ROWS
                 for word in (name, tracepoint, f"btf_trace_{tracepoint}", function)}
        for name in PRODUCT:
            if name != LIST and not name.startswith("bpf/"):
                self.assertEqual(words & set(re.findall(r"\w+", code(name))), set(), name)


if __name__ == "__main__":
    unittest.main()
