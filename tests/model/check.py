#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks the claims of stream.pml in every state, and that the protocol needs each of its rules.

docs/protocol.md names a claim for each rule. In a model without that rule, spin must find a run
that breaks the claim. The same search with every rule must find none, so that the removal breaks
the claim, and no other fault does. `--deep` allows more failures in a run. It takes half an hour
and several gigabytes of memory.
"""
import argparse
import re
from pathlib import Path

import spin
from lifetime import check, run_test

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
MODEL = (ROOT / "tests/model/stream.pml").read_text(encoding="utf-8")


def budgets(collector_deaths, exporter_deaths, disconnects, visits, packets):
    return (f"COLLECTOR_DEATHS={collector_deaths}", f"EXPORTER_DEATHS={exporter_deaths}",
            f"DISCONNECTS={disconnects}", f"VISITS={visits}", f"VISIT_PACKETS={packets}")


WITH_VISIT = budgets(1, 1, 0, 1, 3)
WITH_DISCONNECT = budgets(1, 1, 1, 0, 0)
WITH_REFUSED = (*WITH_DISCONNECT, "REFUSED_RECORD=2")
# (how often each failure may happen, whether spin searches for cycles). The searches of each kind
# cover all pairs of failures, within CI's time. `--deep` also covers all four failures in one run.
SEARCHES = [(WITH_VISIT, False), (budgets(2, 2, 1, 0, 0), False), (WITH_REFUSED, False),
            (budgets(1, 0, 1, 1, 2), False), (WITH_DISCONNECT, True),
            *[((*budgets(1, 0, 0, 1, 2), f"REFUSED_RECORD={number}"), False) for number in (1, 2, 3)],
            (WITH_REFUSED, True), (budgets(1, 0, 1, 1, 2), True), (budgets(0, 1, 0, 1, 2), True)]
DEEP = [(budgets(2, 2, 1, 1, 3), False), (budgets(1, 1, 1, 1, 2), False),
        (budgets(1, 1, 1, 1, 2), True)]


def rules():
    """Returns {rule: the claim that the document names}."""
    section = PAGE.split("## What each rule is for\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([A-Z_]+)` \|.*\| `(\w+)` \|$", section, re.M))


def check_every_state(searches):
    def one(arguments):
        defines, cycles = arguments
        return spin.search("stream.pml", *defines, cycles=cycles, optimize=arguments in DEEP)
    for (defines, cycles), result in zip(searches, spin.in_parallel(one, searches)):
        kind = "cycles" if cycles else "claims"
        print(f"{kind}: {result.states} states in {result.seconds:.1f} s: {' '.join(defines)}")
        check(not result.error, f"{result.error}: {' '.join(defines)}")


def check_each_rule():
    named = rules()
    made = {name for file in spin.FOLDER.glob("*.pml")
            for name in re.findall(r"\bWITHOUT_(\w+)", file.read_text(encoding="utf-8"))}
    check(set(named) == made, f"only in the document, or only in the model: {set(named) ^ made}")
    claims = re.search(r"^#define CLAIMED \((.*)\)$", MODEL, re.M)[1].split(" || ")
    check(set(named.values()) == set(claims),
          "the model has a claim that no rule is for")

    def one(rule):
        defines = WITH_REFUSED if rule.startswith("REFUSED_") else WITH_VISIT
        return spin.search("stream.pml", f"WITHOUT_{rule}", f"CLAIMED={named[rule]}", *defines,
                           early=True)
    for rule, result in zip(named, spin.in_parallel(one, named)):
        print(f"without {rule}: {result.error} after {result.states} states")
        check(result.broken_claim() == named[rule],
              f"without {rule}: {result.error}, expected {named[rule]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deep", action="store_true", help="search for more failures at once")
    options = parser.parse_args()
    spin.need_spin()
    check_every_state(SEARCHES + DEEP if options.deep else SEARCHES)
    check_each_rule()


run_test(main)
