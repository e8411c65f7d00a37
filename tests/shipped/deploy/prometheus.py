# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The example configurations of Prometheus are ones, and keep what they name."""
import re
import shutil
import subprocess
from pathlib import Path

from lifetime import check, command, run_test, skip

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy/prometheus"
RULES = (ROOT / "monitoring/rules/recording.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "tests/unit/golden/page-full.txt").read_text(encoding="utf-8")


def names():
    """What there is: the metrics of a page, the recorded series, and Prometheus' own `up`."""
    return {"up", *re.findall(r"^# TYPE (\w+)", PAGE, re.M),
            *re.findall(r"record: (\S+)", RULES)}


def check_selected(what, patterns):
    for pattern in patterns:
        check([name for name in names() if re.fullmatch(pattern, name)],
              f"{what}: nothing is called {pattern}")


def main():
    if not shutil.which("promtool"):
        skip("no promtool command")
    for name in ("fleet", "federation"):
        command("promtool", "check", "config", DEPLOY / f"{name}.yml")
    wrong = subprocess.run(["promtool", "check", "config", "/dev/stdin"], text=True, check=False,
                           input="scrape_configs: [{jobname: rexmit}]", capture_output=True)
    check(wrong.returncode != 0, "promtool takes anything")
    fleet = (DEPLOY / "fleet.yml").read_text(encoding="utf-8")
    kept = re.search(r'regex: "(instance.*)"\n', fleet).group(1)
    check_selected("remote_write", re.split(r"\|(?![^(]*\))", kept))
    federation = (DEPLOY / "federation.yml").read_text(encoding="utf-8")
    for pattern in re.findall(r'__name__=~"([^"]+)"', federation):
        check_selected("federation", pattern.split("|"))


run_test(main)
