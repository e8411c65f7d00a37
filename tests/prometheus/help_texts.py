#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A metric that both rexmit and Prometheus export has the same HELP and TYPE in both."""
import re
import sys
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "lib"))

import pipeline  # noqa: E402
from lifetime import check, run_test  # noqa: E402
from prometheus import Prometheus, need_prometheus  # noqa: E402


def families(text):
    """Returns {name: (type, help)}."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    return {name: (types[name], words)
            for name, words in re.findall(r"^# HELP (\S+) (.*)$", text, re.M)}


def main():
    need_prometheus()
    exporter = pipeline.Exporter(pipeline.private_directory()).wait()
    prometheus = Prometheus(exporter.port).wait()
    ours = families(exporter.scrape().text)
    theirs = families(urllib.request.urlopen(prometheus.url("/metrics"), timeout=30).read().decode())
    both = set(ours) & set(theirs)
    check(len(both) >= 6, f"only {both} are in both")
    for name in sorted(both):
        check(ours[name] == theirs[name],
              f"{name} is {ours[name]} in rexmit, {theirs[name]} in Prometheus")


run_test(main)
