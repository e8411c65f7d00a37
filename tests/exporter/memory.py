#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Under a memory limit the exporter refuses a table that is too large.

It can fill and serve the largest table that it accepts.
"""
import gzip
import http.client
import os
import random
import re
import string
import struct
import subprocess

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, pipeline, run_test
from lifetime import skip
from memory_cgroup import MIB, MemoryCgroup
from wire import STRIDE

INSTANCE = b"m" * 16
LIMIT = 64 * MIB
POD = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0123456789abcdef.slice"
ALL_LABELS = "ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role"


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


def pod_path(number):
    """Returns the path of a container, as the kubelet makes it with the cgroup driver "systemd"."""
    return f"{POD}/cri-containerd-{number:064x}.scope"


def escaped_path(number):
    """Returns a longest path, in which each character would be escaped in a label."""
    return "/" + f"{number:0254b}".replace("0", '"').replace("1", "\\")


def random_path(number):
    """Returns a longest path that gzip compresses little, of characters that need no escape."""
    return "/" + "".join(random.Random(number).choices(string.ascii_letters + string.digits, k=254))


def records_of(number, path_of):
    """Returns the path of a cgroup, and two events of a connection in it."""
    of_connection = {"local": "2001:db8:1234:5678:aaaa:bbbb:cccc:dddd", "cgroup": number + 1,
                     "remote": f"2001:db8:aaaa:bbbb:cccc:{number:x}:baaa:aaaa"}
    return fake.name(number + 1, path_of(number)), fake.event(
        STRIDE * (2 * number + 1), segments=2000, sent=300000, nbytes=14480000, flags=1,
        resets_sent=3, resets_received=4, stall_us=3200000, timers=1, **of_connection), fake.event(
            STRIDE * (2 * number + 2), cause=fake.NONE, segments=0, received=300000,
            out_of_order=3000, spurious=300, flags=fake.ENDED, timed_out=1, **of_connection)


def fill(peer, series, path_of):
    for begin in range(0, series, 42):
        end = min(begin + 42, series)
        peer.send(*(record for number in range(begin, end) for record in records_of(number, path_of)))
        peer.drain()
    peer.acks(2 * STRIDE * series)


def serve(rig, series, encoding):
    client = http.client.HTTPConnection("127.0.0.1", rig.exporter.port, timeout=120)
    client.request("GET", "/metrics", headers={
        "Accept-Encoding": encoding, "Accept": "application/openmetrics-text;version=1.0.0"})
    answer = client.getresponse()
    expect(answer.status, 200, "status")
    body = answer.read()
    text = gzip.decompress(body) if encoding == "gzip" else body
    expect(text.count(b"\ntcp_retransmissions_total{"), series, "groups in the exposition")
    check(f"\nrexmit_series {series}\n".encode() in text, "rexmit_series differs")


def status_of(rig, field):
    with open(f"/proc/{rig.exporter.process.pid}/status", encoding="ascii") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1])


def huge_pages(group):
    """The exporter uses huge pages, which waste memory, only if the limit has room for the waste."""
    for series, enabled in ((1000, 1), (largest_accepted(group), 0)):
        rig = Rig("--allow-root", "--max-series", str(series), launcher=group.enter())
        expect(status_of(rig, "THP_enabled"), enabled, f"THP_enabled with {series} series")
        rig.stop()


def full(group, *flags, path_of=pod_path):
    """The exporter fills its table within the limit, and serves it with and without gzip."""
    series = largest_accepted(group, *flags)
    rig = Rig("--allow-root", "--max-series", str(series), *flags, launcher=group.enter())
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    fill(peer, series, path_of)
    for encoding in ("identity", "gzip") * 2:
        serve(rig, series, encoding)
    most = status_of(rig, "VmHWM") << 10
    print(f"{series} series {flags}, {path_of.__name__}: {most / MIB:.1f} of {LIMIT / MIB:.0f} MiB")
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
    huge_pages(group)
    full(group)
    full(group, "--openmetrics", "created")
    full(group, "--group-by", ALL_LABELS)
    full(group, "--group-by", ALL_LABELS, path_of=escaped_path)
    full(group, "--group-by", ALL_LABELS, path_of=random_path)


# A sanitizer needs more memory than the limit.
if FLAGS:
    skip("this build has a sanitizer")
run_test(main)
