# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The example configurations of Prometheus are valid, and keep the metrics that they promise to
keep."""
import re
import shutil
import subprocess
from pathlib import Path

from lifetime import check, command, run_test, skip

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy/prometheus"
RULES = (ROOT / "monitoring/rules/recording.yml").read_text(encoding="utf-8")
NAMES = (ROOT / "deploy/kubernetes/rules.yaml").read_text(encoding="utf-8")
EXPOSITION = (ROOT / "tests/unit/golden/exposition-full.txt").read_text(encoding="utf-8")


# The metrics of the largest exposition. Metrics of groups grow with the peers; histograms do not.
EXPOSITION_METRICS = set(re.findall(r"^# TYPE (\w+)", EXPOSITION, re.M))
OF_GROUPS = {name for name in EXPOSITION_METRICS if name.startswith("tcp_")}
OF_HOST = {name for name in EXPOSITION_METRICS if name.startswith("rexmit_")}
RECORDED = set(re.findall(r"record: (\S+)", RULES))
OF_WORKLOADS = set(re.findall(r"record: (namespace_workload\S+)", NAMES))
MAX_SERIES = 10000  # the default, as in docs/metrics.md and --help


def check_selected(what, pattern):
    """The configuration keeps all metrics except those that grow with the peers."""
    wanted = OF_HOST | RECORDED | OF_WORKLOADS | {"up", "ALERTS"}
    kept = {name for name in OF_GROUPS | wanted if re.fullmatch(pattern, name)}
    check(len(OF_HOST) > 40 and len(RECORDED) > 5, f"{len(OF_HOST)} metrics of a host")
    check(len(OF_WORKLOADS) > 3, f"recorded of workloads: {OF_WORKLOADS}")
    missing = sorted(wanted - kept)
    check(not missing, f"{what} drops {missing}")
    check(not kept & OF_GROUPS, f"{what} keeps {sorted(kept & OF_GROUPS)}")


def check_sample_limit(fleet):
    """A full table stays below the limit, even with the samples of --openmetrics created."""
    limit = int(re.search(r"sample_limit: (\d+)", fleet).group(1))
    grows = {name for name in OF_GROUPS if name.endswith("_total")}
    # Resets have two directions, and timeouts have three phases.
    check({"tcp_resets_total", "tcp_connections_timed_out_total"} <= grows, "no resets or timeouts")
    own = len(re.findall(r"^(?:rexmit|process|tcp_retransmission_(?:srtt|timer))_", EXPOSITION, re.M))
    most = 2 * (len(grows) + 1 + 2) * (MAX_SERIES + 1) + 2 * own
    check(limit > most, f"sample_limit {limit}, but an exposition can have {most} samples")
    print(f"sample_limit {limit}, at most {most}")


def main():
    if not shutil.which("promtool"):
        skip("no promtool command")
    for name in ("fleet", "federation"):
        command("promtool", "check", "config", DEPLOY / f"{name}.yml")
    wrong = subprocess.run(["promtool", "check", "config", "/dev/stdin"], text=True, check=False,
                           input="scrape_configs: [{jobname: rexmit}]", capture_output=True)
    check(wrong.returncode != 0, "promtool accepts an invalid configuration")
    fleet = (DEPLOY / "fleet.yml").read_text(encoding="utf-8")
    check_selected("remote_write", re.search(r'regex: "(.*instance.*)"\n', fleet).group(1))
    check_sample_limit(fleet)
    federation = (DEPLOY / "federation.yml").read_text(encoding="utf-8")
    selectors = re.findall(r'__name__=~"([^"]+)"', federation) + re.findall(r"'(\w+)\{", federation)
    check_selected("federation", "|".join(selectors))


run_test(main)
