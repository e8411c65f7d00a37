# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The unit's filter allows each call of the program's own filter.

It also allows the calls that the exporter makes before its own filter, to restrict itself.
"""
import json
import os
import re
import shutil

from call_lists import allowed
from lifetime import check, command, run_test, skip

# runc makes some of these calls under the profile, before it starts the program. With the others
# the collector gives its socket to another user or group. Under the unit, systemd makes the socket.
BEYOND_UNIT = {"fchown", "fchownat", "lchown", "setgid", "setgroups", "setresgid", "setresuid",
               "setuid", "tgkill", "umask"}
SOURCE = os.environ["REXMIT_SOURCE"]


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def group(name):
    """Returns the calls of one of systemd's groups, including nested groups."""
    calls = set()
    for word in command("systemd-analyze", "syscall-filter", name).split("\n")[1:]:
        word = word.strip()
        if word.startswith("@"):
            calls |= group(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def of_unit(program):
    calls = group("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$",
                           read("systemd", f"rexmit-{program}.service.in"), re.MULTILINE):
        for word in line.split():
            calls |= group(word) if word.startswith("@") else {word}
    return calls


def check_profile():
    """The profile of deploy/ has all calls of the collector.

    Its other calls are in the unit's filter, or only containers need them.
    """
    profile = json.loads(read("deploy", "seccomp-collector.json"))
    names = {name for rule in profile["syscalls"] for name in rule["names"]}
    own = allowed("collector")
    check(own <= names, f"calls of the collector that the profile does not have: {own - names}")
    check("bpf" in names and "perf_event_open" not in names,
          "the profile must allow bpf, and not perf_event_open")
    beyond = names - of_unit("collector")
    check(beyond <= BEYOND_UNIT,
          f"calls of the profile that the unit does not have: {beyond - BEYOND_UNIT}")


def main():
    if not shutil.which("systemd-analyze"):
        skip("no systemd-analyze command")
    for program in ("collector", "exporter"):
        own = allowed(program)
        unit = of_unit(program)
        check(len(own) > 10 and own <= unit,
              f"{program}: calls that its unit does not have: {own - unit}")
        print(f"{program}: {len(own)} calls of its own, {len(unit)} of its unit")
    before = set(re.findall(r"SYS_(\w+)", read("exporter", "confine", "landlock.c")))
    check(len(before) == 3 and before <= unit,
          f"exporter: calls that its unit does not have: {before - unit}")
    check_profile()


run_test(main)
