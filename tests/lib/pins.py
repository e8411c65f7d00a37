# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A place for pins of one's own."""
import fcntl
import os
import subprocess

import pipeline
from lifetime import on_exit, skip

BPFFS = "/sys/fs/bpf"


def mount_bpffs():
    """Where nobody has; systemd does at boot. It stays: somebody else may use it by now."""
    place = os.open(BPFFS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)  # two mounts would hide what is pinned in the first
        if not os.path.ismount(BPFFS) and subprocess.run(
                ["mount", "-t", "bpf", "bpf", BPFFS], check=False).returncode:
            skip("no bpffs")
    finally:
        os.close(place)


def pins_directory(name="test"):
    """A directory in bpffs, not made yet, unpinned at the end."""
    mount_bpffs()
    path = f"{BPFFS}/rexmit-{name}-{os.getpid()}"
    on_exit(unpin, path)
    return path


def unpin(path):
    if os.path.exists(path):
        subprocess.run([pipeline.COLLECTOR, "--unpin", path], check=True)
