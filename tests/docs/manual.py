#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each program's manual page has the options of its --help, and no other."""
import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"rexmit-collector": os.environ["REXMIT_COLLECTOR"],
            "rexmit-exporter": os.environ["REXMIT_EXPORTER"]}


def helped(path):
    text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (--[\w.-]+)", text, re.MULTILINE))


def documented(name):
    text = (ROOT / f"docs/man/{name}.8.scd").read_text()
    options = text.split("# OPTIONS\n")[1].split("\n# ")[0]
    heads = [line for line in options.splitlines() if line.startswith("*--")]
    return set(re.findall(r"\*(--[\w.-]+)\*", " ".join(heads)))


class Manual(unittest.TestCase):
    def test_options(self):
        for name, path in PROGRAMS.items():
            with self.subTest(name):
                self.assertGreater(len(helped(path)), 5)
                self.assertEqual(documented(name), helped(path))


if __name__ == "__main__":
    unittest.main()
