#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts are exact in any order in which the programs start, stop and restart."""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import audit  # noqa: E402
import network  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402
from pipeline import Collector, Exporter  # noqa: E402
from workloads import Workload  # noqa: E402

LOSS = network.random_loss(5)
BULK = Workload(connect={"count": 4, "parallel": 4, "bytes": 4_000_000}, reply=200_000,
                server_drops=[LOSS], client_drops=[LOSS], causes={})


def lose(pair):
    """Loses segments in both directions. Returns how many each side retransmitted."""
    before = [side.counters()["Tcp.RetransSegs"] for side in pair]
    workloads.run(BULK, *pair)
    made = [side.counters()["Tcp.RetransSegs"] - n for side, n in zip(pair, before)]
    check(made[0] > 0, f"the traffic retransmitted nothing: {made}")
    return dict(zip(("client", "server"), made))


def start_exporter(directory):
    return Exporter(directory, *audit.GROUP_BY).wait()


def after_traffic(pair, directory):
    """Retransmissions before the collector's start are not counted."""
    lose(pair)
    Collector(directory).wait()
    exporter = start_exporter(directory).wait_for_collector()
    both = audit.sides(pair, exporter.scrape())
    check(all(not side.causes(exporter.scrape()) for side in both),
          "the collector counted retransmissions before its start")
    lose(pair)
    audit.wait_for_equality(exporter, both)


def open_connections(pair, directory):
    """Connections that are older than the collector count only segments after its start."""
    client, server = pair
    listener = traffic.listen(server, server.v4)
    workloads.drop(BULK, *pair)
    connector = traffic.Connector(client, server.v4, count=4, parallel=4, rounds=2,
                                  bytes=8_000_000)
    connector.wait_for_round(1)
    check(client.counters()["Tcp.RetransSegs"] > 0, "the first round retransmitted nothing")
    Collector(directory).wait()
    exporter = start_exporter(directory).wait_for_collector()
    both = audit.sides(pair, exporter.scrape())
    connector.next_round()
    connector.finish()
    until("the end of all connections", lambda: all(map(workloads.quiet, pair)), 180, 0.1)
    check(both[0].retrans_segs() > 0, "the second round retransmitted nothing")
    audit.wait_for_equality(exporter, both)
    listener.terminate()


def busy_connections(pair, directory):
    """A collector that starts during traffic counts each later segment once."""
    client, server = pair
    traffic.listen(server, server.v4)
    workloads.drop(BULK, *pair)
    connector = traffic.Connector(client, server.v4, seconds=10, parallel=4, bytes=2_000_000)
    until("retransmissions", lambda: client.counters()["Tcp.RetransSegs"] > 100)
    audit.forget_unseen()
    before = client.counters()["Tcp.RetransSegs"]
    Collector(directory).wait()
    after = client.counters()["Tcp.RetransSegs"]
    exporter = start_exporter(directory).wait_for_collector()
    connector.finish()
    until("the end of all connections", lambda: all(map(workloads.quiet, pair)), 180, 0.1)
    end = client.counters()["Tcp.RetransSegs"]
    check(end > after, "nothing was retransmitted after the start")

    audit.wait_for_count(exporter, client, end - after, end - before)


def exporter_first(pair, directory):
    """An exporter without a collector serves, shows that it has none, and connects to a later one.
    """
    exporter = start_exporter(directory)
    exposition = exporter.scrape()
    check(exposition.value("rexmit_collector_up") == 0,
          "rexmit_collector_up is not 0 without a collector")
    both = audit.sides(pair, exposition)
    Collector(directory).wait()
    lose(pair)
    audit.wait_for_equality(exporter, both)
    check(exporter.scrape().value("rexmit_collector_up") == 1,
          "rexmit_collector_up is not 1 with a collector")


def exporter_restart(pair, directory):
    """Segments that are retransmitted while no exporter runs wait in the ring for the next one."""
    Collector(directory).wait()
    exporter = start_exporter(directory).wait_for_collector()
    both = audit.sides(pair, exporter.scrape())
    first = lose(pair)
    audit.wait_for_equality(exporter, both)
    exporter.stop()
    lose(pair)
    exporter = start_exporter(directory).wait_for_collector()
    # The new exporter has an empty table. Only the old exporter's table had the first round.
    audit.wait_for_equality(exporter, both, lambda side: first[side.name])


def collector_restart(pair, directory):
    """The exporter connects to a new collector, whose counts it adds to the old counts."""
    collector = Collector(directory).wait()
    exporter = start_exporter(directory).wait_for_collector()
    both = audit.sides(pair, exporter.scrape())
    lose(pair)
    audit.wait_for_equality(exporter, both)
    collector.stop()
    until("rexmit_collector_up 0", lambda: not exporter.scrape().value("rexmit_collector_up"))
    missed = lose(pair)
    Collector(directory).wait()
    exporter.wait_for_collector()
    lose(pair)
    audit.wait_for_equality(exporter, both, lambda side: missed[side.name])


def both_restarted(pair, directory):
    """Both programs stop, and start in either order. New counts are exact."""
    collector = Collector(directory).wait()
    exporter = start_exporter(directory).wait_for_collector()
    lose(pair)
    for exporter_leads in (True, False):
        order = [exporter, collector] if exporter_leads else [collector, exporter]
        for program in order:
            program.stop()
        if exporter_leads:
            exporter = start_exporter(directory)
        collector = Collector(directory).wait()
        if not exporter_leads:
            exporter = start_exporter(directory)
        exporter.wait_for_collector()
        both = audit.sides(pair, exporter.scrape())
        lose(pair)
        audit.wait_for_equality(exporter, both)


SCENARIOS = {function.__name__: function for function in (
    after_traffic, open_connections, busy_connections, exporter_first, exporter_restart,
    collector_restart, both_restarted)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    options = parser.parse_args()
    need_root_and_namespaces()
    for name in options.scenario or SCENARIOS:
        with network.make_pair() as pair:
            workloads.prepare(*pair)
            SCENARIOS[name](pair, pipeline.private_directory())
        print(f"ok {name}", flush=True)


run_test(main)
