#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector without file descriptors, without a reader of its log, with a slow exporter, or
under constant load."""
import itertools
import os
import subprocess
import sys
import time

import network
import pipeline
import traffic
import wire
from account import Account, Follower
from full_pipe import full_pipe
from lifetime import check, command, need_root_and_namespaces, on_exit, run_test, stop, until

SPIN = 0.2          # of one CPU: a loop around a failing accept(2) uses a whole one
CONNECTIONS = 1000
SYNACK = 2          # its cause
EVENTS = 4000       # more than a socket holds in packets of 256


def tightest_collector():
    """A collector with just enough file descriptors for itself and one connection."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    pid = collector.process.pid
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = (number for number in itertools.count() if number not in used)
    next(free)  # the connection's
    command(*pipeline.AS_USER, "prlimit", f"--pid={pid}", f"--nofile={next(free)}")
    return collector


def cpu_share(follower, packets):
    """Share of one CPU that the collector uses during that many packets of counters."""
    samples = []
    while len(samples) <= packets:
        records = follower.read()
        check(records, "the collector closed the connection")
        samples += [(r.value / 1e9, time.monotonic()) for r in records
                    if r.type == wire.COUNTER and r.id == wire.CPU_NS]
    (cpu, begin), (cpu_later, end) = samples[0], samples[-1]
    return (cpu_later - cpu) / (end - begin)


def without_files():
    """It keeps serving, does not spin, and later accepts the connection that had to wait."""
    collector = tightest_collector()
    with Follower(collector.socket, Account()) as follower:
        waiting = wire.Client(collector.socket)
        until("a failing accept(2)", lambda: "cannot accept a connection" in collector.log())
        share = cpu_share(follower, 3)
    print(f"without files: {share:.4f} of a CPU")
    check(share < SPIN, f"{share:.2f} of a CPU while accept(2) fails")
    with waiting:
        check(waiting.resume().type == wire.HELLO, "not served in the end")
    collector.stop()


def make_events(client, server):
    """Unanswered connection requests use no CPU."""
    client.sysctl(tcp_syn_retries=1)
    server.drop("tcp flags syn")
    while client.counters()["Tcp.RetransSegs"] < EVENTS:
        traffic.Connector(client, server.v4, count=CONNECTIONS, parallel=CONNECTIONS,
                          may_fail=True).finish()
    return client.counters()["Tcp.RetransSegs"]


def always_behind(client, server):
    """A slow exporter receives the counters before the events that wait for it."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    account = Account()
    with Follower(collector.socket, account):
        pass
    expected = make_events(client, server)
    told = None
    with Follower(collector.socket, account) as follower:
        time.sleep(5)  # the counters become due while the socket is full
        while account.segments(client.inode) < expected:
            records = follower.read()
            follower.acknowledge()
            if told is None and any(r.type == wire.COUNTER for r in records):
                told = account.segments(client.inode)
    print(f"always behind: counters after {told} of {expected} segments")
    check(told is not None and told < expected, "no counters before the last event")
    collector.stop()


def put_off_once(client, server):
    """Segments that do not fit count as one deferral, however often the collector retries."""
    collector = pipeline.Collector(pipeline.private_directory(), "--ring-bytes", "4096").wait()
    account = Account()
    with Follower(collector.socket, account) as follower:
        expected = make_events(client, server)
        in_ring = 0

        def counted():
            nonlocal in_ring
            in_ring += sum(r.segments for r in follower.read() if r.type == wire.EVENT)
            value = account.counters
            counted = sum(n for (kind, _, _), n in value.items() if kind == wire.SEGMENTS)
            lost = value.get((wire.UNATTRIBUTED, SYNACK, 0), 0)  # no socket to wait in
            return counted >= expected and in_ring > 0 \
                and counted - lost - in_ring == value[wire.DEFERRALS, 0, 0]
        until("each segment to be in the ring or a deferral", counted)
        print(f"put off once: {in_ring} segments in the ring, "
              f"{account.counters[wire.DEFERRALS, 0, 0]} not")
    collector.stop()


FLOOD = """
import sys, wire
client = wire.Client(sys.argv[1])
packet = wire.ack(client.resume().position)
print("flooding", flush=True)
while True:
    client.send(packet)
"""


def flooded():
    """A signal ends it, however busy it is."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    flood = subprocess.Popen([sys.executable, "-c", FLOOD, collector.socket],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    on_exit(stop, flood)
    check(flood.stdout.readline() == b"flooding\n", "no flood")
    collector.stop()


def unread_log():
    """Strangers cause many log lines that nothing reads, and it keeps serving."""
    path = f"{pipeline.private_directory()}/collector.sock"
    with full_pipe() as log:
        collector = subprocess.Popen(
            [pipeline.COLLECTOR, "--socket", path, "--user", pipeline.USER, *pipeline.ROOM],
            stderr=log)
        on_exit(stop, collector)
        until("the socket", lambda: os.path.exists(path))
        with Follower(path, Account()) as follower:
            for _ in range(100):
                with wire.Client(path) as stranger:
                    check(stranger.is_closed(), "a stranger is not told that it is busy")
            for _ in range(3):
                check(follower.read(), "the collector closed the connection")
        check(stop(collector) == 0, f"status {collector.returncode} beside a blocked log")


def main():
    need_root_and_namespaces()
    without_files()
    unread_log()
    with network.make_pair() as (client, server):
        always_behind(client, server)
    with network.make_pair() as (client, server):
        put_off_once(client, server)
    flooded()


run_test(main)
