#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Retransmissions that the host refuses are counted by errno, if the tracepoint has the errno. Others
are not counted.

A connection with such retransmissions only has the cause `syn`, though no tracepoint fires for them
before Linux 6.17. consequences.py runs this test on earlier kernels.

The tracepoint has the errno if its format in tracefs has a field `err` (kernel commit "tcp: trace
retransmit failures in tcp_retransmit_skb"). The kernel's own count is TCPRetransFail.
"""
import contextlib
import subprocess

import audit
import network
import pipeline
import traffic
from lifetime import Failure, check, need_root_and_namespaces, run_test, skip, until

METRIC = "rexmit_retransmit_failures_total"
CONNECTIONS = 20
TRIES = 5  # other tests may make failures in their namespaces, and the kernel may skip programs

# Mounts tracefs for this command only, if it is not mounted.
FORMAT = ("mountpoint -q /sys/kernel/tracing || "
          "mount -t tracefs tracefs /sys/kernel/tracing || exit; "
          "cat /sys/kernel/tracing/events/tcp/tcp_retransmit_skb/format")


def tracepoint_has_error():
    shown = subprocess.run(["unshare", "--mount", "sh", "-c", FORMAT], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    if shown.returncode:
        skip(f"cannot read the tracepoint's format: {shown.stderr.strip()}")
    return "field:int err;" in shown.stdout


def failures(exporter):
    """Returns the numbers of failures with EPERM, and of those without an errno."""
    exposition = exporter.scrape()
    return exposition.sum(METRIC, errno="EPERM"), exposition.sum(METRIC, errno="XMIT_DROP")


def is_exact(exporter, has_error):
    """Whether as many failures were counted as this namespace has. Others add theirs."""
    before = failures(exporter)
    with network.make_pair() as (client, server):
        client.repeat_syns(1)
        server.drop("tcp flags syn")  # the retransmissions do not fail
        traffic.Connector(client, server.v4, may_fail=True).finish()
        client.drop("tcp flags syn", hook="output")  # the sender gets EPERM
        traffic.Connector(client, server.v4, may_fail=True).finish()
        refused = client.counters()["TcpExt.TCPRetransFail"]
    check(refused > 0, "the kernel counted no failure")
    expected = refused if has_error else 0
    with contextlib.suppress(Failure):  # the kernel may skip the program
        until(f"{expected} failures", lambda: failures(exporter)[0] - before[0] >= expected, 10)
    counted, others = (now - then for now, then in zip(failures(exporter), before))
    print(f"the tracepoint has {'an' if has_error else 'no'} error; TCPRetransFail {refused}, "
          f"counted {counted:.0f}, and {others:.0f} without an errno", flush=True)
    return (counted, others) == (expected, 0)


def check_cause(exporter):
    """The SYNs arrive, and this host refuses all later ones. Repeated SYN-ACKs end the handshakes.

    Both ends have the same timer. If a SYN-ACK is repeated first, its connection repeats no SYN.
    """
    with network.make_pair() as (client, server):
        both = audit.sides((client, server), exporter.scrape())
        traffic.listen(server, server.v4)
        client.drop(network.numbered(CONNECTIONS + 1, 1000, "tcp flags syn"), hook="output")
        client.drop(network.numbered(1, CONNECTIONS, "tcp flags syn"))
        traffic.Connector(client, server.v4, count=CONNECTIONS, parallel=CONNECTIONS).finish()
        causes = both[0].causes(audit.wait_for_equality(exporter, both))
    print(f"refused SYNs of {CONNECTIONS} connections: {causes}", flush=True)
    check(causes.keys() == {"syn"} or both[0].unseen, f"the causes are {causes}")


def main():
    need_root_and_namespaces()
    has_error = tracepoint_has_error()
    _, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
    check(any(is_exact(exporter, has_error) for _ in range(TRIES)),
          f"another number in each of {TRIES} tries")
    check_cause(exporter)


if __name__ == "__main__":
    run_test(main)
