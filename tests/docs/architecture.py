#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""ARCHITECTURE.md names each folder, the arrows between them, and the files that use a library."""
import re
import unittest

from tree import ROOT, FILES

PAGE = (ROOT / "ARCHITECTURE.md").read_text()
FOLDERS = ("bpf", "collector", "common", "exporter", "protocol")


def sources(folder):
    return [ROOT / name for name in FILES if re.fullmatch(rf"{folder}/.*\.[ch]", name)]


def arrows():
    """{folder: those that the sentence lets it include from}"""
    sentence = re.search(r"Arrows of dependency: (.*?)\.\n", PAGE, re.S)[1]
    found = {}
    for folder, others in re.findall(r"(\w+) on ([^;]+)", sentence):
        found[folder] = set(re.findall(r"\w+", others)) - {"and", "nothing"}
    return found


def folders_of(path):
    """Where what a file includes is, if it is a header of another folder's."""
    for header in re.findall(r'^#include "([\w./]+)"', path.read_text(), re.M):
        name = header.split("/")[-1]
        own = path.relative_to(ROOT).parts[0]
        homes = {folder for folder in FOLDERS
                 if any(other.endswith(f"/{name}") for other in FILES
                        if other.startswith(f"{folder}/"))}
        if homes and own not in homes:
            yield homes


def named(library, folder):
    """{what the page says uses the library: the files that it means}"""
    text = re.search(rf"{library}(?: is used)? in\s+the {folder}'s\s(.*?)[;.](?: |\n)", PAGE, re.S)[1]
    return {pattern: set((ROOT / folder).glob(f"{pattern}*.c" if pattern[-1] == "/" else pattern))
            for pattern in re.findall(r"`([\w./*]+)`", text)}


class Architecture(unittest.TestCase):
    def test_folders(self):
        there = {name.split("/")[0] for name in FILES if "/" in name and not name.startswith(".")}
        self.assertGreater(len(there), 10)
        for folder in there:
            self.assertIn(f"{folder}/", PAGE)

    def test_arrows(self):
        allowed = arrows()
        self.assertEqual(set(allowed) | {"common"}, set(FOLDERS))
        seen = {folder: set() for folder in FOLDERS}
        for folder in FOLDERS:
            for path in sources(folder):
                for homes in folders_of(path):
                    self.assertTrue(homes & allowed.get(folder, set()), f"{path} needs {homes}")
                    seen[folder] |= homes & allowed[folder]
        self.assertEqual(seen["collector"], allowed["collector"])
        self.assertEqual(seen["exporter"], allowed["exporter"])

    def test_libraries(self):
        for library, folder, headers in (("libbpf", "collector", "bpf"),
                                         ("libevent", "exporter", "event2")):
            using = {path for path in sources(folder)
                     if path.suffix == ".c" and f"#include <{headers}/" in path.read_text()}
            said = named(library, folder)
            self.assertGreater(len(said), 4)
            self.assertLessEqual(using, set.union(*said.values()), library)
            for pattern, files in said.items():
                self.assertTrue(files & using, f"{library}: {pattern}")


if __name__ == "__main__":
    unittest.main()
