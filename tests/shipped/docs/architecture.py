#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""ARCHITECTURE.md has all folders, the arrows between them, and the files that use each library."""
import re
import unittest

from tree import ROOT, FILES

PAGE = (ROOT / "ARCHITECTURE.md").read_text()
FOLDERS = ("bpf", "collector", "common", "exporter", "protocol", "terminal")


def sources(folder):
    return [ROOT / name for name in FILES if re.fullmatch(rf"{folder}/.*\.[ch]", name)]


def arrows():
    """Returns {folder: folders from which it may include}, as the sentence states."""
    sentence = re.search(r"Arrows of dependency: (.*?)\.\n", PAGE, re.S)[1]
    found = {}
    for folder, others in re.findall(r"(\w+) on ([^;]+)", sentence):
        found[folder] = set(re.findall(r"\w+", others)) - {"and", "nothing"}
    return found


def folder_of(name):
    """Returns the part of the tree that has the file. Each layer of the exporter is a part."""
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "exporter" and len(parts) > 2 else parts[0]


def included_folders(path):
    """Returns the folders of the headers that a file includes. Ignores generated headers."""
    for header in re.findall(r'^#include "([\w./]+)"', path.read_text(), re.M):
        top = path.relative_to(ROOT).parts[0]
        for name in (f"{top}/{header}", header):
            if name in FILES:
                yield folder_of(name)
                break


def layers():
    """Returns {layer of the exporter: folders from which it may include}, as the table states."""
    rows = re.findall(r"^\| `(exporter/\w+)/` \| .*? \| (.*?) ?\|$", PAGE, re.M)
    return {layer: {f"exporter/{name}" for name in re.findall(r"\w+", others)}
            for layer, others in rows}


def named(library, folder):
    """Returns {file or folder in the sentence about the library: the files that it stands for}."""
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
                others = {name.split("/")[0] for name in included_folders(path)} - {folder}
                self.assertLessEqual(others, allowed.get(folder, set()), path)
                seen[folder] |= others
        self.assertEqual(seen["collector"], allowed["collector"])
        self.assertEqual(seen["exporter"], allowed["exporter"])

    def test_layers(self):
        """The table has exactly the arrows between the exporter's folders."""
        seen = {}
        for path in sources("exporter"):
            own = folder_of(path.relative_to(ROOT).as_posix())
            if own != "exporter":
                others = {name for name in included_folders(path) if name.startswith("exporter")}
                seen[own] = seen.get(own, set()) | others - {own}
        self.assertEqual(seen, layers())

    def test_no_circle(self):
        left = layers()
        while left:
            lowest = {layer for layer, others in left.items() if not others & set(left)}
            self.assertTrue(lowest, f"these folders form a circle: {sorted(left)}")
            left = {layer: others for layer, others in left.items() if layer not in lowest}

    def test_header_names(self):
        names = [name.split("/")[-1] for name in FILES
                 if name.endswith(".h") and name.split("/")[0] in FOLDERS]
        self.assertEqual({name for name in names if names.count(name) > 1}, set())

    def test_kernel_headers(self):
        """Only BPF programs include headers that are for BPF programs."""
        for path in (path for folder in FOLDERS for path in sources(folder)):
            if ".bpf." not in path.name:
                self.assertNotRegex(path.read_text(), r'#include "[\w./]+\.bpf\.h"')

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
