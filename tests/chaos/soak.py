#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Chaos for hours with everything on: counts stay exact, nothing grows, and each log line is explained.

Two pairs of programs watch the same traffic. Of one pair only the exporter ends, of the other only the
collector. So each of the two programs has an instance that lives from start to end, sees each end of
its peer, and of which one line through all samples shows whether it grows. See README.md.
"""
import argparse
import ipaddress
import random
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import explained  # noqa: E402
import network  # noqa: E402
import operations  # noqa: E402
import pipeline  # noqa: E402
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
# Few series, which are removed soon: groups come and go all the time.
CHURN = ("--group-by", "dst_ip,dst_port,cause,cgroup,dst_network", "--max-series", "200",
         "--idle-expiry", "10")
REPORT_S = 600  # trends so far


def others_than(namespaces):
    """The networks of all addresses except those of both namespaces, for --ignore: evicted groups
    have no namespace, so the exporter could not tell theirs from others."""
    client = namespaces[0]
    for everything, own in (("0.0.0.0/0", f"{client.v4}/24"), ("::/0", f"{client.v6}/32")):
        own = ipaddress.ip_network(own, strict=False)
        yield from map(str, ipaddress.ip_network(everything).address_exclude(own))


class Pair(Secured):
    """`ends`: the program that ends and starts again. The other one lives from start to end."""

    def __init__(self, ends, equation, *arguments):
        super().__init__(*arguments)
        self.ends, self.equation = ends, equation
        self.samples = Samples(self, {"collector": "exporter", "exporter": "collector"}[ends])
        self.operations = (*operations.ENDS[ends], *operations.DISTURBS)

    def check_stream(self):
        exposition = self.must_look()
        check(exposition.sum("rexmit_collector_restarts_total") == 0, "another instance was seen")
        check(exposition.sum("rexmit_stream_gaps_total") == 0, "a gap in the stream")


class Readers:
    """The clients of /events of an exporter that lives from start to end."""

    def __init__(self, pair, count):
        self.process = subprocess.Popen(
            [sys.executable, READERS, str(pair.exporter.port), pair.web.ca, str(count), authorization()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        on_exit(stop, self.process)

    def end(self):
        check(self.process.poll() is None, "the readers of /events have ended")
        self.process.terminate()
        counts = self.process.communicate(timeout=60)[0].strip()
        print(f"readers of /events, by status and lines: {counts}", flush=True)
        check(self.process.returncode == 0 and '"lines"' in counts, "no reader got a line")


def disturb(pairs, surroundings, choose, seconds):
    """Returns how many operations there were."""
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
    """The two pairs; the first one's exporter ends, the second one's collector."""
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
        pair.samples.check_descriptors(before)
    print(f"{done} operations, {sum(pair.counters.scrapes for pair in pairs)} scrapes in "
          f"{options.seconds} s", flush=True)
    return pairs


def explain(pairs):
    """The faults of all logs: lines that explained.py does not have."""
    faults = []
    for pair in pairs:
        for who in explained.LINES:
            log = "".join(program.log() for kind, program in pair.programs if kind == who)
            counts, rest = explained.explain(who, log)
            faults += [f"{pair.name}: a line without an explanation: {line}" for line in rest]
            for pattern, count in counts.items():
                print(f"{pair.name}, {who}: {count} times {pattern}: {explained.LINES[who][pattern]}")
    return faults


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=30, dest="seconds")
    parser.add_argument("--readers", type=int, default=100, help="clients of /events")
    parser.add_argument("--ring-bytes", type=int, default=1 << 16,
                        help="of the collector that ends: by default one that is often full")
    parser.add_argument("--bulk", type=int, default=4, help="connections with much data at a time")
    parser.add_argument("--short", type=int, default=8, help="short connections at a time")
    return parser.parse_args()


def main():
    options = parse()
    need_root_and_namespaces()
    need_web_config()
    pipeline.ROOM = ()
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
