#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""until(): REXMIT_PATIENCE multiplies all deadlines. A pause lasts as long as documented.

No time passes.
"""
import os
from unittest import mock

os.environ["REXMIT_PATIENCE"] = "4"

from lifetime import Failure, check, run_test, until  # noqa: E402


def deadline(*seconds):
    """Returns the time after which until() fails."""
    now = [0.0]

    def sleep(duration):
        now[0] += duration
    with mock.patch("time.monotonic", lambda: now[0]), mock.patch("time.sleep", sleep):
        try:
            until("nothing", lambda: False, *seconds, every=1)
        except Failure:
            return now[0]
    return None


def pause(took, every):
    """Returns the pause after a condition that took this long."""
    now, pauses = [0.0], []

    def condition():
        now[0] += took
        return pauses
    with mock.patch("time.monotonic", lambda: now[0]), mock.patch("time.sleep", pauses.append):
        until("a pause", condition, every=every)
    return pauses[0]


def main():
    for took, every, expected in ((0, 0.02, 0.02), (0.125, 0.02, 0.375), (1, 0.02, 0.5), (1, 2, 2)):
        check(pause(took, every) == expected, f"a pause of {pause(took, every)} s, not {expected} s")
    check(deadline() == 240, f"the default deadline is {deadline()} s")
    check(deadline(10) == 40, f"a deadline of 10 s is {deadline(10)} s")


run_test(main)
