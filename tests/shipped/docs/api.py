#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""docs/api.md has exactly the members of the fullest summary. The metrics that it names exist."""
import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOC = (ROOT / "docs/api.md").read_text()
GOLDEN = ROOT / "tests/unit/golden"
CAUSES = ("syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
LABELS = set(re.findall(r'\[GROUP_\w+\] = "(\w+)"', (ROOT / "exporter/counts/group.c").read_text()))


def members(value, path=""):
    """Yields the paths of all values. A name in capitals stands for names that depend on the
    data."""
    if isinstance(value, dict):
        for name, below in value.items():
            kind = ("CAUSE" if name in CAUSES else "SCOPE" if name in ("host", "other")
                    else "LABEL" if path.endswith(".labels") and name in LABELS else name)
            yield from members(below, f"{path}.{kind}" if path else kind)
    elif isinstance(value, list):
        for below in value:
            yield from members(below, path + "[]")
    else:
        yield path


class Api(unittest.TestCase):
    def test_members(self):
        documented = re.findall(r"^\| `([\w.\[\]]+)` \|", DOC, re.M)
        served = json.loads((GOLDEN / "summary-full.json").read_text())
        self.assertEqual(len(documented), len(set(documented)))
        self.assertEqual(set(documented), set(members(served)))

    def test_metrics(self):
        page = (GOLDEN / "exposition-full.txt").read_text()
        served = set(re.findall(r"^# TYPE (\w+)", page, re.M))
        named = set(re.findall(r"`((?:rexmit|tcp|process)_\w+)[`{]", DOC))
        self.assertGreater(len(named), 20)
        self.assertLessEqual(named, served)

    def test_null_without_a_collector(self):
        after = json.loads((GOLDEN / "summary-after.json").read_text())
        self.assertIsNone(after["audit"])
        self.assertIsNone(after["ledger"]["deferred_segments"])
        self.assertIsNone(after["collector"]["ring_used_bytes"])


if __name__ == "__main__":
    unittest.main()
