# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes a directory in bpffs for the pinned objects of a test."""
import fcntl
import os
import subprocess

import pipeline
from lifetime import on_exit, skip

BPFFS = "/sys/fs/bpf"


def mount_bpffs():
    """Mounts bpffs if it is not mounted.

    It stays mounted after the test, because other programs may use it by then.
    """
    place = os.open(BPFFS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)  # a second mount would hide the pins in the first
        if not os.path.ismount(BPFFS) and subprocess.run(
                ["mount", "-t", "bpf", "bpf", BPFFS], check=False).returncode:
            skip("cannot mount bpffs")
    finally:
        os.close(place)


def pins_directory(name="test"):
    """Returns the path of a new directory in bpffs. The directory is removed after the test."""
    mount_bpffs()
    path = f"{BPFFS}/rexmit-{name}-{os.getpid()}"
    on_exit(unpin, path)
    return path


def unpin(path):
    if os.path.exists(path):
        subprocess.run([pipeline.COLLECTOR, "--unpin", path], check=True)
