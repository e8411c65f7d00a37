#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Under a memory limit the exporter refuses a table that is too large.

It can fill and serve the largest table that it accepts.
"""
import gzip
import http.client
import itertools
import os
import re
import struct
import subprocess

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, pipeline, run_test
from lifetime import skip
from memory_cgroup import MIB, MemoryCgroup
from wire import STRIDE

INSTANCE = b"m" * 16
LIMIT = 64 * MIB
PATH = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0123456789abcdef.slice"


def largest_accepted(group, *flags):
    """Returns the number of series that the exporter's message suggests."""
    done = subprocess.run([*group.enter(), *pipeline.AS_USER, pipeline.EXPORTER, *FLAGS,
                           "--max-series", "500000", *flags], timeout=60, capture_output=True,
                          text=True, check=False)
    expect(done.returncode, 2, f"status ({done.stderr})")
    match = re.search(r"--max-series 500000 needs up to (\d+) bytes .*limit is (\d+): give at most (\d+)",
                      done.stderr)
    check(match, done.stderr)
    check(int(match[1]) > LIMIT, done.stderr)
    expect(int(match[2]), LIMIT, "the limit")
    return int(match[3])


def fill(peer, series):
    of_connection = {"local": "2001:db8:1234:5678::1",
                     "remote": "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", "cgroup": 7}
    records = [bytearray(fake.event(
        STRIDE, segments=2000, sent=300000, nbytes=14480000, flags=1, resets_sent=3,
        resets_received=4, stall_us=3200000, timers=1, **of_connection)), bytearray(fake.event(
            STRIDE, cause=fake.NONE, segments=0, received=300000, out_of_order=3000, spurious=300,
            flags=fake.ENDED, timed_out=1, **of_connection))]
    position = 0
    for begin in range(0, series, 128):
        packet = bytearray()
        for number, record in itertools.product(range(begin, min(begin + 128, series)), records):
            position += STRIDE
            struct.pack_into("=Q", record, 8, position)
            struct.pack_into(">II", record, 44, 0xA0000000 + number, 0xBAAAAAAA)
            packet += record
        peer.send(packet)
        peer.drain()
    peer.acks(position)


def full(group, *flags):
    """The exporter fills its table within the limit, and serves it with and without gzip."""
    series = largest_accepted(group, *flags)
    rig = Rig("--allow-root", "--max-series", str(series), *flags, launcher=group.enter())
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE), fake.name(7, PATH))
    fill(peer, series)
    for encoding in ("identity", "gzip") * 2:
        client = http.client.HTTPConnection("127.0.0.1", rig.exporter.port, timeout=120)
        client.request("GET", "/metrics", headers={
            "Accept-Encoding": encoding, "Accept": "application/openmetrics-text;version=1.0.0"})
        answer = client.getresponse()
        expect(answer.status, 200, "status")
        body = answer.read()
        text = gzip.decompress(body) if encoding == "gzip" else body
        expect(text.count(b"\ntcp_retransmissions_total{"), series, "groups in the exposition")
    expect(rig.value("rexmit_series"), series, "rexmit_series")
    with open(f"/proc/{rig.exporter.process.pid}/status", encoding="ascii") as file:
        most = int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) << 10
    print(f"{series} series {flags}: {most / MIB:.1f} of {LIMIT / MIB:.0f} MiB")
    check(most > LIMIT / 2, "the exporter used less than half of its limit")
    rig.stop()


def main():
    if os.geteuid() != 0:
        skip("needs root, to limit memory")
    # meson sets MALLOC_PERTURB_, which makes malloc(3) write to all memory. Then unused memory
    # would need RAM.
    os.environ.pop("MALLOC_PERTURB_", None)
    # Only root can enter the cgroup.
    pipeline.AS_USER, pipeline.USER = [], 0
    group = MemoryCgroup()
    group.limit(LIMIT)
    full(group)
    full(group, "--openmetrics", "created")
    full(group, "--group-by", "ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role")


# A sanitizer needs more memory than the limit.
if FLAGS:
    skip("this build has a sanitizer")
run_test(main)
