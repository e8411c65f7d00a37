#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""packaging/debian/copyright has the same licence for each file as the file's first lines."""
import fnmatch
import re
import unittest

from tree import FILES, ROOT

NAMES = {"MIT": "Expat", "GPL-2.0-only OR MIT": "Expat or GPL-2"}


def said():
    """Returns [(patterns, licence)]. The last matching entry counts."""
    text = (ROOT / "packaging/debian/copyright").read_text()
    return [(patterns.split(), licence) for patterns, licence in
            re.findall(r"^Files: (.*)\n(?:.*\n)*?License: (.*)", text, re.M)]


def heads():
    """Returns {file: licence in its first lines}."""
    for name in FILES:
        head = (ROOT / name).read_bytes()[:200].decode(errors="replace")
        found = re.search(r"SPDX-License-Identifier: ([\w. -]+?)(?: \*/)?\n", head)
        if found:
            yield name, found[1]


class Licence(unittest.TestCase):
    def test_heads(self):
        found = dict(heads())
        self.assertGreater(len(found), 300)
        for name, licence in found.items():
            matching = [kind for patterns, kind in said()
                        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
            self.assertEqual(matching[-1], NAMES[licence], name)


if __name__ == "__main__":
    unittest.main()
