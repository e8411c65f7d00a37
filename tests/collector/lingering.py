#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A user's socket whose close sleeps (SO_LINGER) does not make the walk sleep for as long.

The walk holds each file that it visits. If the owner closes the file at that moment, the kernel
closes it in the process that walks, at the return of its system call.
"""
import os
import signal
import subprocess

import pipeline
from lifetime import check, need_root_and_namespaces, on_exit, run_test, skip, stop, until

LINGERER = os.environ["REXMIT_LINGERER"]
ATTEMPTS = 30
SLEEPS = "sk_stream_wait_close"  # the kernel's function that waits for the peer
LONGEST_S = 20  # the walker's limit is a second; the socket's time is an hour


class Lingerer:
    def __init__(self):
        self._process = subprocess.Popen(
            ["setpriv", "--reuid", pipeline.USER, "--clear-groups", LINGERER], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        on_exit(self._process.wait)
        on_exit(os.killpg, self._process.pid, signal.SIGKILL)

    def line(self):
        return self._process.stdout.readline().strip()

    def go_on(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()


def descriptors(pid):
    """Returns what the open files of the process are, or nothing if the process has ended."""
    names = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            names.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    except FileNotFoundError:
        pass
    return names


def is_asleep(pid):
    """Whether the process waits for the peer of a socket that it closes."""
    try:
        with open(f"/proc/{pid}/stack", encoding="ascii") as file:
            return SLEEPS in file.read()
    except FileNotFoundError:
        return False


def walker_in_a_walk(collector):
    """Returns the process id of the walker during a walk, else None."""
    collector.running()
    try:
        pid = collector.walker()
    except ValueError:  # the collector has not started it yet
        return None
    return pid if "anon_inode:bpf_iter" in descriptors(pid) else None


def attempt(lingerer, directory):
    """Closes the socket during a walk. Returns whether the walker has slept.

    The first walk follows the start. The test begins it anew for each attempt, because that is
    faster than to wait for the next walk.
    """
    check(lingerer.line() == "ready", "the lingerer ended")
    collector = pipeline.Collector(directory)
    # A step of the walk visits a million files and takes some tenths of a second.
    walker = until("a walk over files", lambda: walker_in_a_walk(collector), every=0.001)
    lingerer.go_on()
    closed = lingerer.line()
    slept = closed == "gone" and any(is_asleep(walker) for _ in range(2000))
    if slept:
        until("the end of the walker's sleep", lambda: not is_asleep(walker), LONGEST_S)
        collector.wait()
    stop(collector.process)
    lingerer.go_on()
    return slept


def main():
    need_root_and_namespaces()
    if not os.path.exists("/proc/self/stack"):
        skip("this kernel shows no stacks (CONFIG_STACKTRACE)")
    lingerer, directory = Lingerer(), pipeline.private_directory()
    for number in range(1, ATTEMPTS + 1):
        if attempt(lingerer, directory):
            print(f"ok: the walker closed a user's socket in attempt {number}")
            return
    skip(f"in {ATTEMPTS} attempts no walk held the socket when it was closed")


run_test(main)
