#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The version has the commit only in a git tree and in a tarball that git made.

Each case is a small git tree with the script and the file that the script reads.
"""
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
FILES = ("scripts/source-version", ".gitattributes")


def run(*words, at, **options):
    return subprocess.run(words, cwd=at, check=True, capture_output=True, **options).stdout


def git(*words, at):
    """Runs git as a fixed user, independent of this host's configuration."""
    return run("git", "-c", "user.name=test", "-c", "user.email=test@test.invalid",
               "-c", "safe.directory=*", *words, at=at)


def version(tree, word="1.2.3"):
    return run(tree / "scripts/source-version", word, at="/").decode().strip()


@unittest.skipUnless(shutil.which("git"), "no git command")
class SourceVersion(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="rexmit-version-")
        self.addCleanup(directory.cleanup)
        self.top = Path(directory.name).resolve()
        self.tree = self.top / "tree"
        (self.tree / "scripts").mkdir(parents=True)
        for name in FILES:
            shutil.copy(TREE / name, self.tree / name)
        (self.tree / "source-commit").write_text("$Format:%H$\n")  # this tree may be a tarball's
        git("init", "-q", at=self.tree)
        git("add", "--all", at=self.tree)
        git("commit", "-q", "-m", "test", at=self.tree)
        self.commit = git("rev-parse", "HEAD", at=self.tree).decode().strip()

    def unpacked(self, below):
        """Returns a tree that "git archive" made."""
        path = below / "unpacked"
        path.mkdir(parents=True)
        run("tar", "-x", at=path, input=git("archive", "HEAD", at=self.tree))
        return path

    def test_git_tree(self):
        self.assertEqual(version(self.tree), f"1.2.3+{self.commit[:12]}")
        self.assertEqual(version(self.tree, "--commit"), self.commit)

    def test_changed_file(self):
        with open(self.tree / ".gitattributes", "a", encoding="ascii") as file:
            file.write("# changed\n")
        self.assertEqual(version(self.tree), f"1.2.3+{self.commit[:12]}-dirty")

    def test_tarball(self):
        self.assertEqual(version(self.unpacked(self.top / "far")), f"1.2.3+{self.commit[:12]}")

    def test_tarball_in_another_git_tree(self):
        git("init", "-q", at=self.top)
        git("commit", "-q", "--allow-empty", "-m", "another", at=self.top)
        self.assertEqual(version(self.unpacked(self.top / "near")), f"1.2.3+{self.commit[:12]}")

    def test_package_of_a_changed_tree(self):
        """Uses the file that scripts/package writes."""
        path = self.unpacked(self.top)
        (path / "source-commit").write_text(f"{self.commit}-dirty\n")
        self.assertEqual(version(path), f"1.2.3+{self.commit[:12]}-dirty")

    def test_copy_of_the_files(self):
        shutil.rmtree(self.tree / ".git")
        self.assertEqual(version(self.tree), "1.2.3")
        self.assertEqual(version(self.tree, "--commit"), "")


if __name__ == "__main__":
    unittest.main()
