# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures how long a program takes to answer, without the time for which other processes had its
CPU.

This time is the wall time of a call, without three parts: the client's CPU time, and the times for
which the client and the program were ready to run and had no CPU (sched-stats.rst). The rest is
CPU time of the program, and time for which it slept. A busy machine prolongs neither. A wait that
began before the call is subtracted as a whole, so the result can be too small, but not too large.
"""
import time


def _waited_ns(path):
    with open(path, encoding="ascii") as file:
        return int(file.read().split()[1])


class AnswerTime:
    """Measures calls of the current thread. `pid` is the program that answers."""

    def __init__(self, pid):
        self._waits = f"/proc/{pid}/schedstat", "/proc/thread-self/schedstat"

    def _other_ns(self):
        return time.thread_time_ns() + sum(map(_waited_ns, self._waits))

    def of_ns(self, action):
        other_ns, start_ns = self._other_ns(), time.monotonic_ns()
        action()
        passed_ns = time.monotonic_ns() - start_ns
        return max(0, passed_ns - (self._other_ns() - other_ns))
