# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Retransmits on a container's loopback. The exposition must have all retransmissions."""
import time
from dataclasses import dataclass

import traffic
from lifetime import check, until
from network import of_host, random_loss

# Drops only segments of the traffic, but no handshakes and no scrapes. If the kernel calls no
# program for a hit, the socket's own count recovers the segment (bpf/).
DROPS = [random_loss(10, f"tcp flags & syn == 0 tcp {end} {traffic.PORT}")
         for end in ("sport", "dport")]
# Under load some kernels skip the program of a tracepoint hit. A count is lost if that happens at a
# socket's start and again later. So one exact attempt suffices here: units that interfere with
# counting would make all attempts inexact. tests/exactness checks exact counts.
ATTEMPTS = 5
# The longest time from a segment to its record: the collector sends counters once a second.
PATIENCE_SECONDS = 15


@dataclass
class Account:
    """Counts of segments retransmitted in the container's namespace."""
    kernel: int     # RetransSegs
    counted: int    # rexmit's count for all namespaces of this scope (host or other)
    in_series: int  # rexmit's count in series with the traffic's address


def kernel_account(machine):
    return machine.namespace.counters()["Tcp.RetransSegs"]


def account(machine):
    exposition, address = machine.scrape(), machine.namespace.v4
    scope = "host" if machine.namespace.inode == of_host() else "other"
    return Account(
        kernel_account(machine),
        int(exposition.sum("rexmit_segments_total", scope=scope)),
        int(sum(exposition.sum("tcp_retransmissions_total", **{end: address})
                for end in ("src_ip", "dst_ip"))))


def retransmit(machine):
    """Makes connections over a lossy loopback. Returns when all have ended."""
    namespace, before = machine.namespace, kernel_account(machine)
    listener = traffic.listen(namespace, namespace.v4)
    namespace.drop(*DROPS)
    traffic.Connector(namespace, namespace.v4, count=200, parallel=20,
                      bytes=20_000, write=1000, may_fail=True).finish()
    listener.terminate()
    listener.wait()
    namespace.drop()
    until("the end of all connections", lambda: quiet(machine), 180, 0.1)
    check(kernel_account(machine) > before + 50, "at most 50 segments were retransmitted")


def quiet(machine):
    """Whether no connection of the traffic can retransmit any more."""
    lines = machine.namespace.run("cat", "/proc/net/tcp").splitlines()[1:]
    port = f":{traffic.PORT:04X}"
    return all(line.split()[3] == "06" for line in lines
               if line.split()[1].endswith(port) or line.split()[2].endswith(port))


def becomes_exact(machine, since):
    """Whether the exposition has every segment that the kernel has counted since `since`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        now = account(machine)
        segments = now.kernel - since.kernel
        if now.counted - since.counted >= segments \
                and now.in_series - since.in_series == segments:
            print(f"exact: {segments} segments", flush=True)
            return True
        if time.monotonic() > deadline:
            print(f"not exact: {since}, {now}", flush=True)
            return False
        time.sleep(0.2)


def check_exact(machine):
    def attempt():
        since = account(machine)
        retransmit(machine)
        return becomes_exact(machine, since)
    check_attempts(attempt)


def check_attempts(attempt):
    check(any(attempt() for _ in range(ATTEMPTS)), f"not exact in any of {ATTEMPTS} attempts")
