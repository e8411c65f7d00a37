# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""bench/run succeeds and prints all figures. The test does not check speeds."""
import glob
import json
import os
import subprocess
import sys
import tempfile

from lifetime import check, need_root_and_namespaces, on_exit, run_test, stop

SOURCE = os.environ["REXMIT_SOURCE"]
FIGURES = ("storm: both handlers of an event", "CPU time of a pair: rexmit",
           "a full ring, 10000 groups", "collector alone",
           "collector's start to the first event counted", "exporter, 100000 series",
           "exporter: CPU while nothing is lost", "100000 series, gzip: scrape")


def compare(one, two):
    return subprocess.run([sys.executable, f"{SOURCE}/bench/compare", one, two], check=False,
                          capture_output=True, text=True)


def check_compare(path, figures, other):
    """bench/compare accepts an equal run. It rejects a slower run and a run with a missing figure.

    It refuses a file that is no run.
    """
    def with_other(text):
        with open(other, "w", encoding="utf-8") as file:
            file.write(text)
        return compare(path, other)
    def with_figures(changed):
        return with_other(json.dumps({"figures": list(changed.values())}))
    done = compare(path, path)
    check(done.returncode == 0 and "agree" in done.stdout, f"the run differs from itself: {done}")
    name = "storm: tcp_retransmit_skb"
    slower = {field: 100 * figures[name][field] for field in ("ratio", "ratio_min", "ratio_max")}
    done = with_figures({**figures, name: {**figures[name], **slower}})
    check(done.returncode == 1 and done.stdout.startswith(f"{name}: "),
          f"a slower run does not differ: {done}")
    done = with_figures({key: figures[key] for key in figures if key != name})
    check(f"{name}: only in {path}\n" in done.stdout, f"a missing figure is not reported: {done}")
    done = with_figures({})
    check(done.returncode == 1, f"runs without common figures do not differ: {done}")
    done = with_other("[]")
    check(done.returncode == 2 and other in done.stderr,
          f"a file without figures is accepted: {done}")


def main():
    need_root_and_namespaces()
    with tempfile.TemporaryDirectory(prefix="rexmit-bench-") as directory:
        path = f"{directory}/figures.json"
        run = subprocess.Popen([sys.executable, f"{SOURCE}/bench/run", "--quick", "--json", path],
                               stdin=subprocess.DEVNULL,
                               env={**os.environ, "REXMIT_BENCH_BUILD": os.environ["BUILD"]})
        on_exit(stop, run)
        status = run.wait()
        check(status == 0, f"status {status}")
        with open(path, encoding="utf-8") as file:
            figures = {figure["name"]: figure for figure in json.load(file)["figures"]}
        check_compare(path, figures, f"{directory}/other.json")
    for name in FIGURES:
        check(name in figures, f"the figure '{name}' is missing")
        check(figures[name]["median"] > 0, f"{name}: {figures[name]}")
    left = glob.glob(f"/sys/fs/bpf/rexmit-bench-*-{run.pid}")
    check(not left, f"the benchmark left {left}")


run_test(main)
