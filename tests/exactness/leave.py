#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector leaves nothing in the kernel or the file system, however it ends.

The fdinfo files of the collector's descriptors show the ids of its programs, maps and links. Other
collectors and tools may start and stop at the same time.
"""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402

KINDS = {"prog_id": "prog", "map_id": "map", "link_id": "link"}


def bpf_objects(pid):
    """Returns {(kind, id)} of the process's objects, including the programs of its links."""
    found = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path, encoding="ascii") as file:
                text = file.read()
        except FileNotFoundError:  # the collector has just closed an iterator
            continue
        for key, number in re.findall(r"^(\w+_id):\s*([0-9]+)$", text, re.M):
            if key in KINDS:
                found.add((KINDS[key], number))
    return found


def exists(kind, number):
    return subprocess.run(["bpftool", kind, "show", "id", number], check=False,
                          capture_output=True).returncode == 0


def named(kind, number):
    """Returns the name that bpftool and other tools show."""
    done = subprocess.run(["bpftool", "--json", kind, "show", "id", number], check=False,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def check_names(held):
    """Checks that the name of each program and map contains "rexmit"."""
    programs = [named(kind, number) for kind, number in held if kind == "prog"]
    maps = {str(number) for program in programs for number in program["map_ids"]}
    shown = programs + [named("map", number) for number in maps]
    names = sorted(each["name"] for each in shown)
    check(all("rexmit" in name for name in names), f"names without rexmit: {names}")


def check_end(how, directory, collector, end):
    held = bpf_objects(collector.process.pid)
    check({kind for kind, _ in held} == set(KINDS.values()),
          f"{how}: the collector holds {sorted(held)}")
    check(all(exists(*each) for each in held), f"{how}: bpftool does not find all ids")
    check_names(held)
    end(collector)
    # The kernel frees a program some time after its last use.
    until(f"{how}: the removal of {sorted(held)}",
          lambda: not any(exists(*each) for each in held))
    left = [name for name in os.listdir(directory) if not name.startswith("log-")]
    check(not left, f"{how}: the collector left {left}")
    print(f"ok {how}: {len(held)} objects were removed", flush=True)


def by_signal(number):
    def end(collector):
        collector.running()
        collector.process.send_signal(number)
        collector.process.wait(30)
        check(collector.process.returncode == 0,
              f"ended with status {collector.process.returncode} on signal {number}")
    return end


def alone(how, number):
    directory = pipeline.private_directory()
    check_end(how, directory, pipeline.Collector(directory).wait(), by_signal(number))


def with_exporter_and_traffic():
    directory = pipeline.private_directory()
    collector, exporter = pipeline.start_pair(directory)
    with network.make_pair() as (client, server):
        traffic.listen(server, server.v4)
        server.drop(network.random_loss(5))
        workloads.prepare(client, server)
        traffic.Connector(client, server.v4, seconds=60, parallel=4, bytes=1_000_000)
        until("the first counted retransmission",
              lambda: exporter.scrape().sum("tcp_retransmissions_total", netns=client.inode))
        check_end("SIGTERM under load", directory, collector, by_signal(signal.SIGTERM))
    exporter.stop()


def with_silent_peer():
    """An exporter connects, sends nothing and never reads."""
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory).wait()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
        peer.connect(collector.socket)
        check_end("SIGTERM with a silent peer", directory, collector,
                  by_signal(signal.SIGTERM))


def main():
    need_root_and_namespaces()
    alone("SIGTERM", signal.SIGTERM)
    alone("SIGINT", signal.SIGINT)
    with_exporter_and_traffic()
    with_silent_peer()


run_test(main)
