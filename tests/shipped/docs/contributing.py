#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""CONTRIBUTING.md has all test suites, and a reason for each installed package."""
import re
import subprocess
import unittest

from tree import FILES, ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
# A Debian has these by default, or with a compiler.
BASE = {"libc6-dev", "procps", "util-linux"}


def packages(*groups):
    """Returns all packages of these groups, including those that this host already has."""
    script = (ROOT / "scripts/install-dependencies").read_text()
    code = script.split("packages() {")[1].split("\n}")[0]
    return set(subprocess.run(["bash", "-c", f'packages() {{{code}\n}}\nfor g; do packages "$g"; done',
                               "bash", *groups], capture_output=True, text=True,
                              check=True).stdout.split())


def rows(heading):
    """Returns the names in the first cells of a section's tables."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (.*?) \|", section, re.M)
    names = {name for cell in cells for name in re.split(r", | or ", cell)}
    return {name.strip("`") for name in names} - {"package (Debian)", "suite", "---"}


# The patterns that "Style" forbids, outside of comments and strings.
FORBIDDEN = {
    r"\berr\b": "a result that is not called r",
    r"!strcmp\(": "a comparison of strings that is not == 0",
    r"[!=]= NULL\b": "a comparison with NULL",
    r"\?:": "?: without its second operand",
    r"sizeof\(([\w.>-]+)\) / sizeof\(\(?\*?\1": "the number of elements without ARRAY_SIZE()",
    r"[\s*]new\s*(?:=|;|,|->|\[)": "a variable called new",
    r"\bclock_gettime\(CLOCK_(?:MONO|REAL|BOOT)": "a clock that is not read by common/clock.h",
}
# protocol/ and bpf/ depend on no other folder, so they cannot use its macros.
PRODUCT = re.compile(r"(?:collector|common|exporter|terminal)/.*\.[ch]")
OWN = {"common/array.h", "common/clock.h"}  # these two files define them
NOT_CODE = re.compile(r'#include[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"', re.S)


class Dialect(unittest.TestCase):
    def test_is_one(self):
        names = [name for name in FILES if PRODUCT.fullmatch(name) and name not in OWN]
        self.assertGreater(len(names), 100)
        for name in names:
            code = NOT_CODE.sub("", (ROOT / name).read_text())
            for pattern, what in FORBIDDEN.items():
                self.assertIsNone(re.search(pattern, code), f"{name}: {what}")


class Contributing(unittest.TestCase):
    def test_suites(self):
        texts = [(ROOT / name).read_text() for name in FILES
                 if name.startswith("tests/") and name.endswith("meson.build")]
        made = {suite for text in texts for suite in re.findall(r"suite: '(\w+)'", text)}
        self.assertEqual(rows("Build and test"), made)

    def test_packages(self):
        installed = packages("build", "demo", "monitor", "test", "package", "bench") - BASE
        named = rows("Dependencies") - BASE
        shown = {"golang-github-prometheus-client-golang-dev": "client_golang"}
        self.assertGreater(len(installed), 40)
        self.assertEqual({shown.get(name, name) for name in installed}, named)


if __name__ == "__main__":
    unittest.main()
