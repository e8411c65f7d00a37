#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Every store of a fleet of real programs gets all segments that the exporters receive.

Each exporter has a simulated collector, whose groups change all the time. Prometheus scrapes the
exporters with deploy/prometheus/fleet.yml, records the rules, and writes to VictoriaMetrics.
Another Prometheus federates the first with federation.yml. vmagent scrapes a few exporters. The
strict parser of OpenMetrics reads one exporter. For each host:

    sum(tcp_retransmissions_total) + evicted == the segments sent, in Prometheus and from vmagent
    rexmit_segments_total, and the recorded difference to the kernel's count, in the other two stores
    every sample of the recorded rates in the other stores == Prometheus's sample of that time
"""
import argparse
import math
import os
import sys
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "lib"))

import exposition  # noqa: E402
from fed_hosts import BEFORE, PORT, Host, repeat_totals  # noqa: E402
from lifetime import Failure, check, need_root_and_namespaces, run_test, skip, until  # noqa: E402
from prometheus import Prometheus  # noqa: E402
from stores import Agent, Victoria, federation, fleet, need_stores  # noqa: E402
from usage import Usage, own_metrics  # noqa: E402

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
except ImportError:
    skip("no module prometheus_client (python3-prometheus-client)")

GROUPS, EVICTED = "tcp_retransmissions_total", "rexmit_evicted_segments_total"
LEDGER = "rexmit_segments_total"
AUDIT = "instance:rexmit_kernel_retrans_segments_less_rexmit_segments:sum"
RATES = ("instance_cause_scope:rexmit_segments:rate5m", "instance_dst_ip:tcp_retransmissions:rate5m")
PATIENCE = 600  # seconds; with 100 exporters the rules may need a minute
OF_AGENT = 5  # number of hosts that vmagent scrapes
BY_PROMETHEUS, BY_AGENT = 'agent=""', 'agent="vmagent"'


class Fleet:
    def __init__(self, options):
        self.interval = options.interval
        self.hosts = [Host(number, options.groups, f"{4 * self.interval}s")
                      for number in range(1, options.exporters + 1)]
        self.feed()
        repeat_totals(self.hosts)
        self.store = Victoria()
        self.prometheus = Prometheus(text=fleet(self.hosts, self.interval, self.store)).wait(PATIENCE)
        self.above = Prometheus(text=federation(self.prometheus, self.interval)).wait(PATIENCE)
        self.agent = Agent(self.hosts[:OF_AGENT], self.interval, self.store)

    def feed(self):
        for host in self.hosts:
            host.feed()

    def feed_for(self, seconds):
        """Sends one round during each scrape interval."""
        begin = time.monotonic()
        for after in range(self.interval, seconds + 1, self.interval):
            self.feed()
            time.sleep(max(0, begin + after - time.monotonic()))

    def usages(self):
        exporters = [host.exporter for host in self.hosts]
        appended = "prometheus_tsdb_head_samples_appended_total"
        return [Usage(f"{len(exporters)} exporters", exporters),
                Usage("Prometheus", [self.prometheus], appended),
                Usage("VictoriaMetrics", [self.store], "vm_rows_inserted_total"),
                Usage("Prometheus that federates", [self.above], appended),
                Usage(f"vmagent, {min(OF_AGENT, len(self.hosts))} exporters", [self.agent])]


def by_instance(server, expression):
    return {labels["instance"]: value for labels, value in server.query(expression)}


def check_sums(where, server, expression, expected):
    """Waits until the last scrape, the rules and the transfer have reached the store."""
    have = {}

    def equal():
        have.update(by_instance(server, expression))
        return have == expected
    try:
        until(where, equal, PATIENCE, 0.5)
    except Failure as failure:
        raise Failure(f"{expression} in {failure}: {have}, expected {expected}") from None
    print(f"{where}: {expression} == what was fed, {sum(expected.values()):.0f}", flush=True)


def samples(server, selector):
    """Returns {(series, time in milliseconds): value} of the last minute."""
    series = server.data("query", query=f"{selector}[1m]")["result"]
    return {(tuple(sorted((name, value) for name, value in one["metric"].items() if name != "cluster")),
             round(1000 * float(moment))): float(value)
            for one in series for moment, value in one["values"]}


def check_samples(where, server, origin, selector):
    """Compares the store's samples with Prometheus's. VictoriaMetrics rounds to about 15 digits."""
    stored = until(f"{where}: {selector}", lambda: samples(server, selector), PATIENCE, 0.5)
    originals = samples(origin, selector)
    both = stored.keys() & originals.keys()
    check(both, f"{where}: no sample of {selector} is of the same time")
    for key in both:
        check(math.isclose(stored[key], originals[key], rel_tol=1e-12),
              f"{where}: {key} is {stored[key]}, expected {originals[key]}")
    print(f"{where}: {len(both)} samples of {selector} as recorded", flush=True)


def check_openmetrics(host):
    """The strict parser must find all segments that were sent."""
    connection = exposition.http.client.HTTPConnection(host.address, PORT, timeout=60)
    connection.request("GET", "/metrics",
                       headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    text = connection.getresponse().read().decode()
    check(text.endswith("# EOF\n"), "not OpenMetrics")
    found = sum(sample.value for family in openmetrics(text) for sample in family.samples
                if sample.name in (GROUPS, EVICTED))
    check(found == host.fed, f"OpenMetrics: {found} segments, {host.fed} were fed")
    print(f"OpenMetrics: {found:.0f} segments, as fed", flush=True)


def check_stores(running):
    fed = {host.address: host.fed for host in running.hosts}
    before = {host.address: BEFORE * host.number for host in running.hosts}
    # One selector for both metrics, because all groups of a host may have expired.
    total = f'sum by (instance) ({{__name__=~"{GROUPS}|{EVICTED}"%s}})'
    check_sums("Prometheus", running.prometheus, total % "", fed)
    few = {host.address: host.fed for host in running.hosts[:OF_AGENT]}
    check_sums("vmagent", running.store, total % f",{BY_AGENT}", few)
    stores = (("VictoriaMetrics", running.store, BY_PROMETHEUS), ("federated", running.above, ""))
    for where, server, only in stores:
        check_sums(where, server, f"sum by (instance) ({LEDGER}{{{only}}})", fed)
        check_sums(where, server, f"sum by (instance) ({AUDIT})", before)
        for name in RATES:
            check_samples(where, server, running.prometheus,
                          f'{name}{{instance="{running.hosts[-1].address}"}}')


def print_table(running, usages):
    print("| program | CPU | memory, peak | samples per second |\n| --- | --- | --- | --- |")
    for usage in usages:
        print(usage.row())
    def own(name):
        return own_metrics(running.prometheus, name)
    series, = own("prometheus_tsdb_head_series").values()
    scraped, slowest = (running.prometheus.query(query)[0][1] for query in (
        "sum(scrape_samples_scraped)", "max(scrape_duration_seconds)"))
    rules = max(own("prometheus_rule_group_last_duration_seconds").values())
    print(f"series in Prometheus: {series:,.0f}; samples in a round of scrapes: {scraped:,.0f};",
          f"slowest scrape: {slowest:.2f} s; slowest group of rules: {rules:.2f} s", flush=True)


def own_network_namespace():
    """Restarts this program in a new network namespace, where the exporters' port is not in use."""
    need_root_and_namespaces()
    if "REXMIT_UNSHARED" not in os.environ:
        os.environ["REXMIT_UNSHARED"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"',
                              "sh", sys.executable, *sys.argv])


def main():
    need_stores()
    own_network_namespace()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exporters", type=int, default=5)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=3, help="interval of scrapes, in seconds")
    parser.add_argument("--for", type=int, default=9, dest="seconds")
    options = parser.parse_args()
    running = Fleet(options)
    usages = running.usages()
    running.feed_for(options.seconds)
    print_table(running, usages)
    check_stores(running)
    check_openmetrics(running.hosts[0])


run_test(main)
