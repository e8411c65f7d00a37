#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Both programs are killed, frozen and abused at random while segments are lost, and lose none.

At the end, in each network namespace and for each cause:

    exported <= the kernel's RetransSegs <= exported + unattributed

and for all namespaces together exported + deferred + unattributed == what the collector counted;
if nobody else lost anything, the first line is an equality of sums, too. Meanwhile no counter
ever goes down. A line per operation, and the seed, say how to repeat it: --seed N --for SECONDS.
"""
import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path

for folder in ("lib", "kernel"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

import audit  # noqa: E402
import network  # noqa: E402
import operations  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
import workloads  # noqa: E402
from lifetime import Failure, check, need_root_and_namespaces, run_test, skip, until  # noqa: E402
from subject import BPFFS, Subject  # noqa: E402
from witness import Witness  # noqa: E402

CAUSES = ("syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
UNATTRIBUTED = "rexmit_unattributed_segments_total"
RINGS = (4096, 4096, 65536, 4 << 20)
GROWTH_KIB = 2048  # of either process


class Ground:
    """The two namespaces, the traffic between them, and what ftrace saw and no program did."""

    def __init__(self, pair, seconds):
        self.sides = dict(zip(("client", "server"), pair))
        self.unseen = dict.fromkeys(self.sides, 0)
        self.witness = Witness()
        client, server = pair
        workloads.prepare(client, server)
        self.listener = traffic.listen(server, server.v4, reply=20_000)
        server.drop(network.random_loss(5))
        client.drop(network.random_loss(3))
        self.load = [traffic.Connector(client, server.v4, parallel=n, bytes=size, may_fail=True,
                                       seconds=seconds)
                     for n, size in ((4, 3_000_000), (20, 5_000))]

    def note_unseen(self):
        """Now and then, or the trace would forget."""
        for name, side in self.sides.items():
            self.unseen[name] += self.witness.unseen(side)
        self.witness.clear()

    def end(self):
        for load in self.load:
            load.finish()
        until("the end of all connections",
              lambda: all(workloads.quiet(side) for side in self.sides.values()), 180, 0.1)
        self.note_unseen()


def exported(page, side):
    return page.sum(audit.METRIC, netns=side.inode)


def judge_kernel(page, ground, print_it=False):
    """Whether the kernel's counts lie where they must."""
    lost = page.sum(UNATTRIBUTED)
    good = True
    for name, side in ground.sides.items():
        have, wanted = exported(page, side), side.counters()["Tcp.RetransSegs"]
        check(have <= wanted, f"{name}: {have} exported, RetransSegs {wanted}")
        good &= wanted <= have + lost + ground.unseen[name]
        if print_it:
            print(f"{name}: RetransSegs {wanted}, exported {have:.0f}, unseen by any program "
                  f"{ground.unseen[name]}", flush=True)
    return good


def judge_causes(page, ground):
    """A named cause never counts too much, and too little by what has no name or no peer."""
    for name, side in ground.sides.items():
        kernel = side.counters()
        causes = page.sum_by("cause", audit.METRIC, netns=side.inode)
        slack = causes.get("unknown", 0) + page.sum(UNATTRIBUTED) + ground.unseen[name]
        for mib, names in audit.MIBS.items():
            counted, total = sum(causes.get(n, 0) for n in names), kernel[f"TcpExt.{mib}"]
            check(counted <= total <= counted + slack,
                  f"{name}: {'+'.join(names)} {counted}, {mib} {total}, slack {slack}")


def ledger(page):
    """{cause: (exported, unattributed, counted by the collector)} of all namespaces"""
    return {cause: (page.sum(audit.METRIC, cause=cause), page.sum(UNATTRIBUTED, cause=cause),
                    page.sum("rexmit_segments_total", cause=cause)) for cause in CAUSES}


def balanced(page):
    return page.sum("rexmit_deferred_segments") == 0 and all(
        have + lost == counted for have, lost, counted in ledger(page).values())


def judge_end(subject, ground):
    def equal():
        page = subject.look()
        return page if page and balanced(page) and judge_kernel(page, ground) else None
    try:
        page = until("equality", equal, 60, 0.5)
    except Failure as failure:
        page = subject.must_look()
        judge_kernel(page, ground, print_it=True)
        raise Failure(f"{failure}: deferred {page.sum('rexmit_deferred_segments')}, exported, "
                      f"unattributed and counted: {ledger(page)}") from None
    judge_kernel(page, ground, print_it=True)
    judge_causes(page, ground)
    total, lost = page.sum(audit.METRIC), page.sum(UNATTRIBUTED)
    ours = sum(exported(page, side) for side in ground.sides.values())
    kernel = sum(side.counters()["Tcp.RetransSegs"] for side in ground.sides.values())
    check(ours > 0, "nothing was retransmitted")
    missing, unseen = kernel - ours - lost, sum(ground.unseen.values())
    if total == ours:
        check(0 <= missing <= unseen,
              f"RetransSegs {kernel}, exported {ours}, unattributed {lost}, unseen {unseen}")
    check(page.sum("rexmit_collector_restarts_total") == 0, "another instance was seen")
    check(page.sum("rexmit_stream_gaps_total") == 0, "a gap in the stream")
    print(f"by cause (exported, unattributed, counted): {ledger(page)}")
    if total == ours:
        return (f"exported {ours:.0f} + deferred 0 + unattributed {lost:.0f}, RetransSegs "
                f"{kernel}, difference {missing:.0f}, of which unseen by any program {unseen}")
    return (f"exported {ours:.0f}, RetransSegs {kernel}, other namespaces {total - ours:.0f}, "
            f"unattributed of all {lost:.0f}")


def judge_memory(subject):
    last = subject.rss()
    for who, first in subject.first_rss.items():
        print(f"{who}: {first} KiB resident at the start, {last[who]} at the end")
        check(last[who] <= first + GROWTH_KIB, f"{who} has grown by {last[who] - first} KiB")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=30, dest="seconds")
    parser.add_argument("--ring-bytes", type=int, help="a small one, by the seed")
    parser.add_argument("--state-file", action="store_true", help="of the exporter, which may die")
    return parser.parse_args()


def main():
    options = parse()
    need_root_and_namespaces()
    if not os.path.ismount(BPFFS) and subprocess.run(
            ["mount", "-t", "bpf", "bpf", BPFFS], check=False).returncode:
        skip("no bpffs")
    choose = operations.seeded(options.seed)
    ring_bytes = options.ring_bytes or choose.choice(RINGS)
    pipeline.ROOM = ()
    subject, done = Subject(ring_bytes, options.state_file), 0
    print(f"seed {options.seed}, {options.seconds} s, ring of {ring_bytes} bytes", flush=True)
    with network.make_pair() as pair:
        begin = time.monotonic()
        ground = Ground(pair, options.seconds)
        while time.monotonic() < begin + options.seconds:
            operation = choose.choice(operations.choices(options.state_file))
            said = operation(subject, choose)
            print(f"{time.monotonic() - begin:7.2f} {operation.__name__} {said}", flush=True)
            done += 1
            subject.look()
            ground.note_unseen()
        ground.end()
        result = judge_end(subject, ground)
    judge_memory(subject)
    print(f"seed {options.seed}: {done} operations, {subject.counters.scrapes} scrapes in "
          f"{options.seconds} s, {result}")
    subject.exporter.stop()
    subject.collector.stop()


run_test(main)
