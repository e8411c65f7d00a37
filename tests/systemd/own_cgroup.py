# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Creates a cgroup for each container.

If no systemd runs the host, systemd-nspawn puts each container into a cgroup "payload" next to
itself. Containers started from the same cgroup would share it, and each would remove cgroups that
others use.
"""
import os
import time

from lifetime import command, on_exit


def hierarchies():
    """Returns the mount points of the cgroups that systemd uses: version 2, and its own
    hierarchy of version 1."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            kind, options = words[words.index("-") + 1], words[-1].split(",")
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
                yield words[4]


def remove(top):
    """Removes a cgroup with all its children. The kernel releases a cgroup's last process some
    time after its end."""
    deadline = time.monotonic() + 10
    while os.path.exists(top) and time.monotonic() < deadline:
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                time.sleep(0.05)


def enter(name):
    """Returns a command prefix that runs a command in cgroups of this name, or an empty one if
    none can be created."""
    made = [f"{mounted}/{name}" for mounted in hierarchies()]
    try:
        for path in made:
            os.mkdir(path)
            on_exit(remove, path)
    except OSError:
        return []
    files = " ".join(f"{path}/cgroup.procs" for path in made)
    return ["sh", "-c", f'for file in {files}; do echo 0 >$file; done; exec "$@"', "sh"]


def only_version2():
    """systemd 258 and later, and podman's runtimes, refuse a host that also has version 1. For a test
    with a mount namespace of its own, which then shows the containers only version 2."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        if " - cgroup " in file.read():
            command("umount", "--recursive", "--lazy", "/sys/fs/cgroup")
            command("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
