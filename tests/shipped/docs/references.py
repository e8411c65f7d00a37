#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The files, headings, flags, metrics and tests in the documents exist."""
import fnmatch
import os
import re
import unittest
from pathlib import PurePath

from manual import PROGRAMS, helped
from tree import FILES, ROOT

DOCUMENTS = [ROOT / name for name in FILES
             if name.endswith((".md", ".scd")) and "/uplot/" not in name]
FOLDERS = {parent.as_posix() for name in FILES for parent in PurePath(name).parents}
TOP = "|".join(sorted({name.split("/")[0] for name in FILES if "/" in name and name[0] != "."}))
# A path from the top of the tree or from the document's folder, or a name that is unique.
PATH = re.compile(rf"(?<![\w/.$-])(?:(?:\.\./)?(?:{TOP})/[\w./*-]*|[\w*-]+\.(?:py|[ch]|conf|md|ya?ml|json)\b)")
# A script that a document runs without naming an interpreter.
COMMAND = re.compile(r"(?:^(?:sudo )?(?:\w+=\S+ )*|`)((?:tests|bench|scripts)/[\w./-]+) [\w-]", re.M)
# Flags of other programs, such as meson, systemctl, git and podman.
OTHERS = {"--buildtype", "--suite", "--now", "--reuid", "--regid", "--clear-groups",
          "--tcp", "--port", "--grep", "--ignore-missing",
          "--cap-add", "--cap-drop", "--cgroups", "--detach", "--entrypoint", "--group-add",
          "--name", "--network", "--pid", "--read-only", "--security-opt", "--volume", "--volumes", "--rootfs",
          "--force", "--set", "--timeout", "--seccomp-profile-root"}
METRIC = re.compile(r"\b(?:rexmit|tcp|process)_\w+_(?:total|bytes|seconds|segments|up|info|series)\b")


def text_of(path):
    text = re.sub(r"https?://\S+", "", path.read_text())
    return re.sub(r"\b_(\S+)_\b", r"\1", text) if path.suffix == ".scd" else text


def exists(document, name):
    near = (document.parent / name).resolve()
    return (name in FILES or name.rstrip("/") in FOLDERS or near.exists() or
            any(fnmatch.fnmatch(file, pattern) for file in FILES for pattern in (name, f"*/{name}")))


def anchor(heading):
    """Returns the anchor that GitHub generates for a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors(path):
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", path.read_text(), re.M)}


def flags(text):
    return set(re.findall(r"(?<![\w-])--[a-z][\w.-]*\w", text))


def flags_of_scripts():
    """Returns the flags in the usages of shell scripts, and of Python programs."""
    found = set()
    for name in FILES:
        path = ROOT / name
        if name.startswith(("scripts/", "packaging/tarball/")):
            for usage in re.findall(r"USAGE'\n(.*?)USAGE\n", path.read_text(), re.S):
                found |= flags(usage)
        if path.suffix == ".py" or name in ("bench/run", "scripts/coverage", "scripts/mutate"):
            text = path.read_text()
            found |= set(re.findall(r'add_argument\("(--[\w-]+)"', text))
            found |= set(re.findall(r'"(--[\w-]+)" in sys\.argv', text))
    return found


class Names(unittest.TestCase):
    def test_files(self):
        found = 0
        for document in DOCUMENTS:
            for name in PATH.findall(text_of(document)):
                found += 1
                self.assertTrue(exists(document, name.rstrip(".")),
                                f"{document.relative_to(ROOT)}: {name}")
        self.assertGreater(found, 200)

    def test_scripts_are_executable(self):
        """Documents name scripts as commands. Debian's tools execute the files in
        packaging/debian."""
        for name in FILES:
            path = ROOT / name
            if path.read_bytes().startswith(b"#!") and not name.startswith("packaging/debian/"):
                self.assertTrue(os.access(path, os.X_OK), name)

    def test_commands_are_executable(self):
        named = {name for document in DOCUMENTS for name in COMMAND.findall(document.read_text())}
        self.assertGreater(len(named), 3)
        for name in named:
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)

    def test_flags(self):
        named = set.union(*(flags(text_of(document)) for document in DOCUMENTS))
        ours = set.union(*map(helped, PROGRAMS.values()))
        self.assertEqual(ours - named, set())
        self.assertEqual(named - ours - flags_of_scripts(), OTHERS)

    def test_metrics(self):
        page = (ROOT / "tests/unit/golden/exposition-full.txt").read_text()
        served = set(re.findall(r"^# TYPE (\w+)", page, re.M))
        for document in DOCUMENTS:
            for name in METRIC.findall(re.sub(r"\w*:[\w:]+", "", text_of(document))):
                self.assertIn(name, served, document.name)


class Tables(unittest.TestCase):
    def test_have_heads(self):
        """An empty line ends a table, so no table may contain one."""
        found = 0
        for document in DOCUMENTS:
            text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)
            for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
                lines = block.splitlines()
                self.assertTrue(len(lines) > 1 and re.fullmatch(r"\|(?: -+:? \|)+", lines[1]),
                                f"{document.name}: {lines[0]}")
                columns = {len(re.sub(r"`[^`]*`", "", line).split("|")) for line in lines}
                self.assertEqual(len(columns), 1, f"{document.name}: {lines[0]}")
                found += 1
        self.assertGreater(found, 40)


class Links(unittest.TestCase):
    def test_lead_somewhere(self):
        for document in DOCUMENTS:
            links = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", document.read_text())
            for link in (markdown or html for markdown, html in links):
                if re.match("https?:", link):
                    continue
                name, _, heading = link.partition("#")
                target = (document.parent / name) if name else document
                self.assertTrue(target.exists(), f"{document.name}: {link}")
                if heading:
                    self.assertIn(heading, anchors(target), f"{document.name}: {link}")


if __name__ == "__main__":
    unittest.main()
