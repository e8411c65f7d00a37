# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""SECURITY.md lists exactly the system calls that the programs' lists allow."""
import os
import re

from call_lists import LISTS, allowed
from lifetime import check, run_test

SOURCE = os.environ["REXMIT_SOURCE"]


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def documented(program):
    """Returns the first column of the table of this program's system calls."""
    section = read("SECURITY.md").split(f"## The {program}'s system calls\n")[1]
    section = re.split("\n##+ ", section)[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def main():
    for program in ("collector", "walker", "exporter"):
        calls = allowed(program)
        check(documented(program) == calls, f"{program}: SECURITY.md and {LISTS[program]} differ "
              f"in {documented(program) ^ calls}")
        number = re.search(rf"## The {program}'s system calls\n\n.*? allows (\d+) system\s+calls",
                           read("SECURITY.md"), re.DOTALL)
        check(int(number.group(1)) == len(calls), f"{program}: the number is not {len(calls)}")
        print(f"{program}: {len(calls)} system calls, all documented")
    section = read("SECURITY.md").split("### With `--web.config.file` or `--networks`\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    check({name for row in rows for name in re.findall(r"`(\w+)`", row)} == allowed("reload"),
          f"SECURITY.md and {LISTS['reload']} differ")


run_test(main)
