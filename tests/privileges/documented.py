# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""SECURITY.md names exactly the system calls that the two lists allow."""
import os
import re

from lifetime import check, run_test

SOURCE = os.environ["REXMIT_SOURCE"]


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def documented(program):
    """First columns of the table in the section on this program's system calls."""
    section = read("SECURITY.md").split(f"## The {program}'s system calls\n")[1]
    section = re.split("\n##+ ", section)[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def main():
    for program in ("collector", "exporter"):
        allowed = set(re.findall(r"SCMP_SYS\((\w+)\)", read(program, "system_calls.c")))
        check(documented(program) == allowed, f"{program}: SECURITY.md and system_calls.c differ "
              f"in {documented(program) ^ allowed}")
        number = re.search(rf"## The {program}'s system calls\n\n.*? (\d+)[,:]",
                           read("SECURITY.md"), re.DOTALL)
        check(int(number.group(1)) == len(allowed), f"{program}: the number is not {len(allowed)}")
        print(f"{program}: {len(allowed)} system calls, all documented")
    section = read("SECURITY.md").split("### With `--web.config.file`\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    more = set(re.findall(r"SCMP_SYS\((\w+)\)", read("exporter", "system_calls_security.c")))
    check({name for row in rows for name in re.findall(r"`(\w+)`", row)} == more,
          "SECURITY.md and system_calls_security.c differ")


run_test(main)
