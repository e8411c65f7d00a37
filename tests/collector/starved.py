#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs the collector without free descriptors, with slow or busy clients, or with a blocked log."""
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

SPIN = 0.2          # in CPUs; a loop around a failing accept(2) would use a whole one
CONNECTIONS = 1000
SYNACK = 2          # the cause of a retransmitted SYN-ACK
EVENTS = 4000       # more than the socket's buffer holds with 256 events in a packet


def tightest_collector():
    """Returns a collector that has descriptors for only one connection."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    pid = collector.process.pid
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = (number for number in itertools.count() if number not in used)
    _connection, limit = itertools.islice(free, 2)
    command(*pipeline.AS_USER, "prlimit", f"--pid={pid}", f"--nofile={limit}")
    return collector


def starts_without_descriptors():
    """The collector cannot open /dev/null in place of a closed standard stream."""
    done = subprocess.run(["sh", "-c", 'exec "$@" <&- >&-', "sh", "prlimit", "--nofile=1:1024",
                           pipeline.COLLECTOR],
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    check(done.returncode == 1, f"status {done.returncode}")
    check(done.stderr == "rexmit-collector: cannot open /dev/null for a standard stream: Too many "
          "open files\n", done.stderr)


def cpu_share(follower, packets):
    """Returns the share of one CPU that the collector uses while it sends `packets` packets.

    It sends one a second, but on a busy machine this test may receive several at once.
    """
    samples = []
    while len(samples) <= packets:
        records = follower.read()
        check(records, "the collector closed the connection")
        samples += [(r.value / 1e9, time.monotonic()) for r in records
                    if r.type == wire.COUNTER and r.id == wire.CPU_NS]
    (cpu, begin), (cpu_later, end) = samples[0], samples[-1]
    return (cpu_later - cpu) / max(end - begin, packets)


def without_files():
    """Without free descriptors the collector serves its client and does not spin. Later it accepts
    the waiting client.
    """
    collector = tightest_collector()
    with Follower(collector.socket, Account()) as follower:
        waiting = wire.Client(collector.socket)
        until("a failing accept(2)", lambda: "cannot accept a connection" in collector.log())
        share = cpu_share(follower, 3)
    print(f"without files: {share:.4f} of a CPU")
    check(share < SPIN, f"{share:.2f} of a CPU while accept(2) fails")
    with waiting:
        check(waiting.resume().type == wire.HELLO, "the waiting client was never served")
    collector.stop()


def make_events(client, server):
    """Makes the client retransmit at least EVENTS SYNs. Returns the number."""
    client.sysctl(tcp_syn_retries=1)
    server.drop("tcp flags syn")
    while client.counters()["Tcp.RetransSegs"] < EVENTS:
        traffic.Connector(client, server.v4, count=CONNECTIONS, parallel=CONNECTIONS,
                          may_fail=True).finish()
    return client.counters()["Tcp.RetransSegs"]


def always_behind(client, server):
    """A slow exporter gets counters before all waiting events."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    account = Account()
    with Follower(collector.socket, account):
        pass
    expected = make_events(client, server)
    early = None  # number of segments that arrived before the counters
    with Follower(collector.socket, account) as follower:
        time.sleep(5)  # the counters are due while the socket is full
        while account.segments(client.inode) < expected:
            records = follower.read()
            follower.acknowledge()
            if early is None and any(r.type == wire.COUNTER for r in records):
                early = account.segments(client.inode)
    print(f"always behind: counters after {early} of {expected} segments")
    check(early is not None and early < expected, "no counters before the last event")
    collector.stop()


def is_accounted_for(counters, received, expected):
    """Whether the collector counted the expected segments, and each was received or deferred."""
    counted = sum(value for (kind, _, _), value in counters.items() if kind == wire.SEGMENTS)
    # Other namespaces may retransmit SYN-ACKs. No socket exists that could store their deferral.
    lost = counters.get((wire.UNATTRIBUTED, SYNACK, 0), 0)
    return counted >= expected and received > 0 \
        and counted - lost - received == counters[wire.DEFERRALS, 0, 0]


def deferred_once(client, server):
    """A segment that does not fit into the ring counts as deferred once, even if its report is
    tried many times.
    """
    collector = pipeline.Collector(pipeline.private_directory(), "--ring-bytes", "4096").wait()
    account = Account()
    with Follower(collector.socket, account) as follower:
        expected = make_events(client, server)
        received = 0

        def is_complete():
            nonlocal received
            received += sum(r.segments for r in follower.read() if r.type == wire.EVENT)
            return is_accounted_for(account.counters, received, expected)
        until("each segment to be received or counted as deferred", is_complete)
        print(f"deferred once: {received} segments in the ring, "
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
    """SIGTERM ends the collector while a client floods it with acknowledgements."""
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    flood = subprocess.Popen([sys.executable, "-c", FLOOD, collector.socket],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    on_exit(stop, flood)
    check(flood.stdout.readline() == b"flooding\n", "the flood did not start")
    collector.stop()


def unread_log():
    """The collector continues to serve after refused clients have filled a log that no process
    reads."""
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
                    check(stranger.is_closed(),
                          "the collector did not close a second client's connection")
            for _ in range(3):
                check(follower.read(), "the collector closed the connection")
        check(stop(collector) == 0, f"status {collector.returncode} while the log was blocked")


def main():
    need_root_and_namespaces()
    starts_without_descriptors()
    without_files()
    unread_log()
    with network.make_pair() as (client, server):
        always_behind(client, server)
    with network.make_pair() as (client, server):
        deferred_once(client, server)
    flooded()


run_test(main)
