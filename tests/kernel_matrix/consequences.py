# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""On another kernel, the counted consequences of losses equal the kernel's counters.

It first runs the tests other_sockets and aborted. Then it runs kinds of the exactness tests failures,
spurious, received, stalls and timed_out. These share the programs and run at the same time, because
an emulated processor is slow and most kinds wait for timers. inside.py runs this in a guest. With
`--runs` the test repeats all kinds and prints a table. Its last line shows the calls of BPF programs
that the kernel skipped.
"""
import concurrent.futures
import os
import sys
import time

import pipeline
from lifetime import Failure, need_root_and_namespaces, parse_runs, run_test
from skipped import Skipped

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exactness"))

import aborted  # noqa: E402
import failures  # noqa: E402
import other_sockets  # noqa: E402
import received  # noqa: E402
import spurious  # noqa: E402
import stalls  # noqa: E402
import timed_out  # noqa: E402

MISSED = "rexmit_missed_invocations_total"
FLAGS = ("--group-by", "netns,cause,src_ip,dst_ip")
aborted.TIMES = 40
received.CONNECTIONS = 1
timed_out.TIMES = 2


def run_failures(_repeat, exporter):
    """The connections have no event before Linux 6.17."""
    failures.check_cause(exporter)


def run_spurious(repeat, exporter):
    """Omits late_acknowledgements, because a slow machine's timer is longer than the delay."""
    for kind in (spurious.overtaken, spurious.repeated, spurious.lost):
        repeat(spurious.check_kind, kind, exporter)


def run_received(repeat, exporter):
    for kind in received.KINDS:
        repeat(received.run, kind, exporter, received.end_at_once)
    repeat(received.run, received.in_order, exporter, received.end_later)


def run_stalls(repeat, exporter):
    """Makes black holes of 1 and 3 s."""
    for lost in (1, 2):
        repeat(stalls.run_connect, lost, False, exporter)
    repeat(stalls.run_connect, 2, True, exporter)
    repeat(stalls.run_established, 3, exporter)


def run_timed_out(repeat, exporter):
    """Runs each kind once, alternately with IPv4 and IPv6."""
    for number, kind in enumerate(timed_out.possible_kinds()):
        repeat(timed_out.run, kind, (4, 6)[number % 2], exporter)


TESTS = (run_failures, run_spurious, run_received, run_stalls, run_timed_out)


def failures_of(test, exporter, runs):
    """Returns the messages of the runs that failed."""
    messages, repeat = [], Skipped(exporter).repeat
    for _ in range(runs):
        try:
            test(repeat, exporter)
        except Failure as failure:
            messages.append(str(failure))
    return messages


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    other_sockets.main()
    aborted.main()
    began = time.monotonic()
    _, exporter = pipeline.start_pair(exporter_flags=FLAGS)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        results = [(test, threads.submit(failures_of, test, exporter, runs)) for test in TESTS]
    failed = 0
    for test, result in results:
        failed += len(result.result())
        print(f"{os.uname().release} {test.__name__.removeprefix('run_'):9} runs {runs} "
              f"passed {runs - len(result.result())} {result.result() or ''}")
    missed = exporter.scrape().sum_by("program", MISSED)
    print(f"{time.monotonic() - began:.0f} s, {MISSED}: "
          f"{', '.join(f'{name} {calls:.0f}' for name, calls in missed.items() if calls) or 0}")
    if failed:
        raise Failure(f"{failed} runs differ")


run_test(main)
