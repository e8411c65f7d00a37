# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A place for a test's own pins."""
import os
import subprocess

import pipeline
from lifetime import on_exit, skip

BPFFS = "/sys/fs/bpf"


def pins_directory():
    """A directory in bpffs, unpinned at the end of the test; mounts bpffs where nobody has."""
    if not os.path.ismount(BPFFS):
        mounted = subprocess.run(["mount", "-t", "bpf", "bpf", BPFFS], check=False)
        if mounted.returncode != 0:
            skip("no bpffs")
    path = f"{BPFFS}/rexmit-test-{os.getpid()}"
    on_exit(unpin, path)
    return path


def unpin(path):
    if os.path.exists(path):
        subprocess.run([pipeline.COLLECTOR, "--unpin", path], check=True)
