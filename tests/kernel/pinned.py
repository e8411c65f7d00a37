# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What is pinned is taken over only if it fits, and by one collector at a time.

killed.py is about what becomes of the counts.
"""
import os
import subprocess

import pipeline
from lifetime import check, need_root_and_namespaces, run_test
from pins import pins_directory, unpin


def refused(directory, *flags):
    """The one line of a collector that must not start."""
    done = subprocess.run([pipeline.COLLECTOR, "--socket", f"{directory}/other.sock", "--user",
                           pipeline.USER, *pipeline.ROOM, *flags], capture_output=True, text=True, check=False)
    check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")
    check(done.stderr.count("\n") == 1, f"not one line: {done.stderr}")
    return done.stderr


def main():
    need_root_and_namespaces()
    directory, pins = pipeline.private_directory(), pins_directory()
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    check("another collector" in refused(directory, "--pin", pins), "a second one is let in")
    check("not in bpffs" in refused(directory, "--pin", f"{directory}/pins"), "pins elsewhere")
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    collector.stop()
    again = pipeline.Collector(directory, "--pin", pins).wait()
    exporter.wait_for_collector()
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 0, "another instance")
    again.stop()
    smaller = pipeline.Collector(directory, "--pin", pins, "--ring-bytes", str(1 << 20)).wait()
    check("of another size" in smaller.log(), "a ring of another size was taken over")
    exporter.wait_for_collector()
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 1, "the same instance")
    smaller.stop()
    exporter.stop()
    unpin(pins)
    check(not os.path.exists(pins), "--unpin left something")


run_test(main)
