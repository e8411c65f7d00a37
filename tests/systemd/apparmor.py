# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The package's AppArmor profiles allow the work of both programs, and deny an intruder all else.

The package installs a profile for each program, and a purge removes both. This test runs in an
emulated machine (emulated.py). An argument names another test of this folder, which then runs under
the profiles.
"""
import glob
import os
import re
import runpy
import sys

import confined_intruder
import confined_work
import processes
from lifetime import check, command, run_test
from machine import UNITS, Machine

PROFILES = "/sys/kernel/security/apparmor/profiles"
PROGRAMS = ("/usr/sbin/rexmit-collector", "/usr/bin/rexmit-exporter")
NAMES = [os.path.basename(program) for program in PROGRAMS]


def loaded():
    with open(PROFILES, encoding="ascii") as profiles:
        return sorted(line.strip() for line in profiles if line.startswith("rexmit-"))


def install(machine):
    print(machine.run("dpkg", "--install", "/root/rexmit.deb"), flush=True)
    check(loaded() == [f"{name} (enforce)" for name in NAMES], f"loaded are {loaded()}")
    machine.wait_until_connected()
    check_enforced(NAMES)
    print(machine.run("rexmit-collector", "--check"), flush=True)


def check_enforced(names):
    """Exactly these programs run, each process under its program's profile."""
    labels = set()
    for process in processes.programs(1, "rexmit-"):
        with open(f"/proc/{process}/attr/current", encoding="ascii") as label:
            labels.add(label.read().strip())
    check(labels == {f"{name} (enforce)" for name in names}, f"labels: {labels}")


def denials():
    return re.findall(r'.*apparmor="DENIED".*', command("dmesg"))


def check_nothing_denied():
    found = denials()
    check(not found, "\n".join(["AppArmor denied:", *found]))


def in_place(program, python, words):
    """Runs Python in place of the program. The file's path selects the profile."""
    command("mount", "--bind", python, program)
    try:
        return confined_intruder.outcomes([program, *words])
    finally:
        command("umount", program)


def check_purge(machine):
    machine.systemctl("stop", *UNITS)
    machine.run("dpkg", "--purge", "rexmit")
    left = loaded() + glob.glob("/etc/apparmor.d/**/rexmit*", recursive=True)
    check(not left, f"the purge leaves {left}")


def main():
    install(Machine())
    if sys.argv[1:]:
        runpy.run_path(sys.argv[1], run_name="__main__")
        check_nothing_denied()
        return
    confined_work.check_work(lambda: check_enforced(NAMES))
    check_nothing_denied()
    for program in PROGRAMS:
        confined_intruder.check_denied(program, in_place)
    check(denials(), "the log has no line about the intruders")
    check_purge(Machine())


run_test(main)
