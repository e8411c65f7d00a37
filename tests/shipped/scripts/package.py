#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""scripts/package refuses a directory that another user can write to or replace.

Root installs the package from the directory, as README.md advises. An unprivileged user could have
made that directory earlier, and put another package or a link named build.log into it.
"""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
NOBODY = 65534


@unittest.skipUnless(shutil.which("dpkg-buildpackage"), "no dpkg-buildpackage command")
class Directory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="rexmit-package-")
        self.addCleanup(directory.cleanup)
        self.top = Path(directory.name).resolve()
        self.victim = self.top / "victim"
        self.victim.write_text("victim")

    def make(self, *names, mode=0o755, owner=-1):
        """Makes a directory below the test's own. The first name gets the mode and the owner."""
        path = self.top.joinpath(*names)
        path.mkdir(parents=True)
        first = self.top / names[0]
        os.chown(first, owner, owner)
        first.chmod(mode)
        return path

    def refused(self, path, culprit):
        (path / "build.log").symlink_to(self.victim)
        done = subprocess.run([TREE / "scripts/package", "--no-install", path], text=True,
                              capture_output=True, check=False)
        self.assertIn(f"other users can write to {culprit} ", done.stderr)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(os.listdir(path), ["build.log"])
        self.assertEqual(self.victim.read_text(), "victim")

    @unittest.skipIf(os.geteuid(), "only root can give directories away")
    def test_of_another_user(self):
        path = self.make("theirs", owner=NOBODY)
        self.refused(path, path)

    @unittest.skipIf(os.geteuid(), "only root can give directories away")
    def test_below_another_users(self):
        self.refused(self.make("theirs", "ours", owner=NOBODY), self.top / "theirs")

    def test_writable(self):
        for mode in (0o775, 0o757, 0o1777):
            path = self.make(f"{mode:o}", mode=mode)
            self.refused(path, path)

    def test_below_writable(self):
        self.refused(self.make("all", "ours", mode=0o777), self.top / "all")

    def test_by_a_link(self):
        path = self.make("all", "ours", mode=0o777)
        (self.top / "link").symlink_to(path)
        self.refused(self.top / "link", self.top / "all")


if __name__ == "__main__":
    unittest.main()
