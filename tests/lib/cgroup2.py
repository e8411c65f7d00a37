# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Creates cgroups (v2) for a test and starts programs in them."""
import os
import secrets

from lifetime import on_exit, skip, until

INIT_CGROUP_NAMESPACE = 0xEFFFFFFB  # PROC_CGROUP_INIT_INO, include/linux/proc_ns.h


def _mount():
    """Returns (mount point of the hierarchy, path of its root), or skips the test."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words[words.index("-") + 1] == "cgroup2":
                return words[4], words[3].rstrip("/")
    skip("no cgroup2 mount in /proc/self/mountinfo")


class Cgroup:
    """A cgroup. `path` is in bytes and starts at the root of the hierarchy, as in the kernel."""

    def __init__(self, directory, path):
        self.directory, self.path = os.fsencode(directory), os.fsencode(path)

    def label(self):
        """Returns the path as the value of a label."""
        return self.path.decode()

    def child(self, name):
        """Creates a child, which is removed at the end of the test."""
        made = Cgroup(os.path.join(self.directory, os.fsencode(name)),
                      self.path.rstrip(b"/") + b"/" + os.fsencode(name))
        os.mkdir(made.directory)
        on_exit(made.remove)
        return made

    def again(self):
        """Creates a removed cgroup again, with the same path. The kernel gives it another id."""
        os.mkdir(self.directory)
        on_exit(self.remove)

    def remove(self):
        """Removes the cgroup if it exists. Waits until the kernel has released its last process."""
        def removed():
            try:
                os.rmdir(self.directory)
            except FileNotFoundError:
                pass
            except OSError:
                return False
            return True
        until(f"the removal of {self.directory}", removed)

    @property
    def id(self):
        return os.stat(self.directory).st_ino

    def join(self, pid=0):
        """Moves a process into this cgroup. 0 means the calling process."""
        with open(os.path.join(self.directory, b"cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(pid))

    def enter(self, *words):
        """Returns the command that runs `words` in this cgroup."""
        return ["sh", "-c", 'echo 0 >"$0" && exec "$@"',
                os.path.join(self.directory, b"cgroup.procs"), *words]


class Inside:
    """Starts programs in a network namespace and in a cgroup, each after the command `prefix`."""

    def __init__(self, namespace, cgroup, *prefix):
        self.namespace, self.cgroup, self.prefix = namespace, cgroup, prefix

    def start(self, *words, **options):
        return self.namespace.start(*self.cgroup.enter(*self.prefix, *words), **options)


def root():
    """Returns the root of the hierarchy."""
    mounted, path = _mount()
    if path or os.stat("/proc/self/ns/cgroup").st_ino != INIT_CGROUP_NAMESPACE:
        skip("in a cgroup namespace, where the kernel's paths are not visible")
    return Cgroup(mounted, path or "/")


def make():
    """Creates a cgroup with a random name below the root. The test creates its cgroups below it."""
    top = root()
    try:
        return top.child(f"rexmit-{secrets.token_hex(4)}")
    except OSError as error:
        skip(f"cannot make a cgroup in {os.fsdecode(top.directory)}: {error.strerror}")
