#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The commands of docs/releasing.md that verify a release fail for a changed file or list."""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tree import ROOT

PAGE = (ROOT / "docs/releasing.md").read_text(encoding="utf-8")
COMMANDS = re.search(r"## Verify a release\n.*?```sh\n(.*?)```", PAGE, re.S).group(1)
NAME = "releases@authors.invalid"


@unittest.skipUnless(shutil.which("ssh-keygen"), "no ssh-keygen command")
class Verify(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="rexmit-verify-")
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name)
        (self.path / "tarball").write_text("a")
        self.run_in("sha256sum tarball >SHA256SUMS && ssh-keygen -q -t ed25519 -N '' -f key && "
                    "ssh-keygen -q -Y sign -f key -n rexmit-release SHA256SUMS && "
                    f"echo '{NAME} namespaces=\"rexmit-release\"' $(cat key.pub) >allowed_signers")

    def run_in(self, commands):
        return subprocess.run(["sh", "-c", commands], cwd=self.path, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)

    def test_good(self):
        done = self.run_in(COMMANDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tarball: OK\n", done.stdout)

    def test_changed(self):
        for name in ("tarball", "SHA256SUMS"):
            with self.subTest(name=name):
                content = (self.path / name).read_text()
                (self.path / name).write_text(content + "x")
                self.assertNotEqual(self.run_in(COMMANDS).returncode, 0)
                (self.path / name).write_text(content)


if __name__ == "__main__":
    unittest.main()
