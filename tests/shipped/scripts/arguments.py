# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The scripts refuse wrong arguments: they print their usage, end with status 2, and do nothing else."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
WRONG = {
    "fuzz": [["--for"], ["--for", "-1"], ["--for", "1;id"], ["--nonsense"], ["nonsense"], ["../seeds/state"]],
    "image": [[], ["out", "x.tar.gz"], ["--nonsense", "rexmit-1-linux-amd64.tar.gz"]],
    "image-root": [[], ["x"], ["--nonsense"]],
    "make-loss": [["--for"], ["--nonsense"]],
    "mutate": [["nonsense"], ["--nonsense"]],
    "monitor": [["--nonsense"]],
    "package": [[], ["--arch"], ["--nonsense"]],
    "quickstart": [["--nonsense"]],
    "release": [[], ["--sign"], ["out", "--sign"], ["--sign", "", "out"], ["--nonsense"]],
    "rpm": [[], ["x.tar.gz"], ["--nonsense"], ["-rexmit-1-linux-amd64.tar.gz"], ["rexmit-%(id >&2)-linux-amd64.tar.gz"],
            ["rexmit-1-linux-x.tar.gz"]],
    "sbom": [[], ["name", "1"], ["name", "1", "program"], ["--nonsense"]],
    "source-version": [[], ["--nonsense"]],
    "tarball": [[], ["--arch"], ["--arch", "x", "out"], ["--nonsense"]],
}


TARBALL = "rexmit-1-linux-amd64.tar.gz"
# Input that is wrong in a way that only its use shows: (script, words, a part of the line).
BAD = [
    ("image", ["out", "missing/" + TARBALL], "No such file"),
    ("image", ["out", "empty/" + TARBALL], "empty"),
    ("image", ["out", "text/" + TARBALL], "not a gzip file"),
    ("image", ["out", "cut/" + TARBALL], "end-of-stream"),
    ("image", ["out", "other/" + TARBALL], "rexmit-collector"),
    ("image", ["other", "other/" + TARBALL], "File exists"),
    ("image", ["text/" + TARBALL + "/out", "other/" + TARBALL], "Not a directory"),
    ("image", ["out", "other/" + TARBALL, "other/" + TARBALL], "same architecture"),
    ("image", ["out", "other/" + TARBALL, "other/rexmit-2-linux-arm64.tar.gz"], "different versions"),
    ("sbom", ["name", "1", "missing=map"], "missing: No such file"),
    ("sbom", ["name", "1", "program=missing"], "missing: No such file"),
    ("sbom", ["name", "1", "program=program"], "not the map"),
    ("sbom", ["name", "1", "program=map"], "no package has /nowhere/x.a"),
]


def make_bad_files(directory):
    files = {"program": b"\xff\xfe", "map": b"/nowhere/x.a(y.o)\n", "text/" + TARBALL: b"text",
             "empty/" + TARBALL: b"", "other/file": os.urandom(100000)}
    for name, content in files.items():
        path = Path(directory, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    subprocess.run(["tar", "-czf", TARBALL, "file"], cwd=f"{directory}/other", check=True)
    Path(directory, "cut").mkdir()
    Path(directory, "cut", TARBALL).write_bytes(Path(directory, "other", TARBALL).read_bytes()[:50000])


class Arguments(unittest.TestCase):
    def test_wrong(self):
        for name, cases in WRONG.items():
            for words in cases:
                with self.subTest(name=name, words=words):
                    done = subprocess.run([SCRIPTS / name, *words], stdin=subprocess.DEVNULL, text=True,
                                          capture_output=True, check=False, timeout=60)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                    self.assertIn("usage: ", done.stderr)

    def check_line(self, name, words, line, directory, **environment):
        """The script prints one line, ends with status 1, and leaves nothing."""
        before = sorted(Path(directory).rglob("*"))
        with self.subTest(name=name, words=words):
            done = subprocess.run([sys.executable, SCRIPTS / name, *words], cwd=directory, text=True, timeout=60,
                                  capture_output=True, check=False, env={**os.environ, **environment})
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
            self.assertTrue(done.stderr.startswith(f"{name}: "), done.stderr)
            self.assertIn(line, done.stderr)
            self.assertEqual(sorted(Path(directory).rglob("*")), before)

    def test_bad_input(self):
        with tempfile.TemporaryDirectory(prefix="rexmit-arguments-") as directory:
            make_bad_files(directory)
            for name, words, line in BAD:
                self.check_line(name, words, line, directory, SOURCE_DATE_EPOCH="1")
            self.check_line("image", ["out", "other/" + TARBALL], "not found", directory, PATH="/nowhere")
            self.check_line("sbom", ["name", "1", "program=map"], "dpkg-query: No such file", directory, PATH="/nowhere")
            self.check_line("coverage", ["unit"], "No such file", directory, PATH="/nowhere")

    def test_time_of_sbom(self):
        """The document's time is wrong, although all files are right."""
        with tempfile.TemporaryDirectory(prefix="rexmit-arguments-") as directory:
            Path(directory, "program").touch()
            library = os.path.realpath("/usr/bin/env")  # any file of a package
            os.symlink(library, f"{directory}/x.a")
            Path(directory, "map").write_text(f"{directory}/x.a(y.o)\n", encoding="utf-8")
            for epoch in ("", "today", str(10 ** 20)):
                self.check_line("sbom", ["name", "1", "program=map"], "SOURCE_DATE_EPOCH", directory,
                                SOURCE_DATE_EPOCH=epoch)

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
