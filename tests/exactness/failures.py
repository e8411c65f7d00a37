#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""An attempt to retransmit that the host refuses is counted by errno, if the tracepoint has it.

It does if its record in tracefs has the field ("tcp: trace retransmit failures in
tcp_retransmit_skb"). The kernel's own count is TCPRetransFail.
"""
import subprocess

import network
import pipeline
import traffic
from lifetime import check, need_root_and_namespaces, run_test, skip, until

# Where tracefs is not mounted, mounts it for this command alone.
FORMAT = ("mountpoint -q /sys/kernel/tracing || "
          "mount -t tracefs tracefs /sys/kernel/tracing || exit; "
          "cat /sys/kernel/tracing/events/tcp/tcp_retransmit_skb/format")


def tracepoint_tells():
    shown = subprocess.run(["unshare", "--mount", "sh", "-c", FORMAT], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    if shown.returncode:
        skip(f"tracefs does not show the tracepoint: {shown.stderr.strip()}")
    return "field:int err;" in shown.stdout


def failures(exporter):
    return exporter.scrape().sum("rexmit_retransmit_failures_total", errno="EPERM")


def main():
    need_root_and_namespaces()
    tells = tracepoint_tells()
    _, exporter = pipeline.start_pair()
    before = failures(exporter)
    with network.make_pair() as (client, server):
        client.sysctl(tcp_syn_retries=2)
        client.drop("tcp flags syn", hook="output")  # which the firewall answers with EPERM
        traffic.Connector(client, server.v4, may_fail=True).finish()
        refused = client.counters()["TcpExt.TCPRetransFail"]
    check(refused > 0, "the kernel refused nothing")
    expected = refused if tells else 0
    until(f"{expected} failures", lambda: failures(exporter) - before >= expected)
    counted = failures(exporter) - before
    print(f"the tracepoint {'tells' if tells else 'does not tell'}; "
          f"TCPRetransFail {refused}, counted {counted:.0f}")
    check(counted == expected, f"not {expected}")


run_test(main)
