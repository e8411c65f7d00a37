#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A running Prometheus has the kernel's counts.

Two network namespaces lose segments. Prometheus scrapes the exporter with the configuration of
monitoring/prometheus.yml. Its HTTP API must return:

    tcp_retransmissions_total of the peer == RetransSegs of the namespace
    the peer's ratio, retransmitted / sent, == RetransSegs / OutSegs, within 1 %
    the host's kernel counters == /proc/1/net/snmp, and the ratio of their rates

The host's own interfaces may lose nothing. Then the host's ratio is 0.
"""
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "lib"))
sys.path.insert(0, str(TREE / "tests" / "exactness"))

import network  # noqa: E402
import pipeline  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, command, need_root_and_namespaces, run_test, until  # noqa: E402
from prometheus import CONFIG, Prometheus, need_prometheus  # noqa: E402

RETRANS, OUT = "rexmit_kernel_retrans_segments_total", "rexmit_kernel_out_segments_total"
WINDOW = "10s"
WORKLOAD = workloads.WORKLOADS["bulk"]


def host_counters():
    """Returns (RetransSegs, OutSegs) of PID 1's network namespace."""
    with open("/proc/1/net/snmp", encoding="ascii") as file:
        names, values = (line.split() for line in file if line.startswith("Tcp:"))
    tcp = dict(zip(names, values))
    return int(tcp["RetransSegs"]), int(tcp["OutSegs"])


def check_host(prometheus):
    """Compares both counters with the kernel's, and the ratio of their rates with that of their
    increases.
    """
    before = host_counters()

    def caught_up():
        found = [prometheus.query(name) for name in (RETRANS, OUT)]
        if not all(found):
            return None
        values = [samples[0][1] for samples in found]
        return values if all(v >= b for v, b in zip(values, before)) else None
    values = until("the host's counters", caught_up)
    check(all(v <= now for v, now in zip(values, host_counters())),
          f"{RETRANS}, {OUT} {values}: the kernel has {host_counters()}")

    def ratio():
        """Queries both values for the same past time, so that no scrape comes between them."""
        moment = {"time": prometheus.query("time()")[0][1]}
        rises = [prometheus.rise(name, WINDOW, **moment) for name in (RETRANS, OUT)]
        samples = prometheus.query(f"rate({RETRANS}[{WINDOW}]) / rate({OUT}[{WINDOW}])", **moment)
        return rises[1] and samples and (samples[0][1], rises)
    found, (retrans, out) = until("a ratio of rates", ratio)
    check(abs(found - retrans / out) < 1e-9, f"ratio {found}, expected {retrans}/{out}")
    print(f"host: {retrans:.0f} of {out:.0f} segments retransmitted in {WINDOW}, ratio {found}")


def check_peer(prometheus, client, server):
    peer = f'{{src_ip="{client.v4}",dst_ip="{server.v4}"}}'
    counted = f"sum(tcp_retransmissions_total{peer})"
    kernel = client.counters()
    retrans, out = kernel["Tcp.RetransSegs"], kernel["Tcp.OutSegs"]
    check(retrans > 0, "nothing was retransmitted")

    def equal():
        samples = prometheus.query(counted)
        check(not samples or samples[0][1] <= retrans,
              f"{counted} is {samples}, expected {retrans}")
        return samples and samples[0][1] == retrans
    until(f"{counted} == {retrans}", equal, every=0.2)
    expected = retrans / out

    def ratio():
        samples = prometheus.query(f"{counted} / sum(tcp_segments_sent_total{peer})")
        return samples and abs(samples[0][1] / expected - 1) < 0.01 and samples[0][1]
    found = until(f"a ratio of {expected}", ratio, every=0.2)
    print(f"peer: {retrans} of {out} segments retransmitted, ratio {found}")


def main():
    need_root_and_namespaces()
    need_prometheus()
    command("promtool", "check", "config", str(CONFIG))
    _, exporter = pipeline.start_pair(exporter_flags=())
    prometheus = Prometheus(exporter.port, TREE.glob("monitoring/rules/*.yml")).wait()
    with network.make_pair() as (client, server):
        workloads.prepare(client, server)
        workloads.run(WORKLOAD, client, server)
        check_peer(prometheus, client, server)
    check_host(prometheus)
    exporter.scrape()


run_test(main)
