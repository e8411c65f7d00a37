#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector that starts at its memory limit logs a line.

A collector that reaches the limit later continues to count. It gives storage to no more sockets,
and sends a record for each event of a socket without storage.
"""
import subprocess

import network
import pipeline
import traffic
import workloads
from equation import Equation
from lifetime import check, need_root_and_namespaces, run_test, until
from memory_cgroup import MIB, MemoryCgroup
from pins import pins_directory

PROGRAMS = 8  # traffic programs, each with its maximum of connections
# The collector keeps one MiB free. Storage of all these connections would need more than LITTLE.
LITTLE = MIB + MIB // 8
KEPT = MIB // 2  # the collector also uses memory for other purposes
STORMS_MAX = 5
WARNING = "not enough memory for the storage of more than"
ENOUGH = 1 << 40


def too_little_to_start():
    """The collector logs one line, which names the object that needs memory and gives advice."""
    group = MemoryCgroup()
    group.limit(40 * MIB)
    done = subprocess.run(
        [*group.enter(), pipeline.COLLECTOR, "--socket", f"{pipeline.private_directory()}/c.sock",
         "--user", pipeline.USER, "--ring-bytes", str(64 * MIB)],
        capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 1 and done.stderr.count("\n") == 1, f"{done}")
    for words in ("Cannot allocate memory", "--ring-bytes", "MemoryMax="):
        check(words in done.stderr, done.stderr)


def storm(client, server, group):
    """Makes many connections. Each needs storage in the kernel. Returns the group's highest use."""
    workloads.prepare(client, server)
    listener = traffic.listen(server, server.v4)
    server.drop(network.random_loss(10))
    loads = [traffic.Connector(client, server.v4, count=1000, parallel=1000, bytes=20_000,
                               may_fail=True) for _ in range(PROGRAMS)]
    used = []

    def ended():
        used.append(group.used())
        return all(load.process.poll() is not None for load in loads)
    until("the end of the traffic", ended, 180)
    for load in loads:
        load.finish()
    until("the end of all connections",
          lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)
    listener.terminate()
    listener.wait()
    return max(used)


def start(directory, group, pins):
    return pipeline.Collector(directory, "--pin", pins, launcher=group.enter()).wait()


def wait_for_counters(exporter):
    """Waits until the collector has done all its work of a second, and then sent counters. The first
    counters that arrive may be older."""
    def cpu_s():
        return exporter.scrape().sum("rexmit_collector_cpu_seconds_total")
    for _ in range(2):
        before = cpu_s()
        until("the next counters", lambda before=before: cpu_s() > before)


def no_more_after_the_start():
    """The storage of sockets counts toward the limit. So the collector stops giving storage before
    the limit is reached.
    """
    group, directory, pins = MemoryCgroup(), pipeline.private_directory(), pins_directory()
    surroundings = network.Surroundings()
    with network.make_pair() as (client, server):
        collector = start(directory, group, pins)
        exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
        equation = Equation(surroundings, client=client, server=server)
        wait_for_counters(exporter)  # the first walk over sockets needs more memory
        limit = group.used() + LITTLE
        group.limit(limit)
        wait_for_counters(exporter)
        # In each second new storage may use half of the free memory. A storm that ends before no
        # memory is free is repeated.
        for _ in range(STORMS_MAX):
            used = storm(client, server, group)
            log = collector.log()
            if used > limit - KEPT or WARNING in log or collector.process.poll() is not None:
                break
        check(collector.process.poll() is None and used <= limit - KEPT,
              f"the collector used {used} of {limit} bytes: {log}")
        check(WARNING in log, f"no warning: {log}")
        group.limit(ENOUGH)
        print(f"limit {limit}, used {used}: {equation.settle(exporter.scrape)}")
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 0,
          "the exporter counted a restart of the collector")
    exporter.stop()
    collector.stop()


def main():
    need_root_and_namespaces()
    too_little_to_start()
    no_more_after_the_start()


run_test(main)
