# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""bench/run comes to its end and has something to say of everything. How fast is not looked at."""
import glob
import json
import os
import subprocess
import sys
import tempfile

from lifetime import check, need_root_and_namespaces, on_exit, run_test, stop

SOURCE = os.environ["REXMIT_SOURCE"]
FIGURES = ("storm: both handlers of an event", "a full ring, 10000 groups", "collector alone",
           "collector's start to the first event counted", "exporter, 100000 series",
           "exporter: CPU while nothing is lost", "100000 series, gzip: scrape")


def main():
    need_root_and_namespaces()
    with tempfile.TemporaryDirectory(prefix="rexmit-bench-") as directory:
        path = f"{directory}/figures.json"
        run = subprocess.Popen([sys.executable, f"{SOURCE}/bench/run", "--quick", "--json", path],
                               stdin=subprocess.DEVNULL,
                               env={**os.environ, "REXMIT_BENCH_BUILD": f"{directory}/build"})
        on_exit(stop, run)
        status = run.wait()
        check(status == 0, f"status {status}")
        with open(path, encoding="utf-8") as file:
            figures = {figure["name"]: figure for figure in json.load(file)["figures"]}
    for name in FIGURES:
        check(name in figures, f"no figure '{name}'")
        check(figures[name]["median"] > 0, f"{name}: {figures[name]}")
    left = glob.glob(f"/sys/fs/bpf/rexmit-bench-{run.pid}-*")
    check(not left, f"left behind: {left}")


run_test(main)
