# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Limits a test's memory with a cgroup of version 1 or 2, depending on the host."""
import os
import secrets

from lifetime import on_exit, skip, until

# (type of the file system, mount option, file with the limit, file with the usage)
_KINDS = (("cgroup2", "", "memory.max", "memory.current"),
          ("cgroup", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"))
MIB = 1 << 20


def _mounts(kind, option):
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            name, _, options = words[words.index("-") + 1:]
            if name == kind and (not option or option in options.split(",")):
                yield words[4]


def _make(mounted):
    """Creates a cgroup below the root of a hierarchy. Returns its directory, or None."""
    directory = f"{mounted}/rexmit-{secrets.token_hex(4)}"
    try:
        with open(f"{mounted}/cgroup.subtree_control", "w", encoding="ascii") as file:
            file.write("+memory")
    except OSError:
        pass  # absent in version 1; in version 2 the controller may be enabled already
    try:
        os.mkdir(directory)
    except OSError:
        return None
    on_exit(until, f"the removal of {directory}", lambda: _removed(directory))
    return directory


def _removed(directory):
    try:
        os.rmdir(directory)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


class MemoryCgroup:
    """A cgroup with a memory limit. Only programs that start in it later count."""

    def __init__(self):
        for kind, option, limit, usage in _KINDS:
            for mounted in _mounts(kind, option):
                self._directory = _make(mounted)
                self._limit, self._usage = limit, usage
                if self._directory and os.path.exists(f"{self._directory}/{limit}"):
                    return
        skip("no cgroup with a memory controller can be made")

    def _file(self, name, mode="r"):
        return open(f"{self._directory}/{name}", mode, encoding="ascii")

    def limit(self, size):
        """Sets the limit in bytes. Raises OSError if the kernel refuses a limit below the usage."""
        with self._file(self._limit, "w") as file:
            file.write(str(size))

    def used(self):
        with self._file(self._usage) as file:
            return int(file.read())

    def used_without_files(self):
        """Returns the usage without file pages, such as logs or a state file. The kernel can
        reclaim these.
        """
        with self._file("memory.stat") as file:
            stat = dict(line.split() for line in file)
        return self.used() - int(stat.get("file") or stat["cache"])

    def enter(self):
        """Returns the start of a command line. Its command runs in this cgroup."""
        return ["sh", "-c", 'echo 0 >"$0" && exec "$@"', f"{self._directory}/cgroup.procs"]
