# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Reads what the kernel shows of a process: its privileges and its BPF objects."""
import os
import re
import subprocess

from lifetime import check

BPF_AND_PERFMON = 1 << 39 | 1 << 38  # linux/capability.h
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def children(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(number) for number in file.read().split()]


def status(process):
    """Returns {field: value} of proc_pid_status(5), or {} if the process has ended."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            return {key: value.strip() for key, value in
                    (line.split(":", 1) for line in file if ":" in line)}
    except (FileNotFoundError, ProcessLookupError):
        return {}


def check_privileges(process, user, **sets):
    """Checks a process. `user` is (uid, gid). `sets` are the capability sets that are not empty."""
    have = status(process)
    capabilities = {name: int(have[name], 16) for name in SETS}
    expected = {name: sets.get(name, 0) for name in SETS}
    check(capabilities == expected, f"capabilities {show(capabilities)}, expected {show(expected)}")
    for name, number in (("Uid", user[0]), ("Gid", user[1])):
        check(set(have[name].split()) == {str(number)},
              f"{name} is {have[name]}, expected {number}")
    check(set(have["Groups"].split()) <= {str(user[1])}, f"groups {have['Groups']}")
    check(have["NoNewPrivs"] == "1", "no_new_privs is not set")
    check(have["Seccomp"] == "2", f"seccomp mode {have['Seccomp']}")


def show(sets):
    return ", ".join(f"{name} {value:016x}" for name, value in sets.items())


def programs(process, prefix):
    """Returns the descendants of a process whose names start with the prefix."""
    found = []
    for child in children(process):
        name = status(child).get("Name", "")
        found += [child] * name.startswith(prefix) + programs(child, prefix)
    return found


def network_namespace(process):
    return os.stat(f"/proc/{process}/ns/net").st_ino


def bpf_objects(process):
    """Returns {(kind, id)} of the programs, maps and links that the process has open."""
    objects = set()
    for number in os.listdir(f"/proc/{process}/fdinfo"):
        with open(f"/proc/{process}/fdinfo/{number}", encoding="utf-8") as file:
            for kind, found in re.findall(r"^(prog|map|link)_id:\s+([0-9]+)$", file.read(), re.M):
                objects.add((kind, int(found)))
    return objects


def bpf_object_exists(kind, number):
    return subprocess.run(["bpftool", kind, "show", "id", str(number)],
                          capture_output=True, check=False).returncode == 0
