#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Kills, restarts, freezes and disturbs both programs at random while the network loses packets.

At the end no segment may be missing (tests/lib/equation.py). No counter may ever decrease, and
neither program may grow. Each operation prints a line. To repeat a run, pass the printed seed:
--seed N --for SECONDS.
"""
import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import operations  # noqa: E402
from equation import Equation  # noqa: E402
from ground import Ground  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402
from subject import Subject  # noqa: E402

RINGS = (4096, 4096, 65536, 4 << 20)
GROWTH_KIB = 2048  # allowed for either process


def judge_memory(subject):
    last = subject.rss()
    for who, first in subject.first_rss.items():
        print(f"{who}: {first} KiB resident at the start, {last[who]} at the end")
        check(last[who] <= first + GROWTH_KIB, f"{who} has grown by {last[who] - first} KiB")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=30, dest="seconds")
    parser.add_argument("--ring-bytes", type=int, help="default: the seed chooses it")
    return parser.parse_args()


def main():
    options = parse()
    need_root_and_namespaces()
    choose = random.Random(options.seed)
    ring_bytes = options.ring_bytes or choose.choice(RINGS)
    print(f"seed {options.seed}, {options.seconds} s, ring of {ring_bytes} bytes", flush=True)
    with network.make_pair() as pair:
        subject, done = Subject(ring_bytes), 0
        begin = time.monotonic()
        ground = Ground(pair, options.seconds)
        equation = Equation(client=pair[0], server=pair[1])
        while time.monotonic() < begin + options.seconds:
            operation = choose.choice(operations.ALL)
            said = operation(subject, choose)
            print(f"{time.monotonic() - begin:7.2f} {operation.__name__} {said}", flush=True)
            done += 1
            subject.look()
            equation.witness.note()
        ground.end()
        result = equation.settle(subject.look)
        subject.check_stream()
    judge_memory(subject)
    print(f"seed {options.seed}: {done} operations, {subject.counters.scrapes} scrapes in "
          f"{options.seconds} s, {result}")
    subject.exporter.stop()
    subject.collector.stop()


run_test(main)
