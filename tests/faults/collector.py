#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""When one call fails, the collector must end with a reason or deliver all segments.

With --takeover the collector adopts the pins of another collector.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time

import fault
import network
import traffic
import workloads
from lifetime import Failure, check, need_root_and_namespaces, run_test, until
from pins import BPFFS, mount_bpffs
from witness import Witness

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "collector"))

from account import Account, Follower  # noqa: E402

COLLECTOR = os.environ.get("REXMIT_COLLECTOR", "build/collector/rexmit-collector")
# Segments of handshakes are not dropped, because each loss would take a second.
LOSS = network.random_loss(10, "tcp flags & (syn|fin) == 0")


class Exporter(threading.Thread):
    """Receives the collector's stream. Reconnects whenever the connection ends."""

    def __init__(self, run, path):
        super().__init__(daemon=True)
        self.account, self.run_, self.path = Account(), run, path
        self.served, self.wrong = False, None
        self.start()

    def follow(self):
        position = self.account.acknowledged or 0
        with Follower(self.path, self.account, (self.account.instance, position)) as follower:
            self.served = True
            while follower.read():
                if follower.last != self.account.acknowledged:
                    follower.acknowledge()

    def run(self):
        while not self.run_.ended():
            try:
                self.follow()
            except Failure as failure:
                self.wrong = str(failure)
                return
            except (OSError, ValueError):  # no collector runs, or it closed before HELLO
                time.sleep(0.01)


class Sweep:
    def __init__(self, pair, takeover):
        self.client, self.server = pair
        self.takeover, self.runs = takeover, 0
        self.witness = Witness()
        workloads.prepare(*pair)
        self.listener = traffic.listen(self.server, self.server.v4)
        self.server.drop(LOSS)

    def words(self, directory, pins):
        return [COLLECTOR, "--socket", f"{directory}/collector.sock", "--user", "nobody",
                "--ring-bytes", str(4 << 20), "--seccomp", "off", "--pin", pins]

    def pinned(self, directory):
        """Runs a collector without a fault, which leaves its pins."""
        pins = f"{BPFFS}/rexmit-fault-{os.getpid()}-{self.runs}"
        self.runs += 1
        if self.takeover:
            good = subprocess.Popen(self.words(directory, pins), stderr=subprocess.DEVNULL,
                                    env={"ASAN_OPTIONS": "detect_leaks=0"})
            with contextlib.suppress(subprocess.TimeoutExpired):
                until("a pinned collector", lambda: os.path.exists(f"{pins}/ring"))
            good.terminate()
            good.wait()
        return pins

    def lose_some(self):
        """Loses segments until all connections have ended. Returns how many were retransmitted."""
        before = self.client.counters()["Tcp.RetransSegs"]
        traffic.Connector(self.client, self.server.v4, count=4, parallel=4,
                          bytes=800_000).finish()
        until("the end of all connections", lambda: workloads.quiet(self.client)
              and workloads.quiet(self.server), 60)
        return self.client.counters()["Tcp.RetransSegs"] - before

    def judge(self, run, exporter, directory):
        until("HELLO", lambda: exporter.served or run.ended())
        if not exporter.served:
            run.judge_refusal(False)
            return
        wanted, account = self.lose_some(), exporter.account

        def arrived():
            check(account.segments(self.client.inode) <= wanted, "too many segments")
            return run.ended() or exporter.wrong \
                or account.segments(self.client.inode) == wanted
        try:
            until("equality", arrived, 15)
        except Failure:
            missing = wanted - account.segments(self.client.inode)
            check(missing <= self.witness.unseen(self.client),
                  f"{missing} of {wanted} segments are missing")
        check(not exporter.wrong, exporter.wrong)
        if run.ended():
            run.judge_refusal(True)
        else:
            run.terminate()
        # If several calls fail, unlinkat(2) may be one of them, but only the first call is
        # reported.
        check(run.failed == "unlinkat" or not run.fault.single
              or not os.path.exists(f"{directory}/collector.sock"), "the collector left its socket")

    def judge_pins(self, pins):
        """Either all pins are left or none. Pins that could not be removed may stay."""
        left = os.listdir(pins) if os.path.exists(pins) else []
        check(not left or "ring" in left,
              f"only some pins are left: {left}")  # the collector removes the ring last

    def run_once(self, one, directory):
        shutil.chown(directory, "nobody")
        pins = self.pinned(directory)
        self.witness.clear()
        run = fault.Run(self.words(directory, pins), one, directory)
        exporter = Exporter(run, f"{directory}/collector.sock")
        try:
            with run:
                self.judge(run, exporter, directory)
                if run.failed != "unlinkat" and one.single:
                    self.judge_pins(pins)
            return run
        finally:
            exporter.join()
            shutil.rmtree(pins, ignore_errors=True)


def main():
    need_root_and_namespaces()
    mount_bpffs()
    takeover = "--takeover" in sys.argv
    if takeover:
        sys.argv.remove("--takeover")
    with network.make_pair() as pair:
        fault.sweep(Sweep(pair, takeover).run_once, "takeover" if takeover else "collector")


run_test(main)
