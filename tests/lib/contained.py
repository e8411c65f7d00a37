# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector in its own PID namespace, as in a pod without hostPID."""
import subprocess

import pipeline
from lifetime import on_exit

LAUNCHER = ("unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc", "--")


def end(process):
    """Ends the collector. A signal to its launcher is not enough: unshare forwards none.

    --kill-child does not work for a program that changes its user.
    """
    subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
    process.kill()


def start(directory, launcher=LAUNCHER):
    """Starts a collector that end() must end, and waits until it counts."""
    collector = pipeline.Collector(directory, launcher=launcher)
    on_exit(end, collector.process)
    return collector.wait()
