# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The scripts refuse wrong arguments: they print their usage, end with status 2, and do nothing else."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
WRONG = {
    "fuzz": [["--for"], ["--for", "-1"], ["--for", "1;id"], ["--nonsense"], ["nonsense"], ["../seeds/state"]],
    "image": [[], ["out", "x.tar.gz"]],
    "image-root": [[], ["x"], ["--nonsense"]],
    "make-loss": [["--for"], ["--nonsense"]],
    "mutate": [["nonsense"], ["--nonsense"]],
    "monitor": [["--nonsense"]],
    "package": [[], ["--arch"], ["--nonsense"]],
    "quickstart": [["--nonsense"]],
    "release": [[], ["--sign"], ["out", "--sign"], ["--sign", "", "out"], ["--nonsense"]],
    "rpm": [[], ["x.tar.gz"], ["--nonsense"], ["-rexmit-1-linux-amd64.tar.gz"], ["rexmit-%(id >&2)-linux-amd64.tar.gz"],
            ["rexmit-1-linux-x.tar.gz"]],
    "source-version": [[], ["--nonsense"]],
    "tarball": [[], ["--arch"], ["--arch", "x", "out"], ["--nonsense"]],
}


class Arguments(unittest.TestCase):
    def test_wrong(self):
        for name, cases in WRONG.items():
            for words in cases:
                with self.subTest(name=name, words=words):
                    done = subprocess.run([SCRIPTS / name, *words], stdin=subprocess.DEVNULL, text=True,
                                          capture_output=True, check=False, timeout=60)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                    self.assertIn("usage: ", done.stderr)

    def test_help(self):
        for name in WRONG:
            with self.subTest(name=name):
                done = subprocess.run([SCRIPTS / name, "--help"], text=True, capture_output=True, check=False,
                                      timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("usage: ", done.stdout)

    def test_search_path(self):
        """With $CDPATH, cd could change to a directory with the same name elsewhere, and print it."""
        with tempfile.TemporaryDirectory(prefix="rexmit-arguments-") as elsewhere:
            os.mkdir(f"{elsewhere}/scripts")
            for name in WRONG:
                with self.subTest(name=name):
                    done = subprocess.run([f"scripts/{name}", "--help"], cwd=SCRIPTS.parent, text=True,
                                          capture_output=True, check=False, timeout=60,
                                          env={**os.environ, "CDPATH": elsewhere})
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertTrue(done.stdout.startswith("usage: "), done.stdout)


if __name__ == "__main__":
    unittest.main()
