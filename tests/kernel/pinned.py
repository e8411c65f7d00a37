# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""With --pin counting goes on while no collector runs: kill -9 under loss loses nothing.

The collector is killed at random, again and again, and the exporter of all that time must end at
the kernel's RetransSegs. And what is pinned is taken over only if it fits, by one at a time.
"""
import argparse
import os
import random
import subprocess
import time

import network
import pipeline
import traffic
import workloads
from lifetime import Failure, check, need_root_and_namespaces, on_exit, run_test, skip, until

BPFFS = "/sys/fs/bpf"


def bpffs_directory():
    """A directory of the test's own, unpinned at its end; mounts bpffs where nobody has."""
    if not os.path.ismount(BPFFS):
        mounted = subprocess.run(["mount", "-t", "bpf", "bpf", BPFFS], check=False)
        if mounted.returncode != 0:
            skip("no bpffs")
    path = f"{BPFFS}/rexmit-test-{os.getpid()}"
    on_exit(unpin, path)
    return path


def unpin(path):
    if os.path.exists(path):
        subprocess.run([pipeline.COLLECTOR, "--unpin", path], check=True)


def refused(directory, *flags):
    """The one line of a collector that must not start."""
    done = subprocess.run([pipeline.COLLECTOR, "--socket", f"{directory}/other.sock", "--user",
                           pipeline.USER, *pipeline.ROOM, *flags], capture_output=True, text=True, check=False)
    check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")
    check(done.stderr.count("\n") == 1, f"not one line: {done.stderr}")
    return done.stderr


def equal(exporter, side, seconds=30):
    """Waits until what is exported of a namespace is what its kernel counted; returns that."""
    total = side.counters()["Tcp.RetransSegs"]

    def counted():
        return exporter.scrape().sum("tcp_retransmissions_total", netns=side.inode)
    try:
        until("equality", lambda: counted() == total, seconds)
    except Failure:
        counters, page = side.counters(), exporter.scrape()
        causes = {cause: page.sum("tcp_retransmissions_total", netns=side.inode, cause=cause)
                  for cause in ("syn", "synack", "timeout", "slow_start", "fast", "probe",
                                "unknown")}
        mib = {name: counters[f"TcpExt.{name}"] for name in (
            "TCPSynRetrans", "TCPTimeouts", "TCPSlowStartRetrans", "TCPFastRetrans")}
        raise Failure(f"{counted()} of {total} segments: {causes}, the kernel's {mib}") from None
    return total


def kill_again_and_again(kills, seed):
    directory, pins = pipeline.private_directory(), bpffs_directory()
    choose = random.Random(seed)
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    slowest = 0.0
    with network.make_pair() as (client, server):
        listener = traffic.listen(server, server.v4)
        workloads.prepare(client, server)
        server.drop(network.random_loss(10))
        load = traffic.Connector(client, server.v4, parallel=10, bytes=2_000_000, may_fail=True,
                                 seconds=3 + kills // 4)
        for _ in range(kills):
            time.sleep(choose.random() * 0.3)
            collector.process.kill()
            collector.process.wait()
            begin = time.monotonic()
            collector = pipeline.Collector(directory, "--pin", pins).wait()
            slowest = max(slowest, time.monotonic() - begin)
        load.finish()
        until("the end of all connections",
              lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)
        listener.terminate()
        totals = [equal(exporter, side) for side in (client, server)]
    last = exporter.scrape()
    check(last.sum("rexmit_collector_restarts_total") == 0, "another instance was seen")
    check(sum(totals) > 0, "nothing was retransmitted")
    print(f"seed {seed}: {kills} times kill -9, {sum(totals)} segments, difference 0, "
          f"slowest start {slowest:.2f} s")
    return directory, pins, collector, exporter


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    need_root_and_namespaces()
    directory, pins, collector, exporter = kill_again_and_again(options.kills, options.seed)
    check("another collector" in refused(directory, "--pin", pins), "a second one is let in")
    check("not in bpffs" in refused(directory, "--pin", f"{directory}/pins"), "pins elsewhere")
    collector.stop()
    smaller = pipeline.Collector(directory, "--pin", pins, "--ring-bytes", str(1 << 20)).wait()
    check("of another size" in smaller.log(), "a ring of another size was taken over")
    smaller.stop()
    exporter.stop()
    unpin(pins)
    check(not os.path.exists(pins), "--unpin left something")


run_test(main)
