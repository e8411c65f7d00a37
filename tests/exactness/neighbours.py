#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Other tools attach to the same tracepoints and detach again. Counts stay exact.

The tools are an ftrace instance, bpftrace (if installed) and another collector. Each tool attaches
and detaches repeatedly during retransmissions, and prints a line each time.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import audit  # noqa: E402
import network  # noqa: E402
import pipeline  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, stop  # noqa: E402

VISITS = 5  # minimum for each tool during the traffic

# Mounts tracefs for this tool only, if it is not mounted. The ftrace instance has its own buffer.
FTRACE = """
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || exit 77
instance=/sys/kernel/tracing/instances/rexmit-$$
mkdir $instance || exit 77
leave() { echo 0 >$instance/events/tcp/enable; rmdir $instance; exit 0; }
trap leave TERM
while :; do
    echo 1 >$instance/events/tcp/enable
    sleep 0.05
    echo 0 >$instance/events/tcp/enable
    echo visit
done
"""
BPFTRACE = """
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || exit 77
trap 'kill -INT $! 2>/dev/null; wait; exit 0' TERM
while :; do
    bpftrace -e 'tracepoint:tcp:tcp_retransmit_skb { @ = count(); }
                 tracepoint:tcp:tcp_retransmit_synack { @ = count(); }
                 interval:ms:300 { exit(); }' >/dev/null 2>&1 &
    wait $! && echo visit
done
"""
COLLECTOR = f"""
trap 'kill $! 2>/dev/null; wait; exit 0' TERM
while :; do
    {pipeline.COLLECTOR} --socket $1/collector.sock --user {pipeline.USER} \\
        --allow-user {pipeline.USER} 2>$1/log &
    until grep -q ': counting ' $1/log; do kill -0 $! || exit 1; sleep 0.05; done
    sleep 0.1
    kill $!
    wait $! && echo visit
done
"""


class Neighbour:
    def __init__(self, name, script):
        self.name = name
        directory = pipeline.private_directory()
        self._visits = f"{directory}/visits"
        with open(self._visits, "w", encoding="ascii") as log:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "setpriv", "--pdeathsig", "TERM", "sh", "-c", script,
                 name, directory],
                stdin=subprocess.DEVNULL, stdout=log)
        on_exit(stop, self._process)

    def visits(self):
        check(self._process.poll() is None,
              f"{self.name} ended with status {self._process.returncode}")
        return os.path.getsize(self._visits) // len("visit\n")


def main():
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
    neighbours = [Neighbour("ftrace", FTRACE), Neighbour("collector", COLLECTOR)]
    if shutil.which("bpftrace"):
        neighbours.append(Neighbour("bpftrace", BPFTRACE))
    workload = workloads.WORKLOADS["ipv6"]
    with network.make_pair() as pair:
        workloads.prepare(*pair)
        both = audit.sides(pair, exporter.scrape())
        runs = 0
        while runs < 3 or min(neighbour.visits() for neighbour in neighbours) < VISITS:
            workloads.run(workload, *pair)
            runs += 1
        exposition = audit.wait_for_equality(exporter, both)
        for side in both:
            audit.check_causes(side, side.causes(exposition), bulk=True, allow_unknown=True)
        print(f"{runs} runs, {[side.retrans_segs() for side in both]} segments; visits:",
              *(f"{neighbour.name} {neighbour.visits()}" for neighbour in neighbours))


run_test(main)
