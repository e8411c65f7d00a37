#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""docs/metrics.md has exactly the metrics of the fullest exposition, with their types and
labels."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXPOSITION = (ROOT / "tests/unit/golden/exposition-full.txt").read_text()
DOC = (ROOT / "docs/metrics.md").read_text()
GROUPED = tuple(re.findall(r"^# TYPE (tcp_\w+_total) ", EXPOSITION, re.M))


def documented():
    """Returns {metric: (type, labels)}. If the table has no column for labels, labels is None."""
    rows = {}
    for line in DOC.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        name = re.fullmatch(r"`((?:tcp|rexmit|process)_\w+)`", cells[0])
        if name:
            labels = set(re.findall(r"`(\w+)`", cells[3])) if len(cells) == 5 else None
            rows[name[1]] = (cells[1], labels)
    return rows


def served():
    """Returns {metric: type}."""
    return dict(re.findall(r"^# TYPE (\w+) (\w+)$", EXPOSITION, re.M))


class Metrics(unittest.TestCase):
    def test_each_is_documented(self):
        self.assertEqual({name: kind for name, (kind, _) in documented().items()}, served())

    def test_labels(self):
        for name, (_, labels) in documented().items():
            have = {label for line in re.findall(rf"^{name}\{{(.*)\}}", EXPOSITION, re.M)
                    for label in re.findall(r'(\w+)="', line)}
            if labels is not None:
                self.assertEqual(labels, have, name)

    def test_labels_of_groups(self):
        rows = re.findall(r"^\| ((?:`\w+`,? ?)+) \|", DOC.split("### Cgroups")[0], re.M)
        labels = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - set(GROUPED) - {"direction"}
        header = (ROOT / "exporter/counts/group.c").read_text()
        self.assertEqual(labels, set(re.findall(r'\[GROUP_\w+\] = "(\w+)"', header)))

    def test_causes(self):
        table = DOC.split("### Causes")[1].split("###")[0]
        causes = re.findall(r"^\| `(\w+)` \|", table, re.M)
        served_causes = re.findall(r'rexmit_segments_total\{cause="(\w+)",scope="host"', EXPOSITION)
        self.assertEqual(causes, served_causes)

    def test_reasons_of_unattributed_counts(self):
        """A full ring is not the only reason: the collector leaves out an invalid record."""
        page = (ROOT / "exporter/ui/web/page.js").read_text().splitlines()
        texts = [line for line in EXPOSITION.splitlines() if re.match(r"# HELP \w+unattributed", line)]
        texts += [line for line in DOC.splitlines() if re.match(r"\| `\w+unattributed", line)]
        self.assertEqual(len(texts), 8)
        texts += [line for line in page if re.search(r"peer is unknown|unattributed\w*\", ", line)]
        self.assertEqual(len(texts), 12)
        for text in texts:
            self.assertIn("full", text)
            self.assertIn("record was invalid", text)

    def test_what_is_left_out_without_a_collector(self):
        after = (ROOT / "tests/unit/golden/exposition-after.txt").read_text()
        gone = served().keys() - set(re.findall(r"^# TYPE (\w+)", after, re.M))
        gone -= {"rexmit_scrape_duration_seconds", "rexmit_scrape_size_bytes"}
        text = DOC.split("## While there is no collector")[1]
        said = set(re.findall(r"`(rexmit_\w+)`", text)) - {"rexmit_kernel_"}
        self.assertEqual(gone, said | {"rexmit_kernel_retrans_segments_total",
                                       "rexmit_kernel_out_segments_total",
                                       "rexmit_kernel_out_resets_total"})


if __name__ == "__main__":
    unittest.main()
