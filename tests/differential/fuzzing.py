# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The main loop of a fuzzer. It runs many cases for a time, or one case of an earlier run.

The choices of a case depend only on the seed and the number of the case.
"""
import argparse
import os
import random
import sys
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from lifetime import Failure, run_test  # noqa: E402

MORE = 10


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32),
                        help="repeat the choices of an earlier run")
    parser.add_argument("--case", type=int, help="run only this case of the seed")
    parser.add_argument("--for", dest="seconds", type=float, default=10, metavar="SECONDS")
    return parser.parse_args()


def cases(options, is_complete):
    """Yields (number, random generator) of each case.

    On a busy machine a case may take seconds. So the time is longer, up to MORE times, until
    is_complete() is true.
    """
    if options.case is not None:
        yield options.case, random.Random(f"{options.seed}/{options.case}")
        return
    began = time.monotonic()
    number, passed = 0, 0
    while passed < options.seconds or (passed < MORE * options.seconds and not is_complete()):
        yield number, random.Random(f"{options.seed}/{number}")
        number += 1
        passed = time.monotonic() - began


def fuzz(about, run_case, wanted=(), check_total=None):
    """Runs the test. run_case(choice) returns a Counter of the kinds that occurred.

    Each kind in `wanted` must occur. check_total(total) may also raise Failure.
    """
    options = arguments(about)

    def main():
        print(f"--seed {options.seed}", flush=True)
        total, number = Counter(), -1

        def missing():
            return [kind for kind in wanted if not total[kind]]
        try:
            for number, choice in cases(options, lambda: not missing()):
                total.update(run_case(choice))
        except Exception as failure:  # of a parser, too
            raise Failure(f"{type(failure).__name__}: {failure}\n"
                          f"repeat it with --seed {options.seed} --case {number}") from failure
        if missing() and options.case is None:
            raise Failure(f"none of the {number + 1} cases was {missing()}")
        if check_total and options.case is None:
            check_total(total)
        print(f"{number + 1 if options.case is None else 1} cases; " +
              ", ".join(f"{count} {what}" for what, count in sorted(total.items())))

    run_test(main)
