#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector in a container and one outside find the same network namespace of the host.

In a container, PID 1 does not show the host's counters. The exposition then omits them, and the
collector logs the reason.
"""
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import contained  # noqa: E402
import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, skip, until  # noqa: E402

FIRST_PID_NAMESPACE = "pid:[4026531836]"  # PID_NS_INIT_INO, include/uapi/linux/nsfs.h
KERNELS = "rexmit_kernel_retrans_segments_total"


def start(launcher):
    """Starts a collector. Returns (the host's namespace that it found, its log, the exposition)."""
    directory = pipeline.private_directory()
    collector = contained.start(directory, launcher)
    exporter = pipeline.Exporter(directory).wait().wait_for_collector()
    until("the collector's counters",
          lambda: exporter.scrape().sum("rexmit_records_total", type="counter") > 0)
    exposition, log = exporter.scrape(), collector.log()
    found = re.search(r"host network namespace ([0-9]+)", log)
    contained.end(collector.process)
    check(found, f"no log line names the namespace: {log}")
    return int(found.group(1)), log, exposition


def main():
    need_root_and_namespaces()
    if os.readlink("/proc/self/ns/pid") != FIRST_PID_NAMESPACE:
        skip("not in the host's PID namespace")
    host, _, exposition = start(())
    check(exposition.values(KERNELS), "the exposition has no counters of the host")
    found, log, exposition = start(contained.LAUNCHER)
    check(found == host, f"the host's namespace is {found} in a container, {host} outside")
    check(not exposition.values(KERNELS), "the exposition has a container's counters as the host's")
    check("PID 1 is not the host's" in log, f"no log line says that: {log}")
    print(f"ok: both collectors found {host}")


run_test(main)
