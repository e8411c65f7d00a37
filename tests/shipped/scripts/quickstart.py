#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""scripts/quickstart --demo shows the losses of its traffic, and ends all its processes.

The script may end by itself, after Ctrl-C (a signal to all its processes), or after SIGTERM to the
script alone. scripts/make-loss refuses to use an existing namespace.
"""
import re
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TREE / "tests" / "lib"))

from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402
from session import Script  # noqa: E402

ROW = re.compile(r"^ *[1-9][0-9]* +\w+ +198\.18\.0\.1 ", re.M)  # the client of make-loss


class Quickstart(Script):
    def __init__(self, *flags):
        super().__init__("quickstart", *flags, leaves="run/rexmit-quickstart-*")

    def wait_for_row(self):
        self.wait_for(ROW)
        names = self.names()
        check({"rexmit-collecto", "rexmit-exporter", "make-loss"} <= names, f"running: {names}")

    def check_end(self, how, status):
        super().check_end(how, status)
        directory = re.search(r"/run/rexmit-quickstart-\w+", self.output())
        check(not directory, f"{how}: a program's error on the screen: {self.output()}")


def main():
    need_root_and_namespaces()
    refused = subprocess.run([TREE / "scripts/make-loss", "inside", "50", "/bin/false"],
                             capture_output=True, text=True, check=False)
    check(refused.returncode == 1 and "namespace is in use" in refused.stderr,
          f"make-loss continued in a namespace that is in use: {refused}")

    quickstart = Quickstart("--demo", "--for", "8")
    quickstart.check_end("--for", 0)
    check(ROW.search(quickstart.output()), f"the demo's losses have no row: {quickstart.output()}")
    check("http://127.0.0.1:" in quickstart.output(), "the script printed no address")

    quickstart = Quickstart("--demo")
    quickstart.wait_for_row()
    quickstart.interrupt()
    quickstart.check_end("Ctrl-C", 130)

    quickstart = Quickstart("--demo")
    quickstart.wait_for_row()
    quickstart.process.terminate()
    quickstart.check_end("SIGTERM", 143)


run_test(main)
