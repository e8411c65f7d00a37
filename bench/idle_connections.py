# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures the cost of idle connections: kernel memory, and time of the sweep."""
import contextlib
import subprocess
import time

import memory_cgroup
import connections
import subject
from lifetime import check

SOCKETS = 20_000
HOLDERS = 5  # processes; most hosts allow each process at least 4096 files
SWEEPS_SECONDS = 25  # enough for two sweeps, and for the kernel to free memory


@contextlib.contextmanager
def held(namespace):
    """Runs HOLDERS processes, which together hold both ends of SOCKETS / 2 connections."""
    holders = [namespace.start(f"{subject.BUILD}/bench/rexmit-connections", "hold",
                               str(SOCKETS // 2 // HOLDERS), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE) for _ in range(HOLDERS)]
    for holder in holders:
        check(holder.stdout.readline() == "holding\n", "cannot make the connections")
    yield
    for holder in holders:
        holder.communicate()


def sweep_ns(rexmit):
    """Returns the CPU time of one sweep. Reading the pinned link starts a sweep."""
    before = time.thread_time_ns()
    with open(f"{rexmit.pins}/sweep", "rb") as file:
        file.read()
    return time.thread_time_ns() - before


def start_ms():
    """Returns the CPU time of a collector's start."""
    with subject.Subject(exporter=False) as rexmit:
        return rexmit.start_ns() / 1e6


class Sample:
    """Bytes and sweep time for each socket, and the CPU time that a start needs more beside them."""

    def __init__(self, namespace, cgroup, sweeps):
        start = start_ms()
        with subject.Subject(launcher=cgroup.enter(), exporter=False) as rexmit:
            without = min(sweep_ns(rexmit) for _ in range(sweeps))
            used = cgroup.used()
            with held(namespace):
                self.new = (cgroup.used() - used) / SOCKETS
                time.sleep(SWEEPS_SECONDS)
                self.old = (cgroup.used() - used) / SOCKETS
                self.visits = [(sweep_ns(rexmit) - without) / SOCKETS for _ in range(sweeps)]
                self.later_start = start_ms() - start


def measure(report, quick):
    rounds, sweeps = (1, 3) if quick else (3, 9)
    report.section(f"Idle connections: {SOCKETS} sockets")
    try:
        cgroup = memory_cgroup.MemoryCgroup()
    except SystemExit:  # MemoryCgroup() skips the test
        report.skip("memory and sweep of a socket", "no cgroup with a memory controller can be made")
        return
    with connections.loopback() as namespace:
        taken = [Sample(namespace, cgroup, sweeps) for _ in range(rounds)]
    report.add("memory of a socket, when it is new", "B", [one.new for one in taken])
    report.add("memory of a socket, after two sweeps", "B", [one.old for one in taken],
               goal="<= 250")
    report.add("a sweep's visit of a socket", "ns", [ns for one in taken for ns in one.visits],
               goal="<= 200")
    report.add("a start beside these sockets: CPU time more", "ms",
               [one.later_start for one in taken])
