# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""promtool checks the rules of deploy/kubernetes/rules.yaml, and runs their unit tests."""
import re
import shutil
import tempfile
from pathlib import Path

import kubernetes_rules
from lifetime import check, command, run_test, skip

TREE = Path(__file__).resolve().parents[3]
TESTS = Path(__file__).with_suffix(".yml")


def main():
    if not shutil.which("promtool"):
        skip("no promtool command")
    text = kubernetes_rules.MANIFEST.read_text(encoding="utf-8")
    fleet = (TREE / "docs/fleet.md").read_text(encoding="utf-8")
    for name in re.findall(r"`(\w+:\w+:\w+)`", fleet.split("### Names of pods")[1].split("\n### ")[0]):
        check(f"record: {name}\n" in text, f"docs/fleet.md names {name}, which no rule records")
    with tempfile.TemporaryDirectory() as directory:
        rules = kubernetes_rules.write(directory)
        print(command("promtool", "check", "rules", str(rules)))
        shutil.copy(TESTS, directory)
        print(command("promtool", "test", "rules", f"{directory}/{TESTS.name}"))


run_test(main)
