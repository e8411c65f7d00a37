#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The documents name flags and files that there are, and headings that they have."""
import re
import unittest

from manual import PROGRAMS, ROOT, helped

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
# Of other programs, in README.md: meson, systemctl, setpriv, and scripts/quickstart.
OTHERS = {"--buildtype", "--now", "--reuid", "--regid", "--clear-groups", "--demo", "--for"}


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors(path):
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", path.read_text(), re.M)}


class Flags(unittest.TestCase):
    def test_of_readme(self):
        text = (ROOT / "README.md").read_text()
        named = set(re.findall(r"(?<![\w-])--[a-z][\w.-]*\w", text))
        ours = set.union(*map(helped, PROGRAMS.values()))
        self.assertEqual(named - ours, OTHERS | {"--help"} - ours)
        self.assertGreater(len(named & ours), 5)


class Links(unittest.TestCase):
    def test_lead_somewhere(self):
        for document in DOCUMENTS:
            links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
            for link in links:
                if re.match("https?:", link):
                    continue
                name, _, heading = link.partition("#")
                target = (document.parent / name) if name else document
                self.assertTrue(target.exists(), f"{document.name}: {link}")
                if heading:
                    self.assertIn(heading, anchors(target), f"{document.name}: {link}")


if __name__ == "__main__":
    unittest.main()
