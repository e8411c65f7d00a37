# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Creates a cgroup for each container.

On a host without systemd, systemd-nspawn puts each container into a cgroup "payload" next to
itself. Containers from one cgroup would share it, and each would remove the others' cgroups.
"""
import os
import time

from lifetime import command, on_exit


def hierarchies():
    """Returns the mount points of systemd's hierarchies, of versions 1 and 2."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            kind, options = words[words.index("-") + 1], words[-1].split(",")
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
                yield words[4]


def remove(top):
    """Removes a cgroup and its children after the kernel has released their last process."""
    deadline = time.monotonic() + 10
    while os.path.exists(top) and time.monotonic() < deadline:
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                time.sleep(0.05)


def enter(name):
    """Returns the start of a command line. Its command runs in new cgroups of this name.

    Returns an empty list if no cgroup can be created.
    """
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
    """Hides cgroup version 1 in the mount namespace of the test.

    systemd since 258, and the runtimes of podman, refuse a host that has both versions.
    """
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        if " - cgroup " in file.read():
            command("umount", "--recursive", "--lazy", "/sys/fs/cgroup")
            command("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
