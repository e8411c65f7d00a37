#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs chaos for hours with most features.

Counts must stay exact, no process may grow, and explained.py must list each log line. Two pairs of
programs watch the same traffic. The test restarts only the exporter of one pair, and only the
collector of the other. So one instance of each program runs to the end. See README.md.
"""
import argparse
import ipaddress
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import explained  # noqa: E402
import network  # noqa: E402
import operations  # noqa: E402
from counters import Counters  # noqa: E402
from equation import Equation  # noqa: E402
from evictions import EvictingCounters, EvictingEquation  # noqa: E402
from ground import Ground  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, stop  # noqa: E402
from samples import Samples  # noqa: E402
from secured import Secured  # noqa: E402
from subject import BY_PORT  # noqa: E402
from surroundings import Surroundings  # noqa: E402
from web_config import authorization, need_web_config  # noqa: E402

READERS = Path(__file__).with_name("event_readers.py")
API = Path(__file__).resolve().parents[2] / "docs/api.md"
# A small limit and a short idle time, so that groups are created and removed all the time.
CHURN = ("--group-by", "dst_ip,dst_port,cause,cgroup,dst_network", "--max-series", "200",
         "--idle-expiry", "10")
REPORT_S = 600  # interval of the reports on trends


def others_than(namespaces):
    """Yields all networks except those of the two namespaces, for --ignore.

    Evicted counts have no namespace. So the exporter must not count other namespaces at all.
    """
    client = namespaces[0]
    for everything, own in (("0.0.0.0/0", f"{client.v4}/24"), ("::/0", f"{client.v6}/32")):
        own = ipaddress.ip_network(own, strict=False)
        yield from map(str, ipaddress.ip_network(everything).address_exclude(own))


class Pair(Secured):
    """`ends` is the program that the test restarts. The pair's other program runs to the end."""

    most_readers = 0  # of /events, in any exposition

    def __init__(self, ends, equation, *arguments):
        super().__init__(*arguments)
        self.ends, self.equation = ends, equation
        self.samples = Samples(self, {"collector": "exporter", "exporter": "collector"}[ends])
        self.operations = (*operations.ENDS[ends], *operations.DISTURBS)

    def look(self):
        now = super().look()
        if now:
            self.most_readers = max(self.most_readers, now.sum("rexmit_event_readers"))
        return now


def readers_limit():
    """Returns the documented number of clients that may read /events at the same time."""
    text = API.read_text(encoding="utf-8")
    return int(re.search(r"^- At most (\d+) clients read at the same time", text, re.M)[1])


class Readers:
    """The clients of /events. The exporter that serves them runs to the end."""

    def __init__(self, pair, count):
        self.pair, self.count, self.limit = pair, count, readers_limit()
        self.process = subprocess.Popen(
            [sys.executable, READERS, str(pair.exporter.port), pair.web.ca, str(count), authorization()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        on_exit(stop, self.process)

    def end(self):
        check(self.process.poll() is None, "the readers of /events have ended")
        self.process.terminate()
        output = self.process.communicate(timeout=60)[0].strip()
        print(f"readers of /events, by status and lines: {output}; "
              f"{self.pair.most_readers:.0f} at the same time", flush=True)
        check(self.process.returncode == 0, "the readers of /events failed")
        self._judge(json.loads(output))

    def _judge(self, counts):
        """Checks that the exporter served as many clients as it may, and refused the others.

        On a busy host a client may send its request so late that it gets 408.
        """
        wanted = min(self.limit, self.count)
        statuses = {name for name in counts if name.isdigit()} - {"408"}
        check(self.pair.most_readers == wanted,
              f"{self.pair.most_readers:.0f} readers of /events at the same time, expected {wanted}")
        check(statuses == ({"200", "503"} if self.count > self.limit else {"200"}),
              f"/events was answered with {statuses}")
        check(counts["silent"] == 0, f"{counts['silent']} long readers received no event")


def disturb(pairs, surroundings, choose, seconds):
    """Runs random operations. Returns how many."""
    begin, done = time.monotonic(), 0
    report = begin + REPORT_S
    while time.monotonic() < begin + seconds:
        pair = choose.choice(pairs)
        operation = choose.choice((*pair.operations, *surroundings.operations()))
        said = operation(pair, choose)
        print(f"{time.monotonic() - begin:7.2f} {pair.name} {operation.__name__} {said}", flush=True)
        done += 1
        pair.look()
        for each in pairs:
            each.samples.take()
            each.equation.witness.note()
        if time.monotonic() >= report:
            report += REPORT_S
            for each in pairs:
                each.samples.report()
    return done


def start(namespaces, ring_bytes):
    """Starts both pairs. The test restarts the first pair's exporter and the second pair's
    collector.
    """
    client, server = namespaces
    ignored = ("--ignore", ",".join(others_than(namespaces)))
    return [Pair("exporter", Equation(client=client, server=server),
                 "mortal-exporter", 4 << 20, Counters(), *BY_PORT),
            Pair("collector", EvictingEquation(client=client, server=server),
                 "mortal-collector", ring_bytes, EvictingCounters("dst_ip"), *CHURN, *ignored)]


def soak(namespaces, options, choose):
    pairs = start(namespaces, options.ring_bytes)
    at_rest = [pair.samples.descriptors_at_rest() for pair in pairs]
    surroundings = Surroundings(namespaces)
    ground = Ground(namespaces, options.seconds, options.bulk, options.short)
    readers = Readers(pairs[1], options.readers)
    done = disturb(pairs, surroundings, choose, options.seconds)
    readers.end()
    surroundings.end()
    ground.end()
    for pair, before in zip(pairs, at_rest):
        print(f"{pair.name}: {pair.equation.settle(pair.look)}", flush=True)
        pair.check_stream()
        pair.wrong_password("at the end")
        pair.samples.check_descriptors(before)
    print(f"{done} operations, {sum(pair.counters.scrapes for pair in pairs)} scrapes in "
          f"{options.seconds} s", flush=True)
    return pairs


def explain(pairs):
    """Returns a text for each log line that explained.py does not list."""
    faults = []
    for pair in pairs:
        for who in explained.LINES:
            log = "".join(program.log() for kind, program in pair.programs if kind == who)
            lines = explained.lines_of(who, pair.ends)
            counts, rest = explained.explain(who, lines, log)
            faults += [f"{pair.name}: a line without an explanation: {line}" for line in rest]
            for pattern, count in counts.items():
                print(f"{pair.name}, {who}: {count} times {pattern}: {lines[pattern]}")
    return faults


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=30, dest="seconds")
    parser.add_argument("--readers", type=int, default=100, help="clients of /events, at least 1")
    parser.add_argument("--ring-bytes", type=int, default=1 << 16,
                        help="ring of the collector that restarts; the default is often full")
    parser.add_argument("--bulk", type=int, default=4, help="connections with much data at a time")
    parser.add_argument("--short", type=int, default=8, help="short connections at a time")
    options = parser.parse_args()
    if options.readers < 1:
        parser.error("--readers is at least 1")
    return options


def main():
    options = parse()
    need_root_and_namespaces()
    need_web_config()
    print(f"seed {options.seed}, {options.seconds} s", flush=True)
    with network.make_pair() as namespaces:
        pairs = soak(namespaces, options, random.Random(options.seed))
        for pair in pairs:
            pair.exporter.stop()
            pair.collector.stop()
    faults = [f"it grows: {text}" for pair in pairs for text in pair.samples.report()]
    faults += explain(pairs)
    check(not faults, "; ".join(faults))
    print(f"seed {options.seed}: passed")


run_test(main)
