#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exit status and the output of the collector's command line. Needs no root."""
import subprocess

import pipeline
from lifetime import check, run_test

WRONG = (["--nonsense"], ["-x"], ["surplus"], ["--"] + ["surplus"], ["--socket"], ["--socket="],
         ["--ring-bytes", "4097"], ["--keep-caps=all"], ["--seccomp", "on"], ["--log-level=loud"],
         ["--pin", ""], ["--unpin="], ["--check=yes"], ["--help=me"], ["--check", "--nonsense"],
         ["--log-level", "error", "--nonsense"])


def run(*flags):
    return subprocess.run([pipeline.COLLECTOR, *flags], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=60)


def main():
    for flags in WRONG:
        done = run(*flags)
        check(done.returncode == 2, f"{flags}: status {done.returncode}")
        check(done.stdout == "", f"{flags}: standard output {done.stdout!r}")
        check(done.stderr.startswith("rexmit-collector: ") and done.stderr.count("\n") == 1
              and done.stderr.endswith("\n"), f"{flags}: not one line of errors: {done.stderr!r}")
    for flags in (["--help"], ["--version"], ["--help", "--nonsense"]):
        done = run(*flags)
        check(done.returncode == 0, f"{flags}: status {done.returncode}")
        check(done.stderr == "", f"{flags}: standard error {done.stderr!r}")
        check(done.stdout.endswith("\n"), f"{flags}: standard output {done.stdout!r}")


run_test(main)
