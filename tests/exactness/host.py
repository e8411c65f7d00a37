#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Which network namespace a collector in a container's namespaces treats as the host's.

It is the same one that a collector in the host's PID namespace finds. The host's own counts, which
PID 1 of a container does not show, are left out, and a log line says so.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, skip, until  # noqa: E402

FIRST_PID_NAMESPACE = "pid:[4026531836]"  # PID_NS_INIT_INO, include/uapi/linux/nsfs.h
CONTAINER = ("unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc", "--")
KERNELS = "rexmit_kernel_retrans_segments_total"


def end(process):
    """unshare forwards no signal, and a collector that changes its user outlives --kill-child."""
    subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
    process.kill()


def start(launcher):
    """(the host's network namespace according to the collector, its log, the exposition)"""
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory, launcher=launcher)
    on_exit(end, collector.process)
    collector.wait()
    exporter = pipeline.Exporter(directory).wait().wait_for_collector()
    until("the collector's counters",
          lambda: exporter.scrape().sum("rexmit_records_total", type="counter") > 0)
    exposition, log = exporter.scrape(), collector.log()
    found = re.search(r"host network namespace ([0-9]+)", log)
    end(collector.process)
    check(found, f"no line with the namespace: {log}")
    return int(found.group(1)), log, exposition


def main():
    need_root_and_namespaces()
    if os.readlink("/proc/self/ns/pid") != FIRST_PID_NAMESPACE:
        skip("not in the host's PID namespace")
    host, _, exposition = start(())
    check(exposition.values(KERNELS), "the host's own counts are missing")
    contained, log, exposition = start(CONTAINER)
    check(contained == host, f"host network namespace {contained} in a container, {host} outside")
    check(not exposition.values(KERNELS), "a container's counts under the name of the host's")
    check("PID 1 is not the host's" in log, f"no line about that: {log}")
    print(f"ok: {host} from both")


run_test(main)
