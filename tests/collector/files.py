#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The collector serves clients while a walk over all open files takes minutes."""
import os
import signal
import subprocess

import pipeline
import wire
from account import Account, Follower
from lifetime import check, need_root_and_namespaces, on_exit, run_test, skip, until

CROWD = os.environ["REXMIT_CROWD"]
FILES = 24_000_000  # one step of the collector's walk visits a million


def make_crowd():
    crowd = subprocess.Popen([CROWD, str(FILES)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, start_new_session=True)
    on_exit(crowd.wait)
    on_exit(os.killpg, crowd.pid, signal.SIGKILL)
    if crowd.stdout.readline() != "ready\n":
        skip(f"no {FILES} files: {crowd.stderr.read().strip()}")


def is_walking(collector):
    """Whether a walk is unfinished. During a walk the walker keeps its iterator open."""
    directory = f"/proc/{collector.walker()}/fd"
    for name in os.listdir(directory):
        try:
            if os.readlink(f"{directory}/{name}") == "anon_inode:bpf_iter":
                return True
        except FileNotFoundError:
            pass
    return False


def wait_for_counters(follower):
    """Waits for the next counters, which the collector sends once a second."""
    records = []
    while not any(r.type == wire.COUNTER for r in records):
        records = follower.read()
        check(records, "the collector closed the connection")
        if any(r.type == wire.EVENT for r in records):
            follower.acknowledge()


def main():
    need_root_and_namespaces()
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    make_crowd()
    with Follower(collector.socket, Account()) as follower:
        until("a walk that has not ended when counters arrive",
              lambda: (wait_for_counters(follower), is_walking(collector))[1])
        for _ in range(3):  # the first counters may be older than the walk
            wait_for_counters(follower)
        check(is_walking(collector), "the collector sent no counters before its walk ended")
    second = pipeline.Collector(pipeline.private_directory()).wait()
    second.stop()
    collector.stop()


run_test(main)
