#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Retransmissions that the host refuses are counted by errno, if the tracepoint has the errno.

The tracepoint has the errno if its format in tracefs has a field `err` (kernel commit "tcp: trace
retransmit failures in tcp_retransmit_skb"). The kernel's own count is TCPRetransFail.
"""
import subprocess

import network
import pipeline
import traffic
from lifetime import check, need_root_and_namespaces, run_test, skip, until

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
    return exporter.scrape().sum("rexmit_retransmit_failures_total", errno="EPERM")


def main():
    need_root_and_namespaces()
    has_error = tracepoint_has_error()
    _, exporter = pipeline.start_pair()
    before = failures(exporter)
    with network.make_pair() as (client, server):
        client.sysctl(tcp_syn_retries=2)
        client.drop("tcp flags syn", hook="output")  # the sender gets EPERM
        traffic.Connector(client, server.v4, may_fail=True).finish()
        refused = client.counters()["TcpExt.TCPRetransFail"]
    check(refused > 0, "the kernel counted no failure")
    expected = refused if has_error else 0
    until(f"{expected} failures", lambda: failures(exporter) - before >= expected)
    counted = failures(exporter) - before
    print(f"the tracepoint has {'an' if has_error else 'no'} error; "
          f"TCPRetransFail {refused}, counted {counted:.0f}")
    check(counted == expected, f"expected {expected}, counted {counted:.0f}")


run_test(main)
