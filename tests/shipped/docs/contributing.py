#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""CONTRIBUTING.md has each suite of the tests, and a reason for each package that is installed."""
import re
import subprocess
import unittest

from tree import FILES, ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
# A Debian has them, or gets them with a compiler.
BASE = {"libc6-dev", "procps", "util-linux"}


def packages(*groups):
    """What scripts/install-dependencies installs, whether or not this host has it."""
    script = (ROOT / "scripts/install-dependencies").read_text()
    code = script.split("packages() {")[1].split("\n}")[0]
    return set(subprocess.run(["bash", "-c", f'packages() {{{code}\n}}\nfor g; do packages "$g"; done',
                               "bash", *groups], capture_output=True, text=True,
                              check=True).stdout.split())


def rows(heading):
    """First cells of the tables of a section, split into names."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (.*?) \|", section, re.M)
    names = {name for cell in cells for name in re.split(r", | or ", cell)}
    return {name.strip("`") for name in names} - {"package (Debian)", "suite", "---"}


class Contributing(unittest.TestCase):
    def test_suites(self):
        texts = [(ROOT / name).read_text() for name in FILES
                 if name.startswith("tests/") and name.endswith("meson.build")]
        made = {suite for text in texts for suite in re.findall(r"suite: '(\w+)'", text)}
        self.assertEqual(rows("Build and test"), made)

    def test_packages(self):
        installed = packages("build", "demo", "test", "package", "bench") - BASE
        named = rows("Dependencies") - BASE
        shown = {"golang-github-prometheus-client-golang-dev": "client_golang"}
        self.assertGreater(len(installed), 40)
        self.assertEqual({shown.get(name, name) for name in installed}, named)


if __name__ == "__main__":
    unittest.main()
