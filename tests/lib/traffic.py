# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts rexmit-traffic, the traffic program of the tests, in a namespace."""
import os
import subprocess

from lifetime import Failure, check

PROGRAM = os.environ.get("REXMIT_TRAFFIC", "build/tests/lib/rexmit-traffic")
PORT = 5000


def flags(options):
    """{"count": 3, "may_fail": True} -> ["--count", "3", "--may-fail"]"""
    words = []
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    return words


def listen(namespace, address, **options):
    """Starts the listener. Returns its process once it listens."""
    process = namespace.start(PROGRAM, "listen", address, str(PORT), *flags(options),
                              stdout=subprocess.PIPE)
    check(process.stdout.readline() == "listening\n", "the traffic listener did not start")
    return process


class Connector:
    """A running connector. With `rounds` it waits for next_round() after each round."""

    def __init__(self, namespace, address, **options):
        self.process = namespace.start(PROGRAM, "connect", address, str(PORT), *flags(options),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait_for_round(self, number):
        line = self.process.stdout.readline()
        check(line == f"round {number}\n", f"round {number} did not end: {line!r}")

    def next_round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self, seconds=180):
        """Waits until the connector ends. Returns its line of totals."""
        try:
            output, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"the traffic did not end within {seconds} s") from None
        check(self.process.returncode == 0, f"the traffic failed: {output}")
        return output.strip()
