# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A cgroup for each container.

Where no systemd runs the host, systemd-nspawn puts each container in a "payload" next to itself:
all that start from one cgroup share it, and each then removes cgroups under the others' hands.
"""
import os
import time

from lifetime import on_exit


def hierarchies():
    """Where those that systemd uses are mounted: version 2, and its own of version 1."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            kind, options = words[words.index("-") + 1], words[-1].split(",")
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
                yield words[4]


def remove(top):
    """With all below; the kernel empties a cgroup some time after its last process."""
    deadline = time.monotonic() + 10
    while os.path.exists(top) and time.monotonic() < deadline:
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                time.sleep(0.05)


def enter(name):
    """The command that runs what follows it in cgroups of that name; nothing where none can be."""
    made = [f"{mounted}/{name}" for mounted in hierarchies()]
    try:
        for path in made:
            os.mkdir(path)
            on_exit(remove, path)
    except OSError:
        return []
    files = " ".join(f"{path}/cgroup.procs" for path in made)
    return ["sh", "-c", f'for file in {files}; do echo 0 >$file; done; exec "$@"', "sh"]
