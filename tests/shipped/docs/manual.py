#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each manual page has exactly the options of --help.

The exporter's page has all members of an event.
"""
import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = {"rexmit-collector": os.environ["REXMIT_COLLECTOR"],
            "rexmit-exporter": os.environ["REXMIT_EXPORTER"]}
if "REXMIT_TOP" in os.environ:
    PROGRAMS["rexmit-top"] = os.environ["REXMIT_TOP"]


def helped(path):
    text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (--[\w.-]+)", text, re.MULTILINE))


def documented(name):
    section = 1 if name == "rexmit-top" else 8
    text = (ROOT / f"docs/man/{name}.{section}.scd").read_text()
    options = text.split("# OPTIONS\n")[1].split("\n# ")[0]
    heads = [line for line in options.splitlines() if line.startswith("*--")]
    return set(re.findall(r"\*(--[\w.-]+)\*", " ".join(heads)))


class Manual(unittest.TestCase):
    def test_options(self):
        for name, path in PROGRAMS.items():
            with self.subTest(name):
                self.assertGreater(len(helped(path)), 5)
                self.assertEqual(documented(name), helped(path))

    def test_output_to_a_full_disk_fails(self):
        for path in PROGRAMS.values():
            for flag in ("--help", "--version"):
                with open("/dev/full", "w", encoding="ascii") as full:
                    done = subprocess.run([path, flag], stdout=full, stderr=subprocess.PIPE,
                                          text=True, check=False)
                self.assertEqual(done.returncode, 2, path)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_event_lines(self):
        text = (ROOT / "docs/man/rexmit-exporter.8.scd").read_text()
        listed = text.split("each line is an object with these members:\n\n")[1].split("\n\n")[0]
        listed = re.sub(r"\([^)]*\)", "", listed)
        written = (ROOT / "exporter/events/event_line.c").read_text().split("void write_json(")[1]
        members = re.findall(r'json_\w+\(t, "(\w+)"', written.split("\n}\n")[0])
        self.assertEqual(re.findall(r"_(\w+)_", listed), members)


if __name__ == "__main__":
    unittest.main()
