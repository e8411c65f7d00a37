#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs an exporter without memory, with a full disk, or with a log that no process reads."""
import os
import subprocess

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, on_exit, pipeline, run_test
from full_pipe import full_pipe  # after rig, which adds this module's folder to the path
from lifetime import command

INSTANCE = b"t" * 16
SERIES = 40_000


def stream(peer, first, last):
    """Sends events of different groups, which the exporter must count and acknowledge."""
    for start in range(first, last, 200):
        peer.send(*(fake.event(fake.STRIDE * i, remote=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
                    for i in range(start, min(start + 200, last))))
        peer.drain()
    peer.acks(fake.STRIDE * (last - 1))


def limit_memory(rig, limit):
    """Sets RLIMIT_DATA, which limits malloc(3) and mmap(2)."""
    command(*pipeline.AS_USER, "prlimit", f"--pid={rig.exporter.process.pid}",
            f"--data={limit}:")


def data_bytes(rig):
    with open(f"/proc/{rig.exporter.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData"))


def without_memory():
    """Without memory the exporter refuses scrapes. Its next exposition is exact."""
    rig = Rig("--max-series", "100000")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    stream(peer, 1, 1000)
    limit_memory(rig, data_bytes(rig) + (256 << 10))
    stream(peer, 1000, SERIES + 1)
    status, _, body = rig.get("/metrics")
    expect((status, body), (503, b"There is no memory for the response. Try again.\n"), "/metrics without memory")
    expect(rig.get("/healthz")[0], 200, "status of /healthz without memory")
    limit_memory(rig, "unlimited")
    expect(rig.value("tcp_retransmissions_total"), SERIES, "the sum of all segments")
    rig.stop()


def stopped():
    """Returns a rig with a collector and a port, but without an exporter."""
    rig = Rig()
    rig.accept()
    rig.stop()
    return rig


def full_disk():
    """The exporter reserves the room for its state file. Without that room it refuses to start."""
    rig = stopped()
    disk = f"{rig.directory}/disk"
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "none", disk],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        print("full disk: skipped, because mount(2) failed")
        return
    on_exit(subprocess.run, ["umount", "--lazy", disk])
    flags = ("--state-file", f"{disk}/state")
    done = subprocess.run([*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, *flags, "--max-series",
                           "1000000"], capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode, 1, f"status with a full disk ({done.stderr})")
    check("No space left" in done.stderr and "--max-series" in done.stderr
          and done.stderr.count("\n") == 1, done.stderr)
    rig.start(*flags, "--max-series", "1000")
    fill(f"{disk}/rest")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    stream(peer, 1, 900)
    expect(rig.value("tcp_retransmissions_total"), 899, "the segments on a full disk")
    rig.exporter.process.kill()
    rig.exporter.process.wait()
    rig.start(*flags, "--max-series", "1000")
    expect(rig.value("tcp_retransmissions_total"), 899,
           "the segments on a full disk after a restart")
    rig.stop()


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass


def unread_log():
    """A log that no process reads delays nothing, and the exporter counts the lost lines."""
    rig = stopped()
    with full_pipe() as log:
        blocked = subprocess.Popen(
            [*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, "--collector-socket",
             rig.collector.path, "--web.listen-address", f"127.0.0.1:{rig.exporter.port}"],
            stderr=log)
        on_exit(pipeline.stop, blocked)
        for number in range(5):
            peer = rig.accept()
            peer.send(fake.hello(INSTANCE, position=fake.STRIDE * number), fake.event(fake.STRIDE * (number + 1)))
            peer.acks(fake.STRIDE * (number + 1))
            peer.close()
        exposition = pipeline.exposition.scrape(rig.exporter.port)
        expect(exposition.sum("tcp_retransmissions_total"), 5,
               "the segments while the log was blocked")
        lost = exposition.sum("rexmit_log_lines_lost_total")
        check(lost >= 3, f"only {lost} lines were lost")  # start, connection, disconnection
        expect(pipeline.stop(blocked), 0, "the exit status while the log was blocked")


def main():
    if not FLAGS:  # a sanitizer's allocator needs more than the limit
        without_memory()
    if os.geteuid() == 0:
        full_disk()
    unread_log()


run_test(main)
