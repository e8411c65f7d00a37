#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""promtool checks the rules and runs their unit tests.

For every alert one unit test expects that the alert fires, and another expects that it does not.
The alert's runbook_url is a section of docs/runbook.md. The runbook has no section for an unknown
alert. The runbook explains each cause, and its queries are valid. docs/metrics.md lists the
recorded series.
"""
import json
import re
import shutil
import tempfile
from pathlib import Path

from lifetime import check, command, run_test, skip

TREE = Path(__file__).resolve().parents[3]
RULES = sorted(TREE.glob("monitoring/rules/*.yml"))
UNIT_TESTS = sorted(TREE.glob("tests/shipped/monitoring/*.yml"))
ALERTS = TREE / "monitoring/rules/alerts.yml"
NAMES = TREE / "protocol/names.c"
DASHBOARDS = sorted(TREE.glob("monitoring/dashboard-*.json"))
RUNBOOK = TREE / "docs/runbook.md"
METRICS = TREE / "docs/metrics.md"


def alerts():
    """Returns {name: text of the rule}."""
    parts = re.split(r"^ *- alert: (\w+)\n", ALERTS.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def tested():
    """Returns {name: [for each unit test, whether the alert must fire]}."""
    found = {}
    for file in UNIT_TESTS:
        for name, expected in re.findall(
                r"alertname: (\w+),?\s+eval_time: \w+,?\s+exp_alerts:\s*(\[\]|- )",
                file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(expected != "[]")
    return found


def check_tests(names):
    found = tested()
    for name in names:
        check(True in found.get(name, ()), f"no unit test shows {name} firing")
        check(False in found.get(name, ()), f"no unit test shows {name} not firing")


def check_rule(name, rule):
    for key in ("severity", "summary", "description", "runbook_url"):
        check(re.search(rf"^ +{key}: \S", rule, re.M), f"{name} has no {key}")
    check(f"runbook_url: docs/runbook.md#{name.lower()}\n" in rule,
          f"{name}: runbook_url is not the alert's section")


def check_runbook(names):
    text = RUNBOOK.read_text(encoding="utf-8")
    headings = re.findall(r"^## (Rexmit\w+)$", text, re.M)
    check(sorted(headings) == sorted(names),
          f"sections and alerts differ: {sorted(set(headings) ^ set(names))}")
    causes = re.findall(r'WIRE_CAUSE_\w+\] = "(\w+)"', NAMES.read_text(encoding="utf-8"))
    explained = re.findall(r"^\| `(\w+)` \|", text, re.M)
    check(set(causes) == {"none", *explained}, f"causes {causes}, explained {explained}")


def check_queries():
    """Checks the runbook's queries as rules. The rules must record the series that the queries
    use."""
    text = re.sub(r"^```.*?^```", "", RUNBOOK.read_text(encoding="utf-8"), flags=re.M | re.S)
    queries = [span for span in re.findall(r"`([^`\n]+)`", text)
               if re.match(r"(sum|topk|rate)\b.*\w{3}|instance\w*:", span)]
    check(len(queries) > 8, f"queries: {queries}")
    recorded = re.findall(r"record: (\S+)", "".join(map(Path.read_text, RULES)))
    for name in re.findall(r"instance\w*:[\w:]+", " ".join(queries)):
        check(name in recorded, f"the runbook names {name}, which no rule records")
    rules = [{"record": f"query:{i}", "expr": query} for i, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "runbook", "rules": rules}]}, file)
        file.flush()
        command("promtool", "check", "rules", file.name)


def check_births():
    """Queries of series that may start above 0 must include the first value.

    rate() and increase() alone ignore that value.
    """
    panels = [panel for dashboard in DASHBOARDS
              for panel in json.loads(dashboard.read_text(encoding="utf-8"))["panels"]]
    texts = [rule.read_text(encoding="utf-8") for rule in RULES]
    texts += [target["expr"] for panel in panels for target in panel.get("targets", ())]
    found = [match.groups() for text in texts for match in re.finditer(
        r"(\w*)\s*\b(rate|increase)\((?:tcp_\w+_total|rexmit_retransmit_failures_total)\b", text)]
    check(len(found) > 10, f"only {len(found)} queries of series that may start above 0")
    check(set(found) == {("or", "increase")},
          f"queries miss the first value of series: {set(found)}")


def check_documented():
    """docs/metrics.md has each recorded series once, and no others."""
    text = METRICS.read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(instance\w*:[\w:]+)` \|", text, re.M)
    names = [name for rule in RULES
             for name in re.findall(r"record: (\S+)", rule.read_text(encoding="utf-8"))]
    check(sorted(documented) == sorted(names),
          f"recorded and documented differ: {sorted(set(names) ^ set(documented))}")


def main():
    if not shutil.which("promtool"):
        skip("no promtool command")
    print(command("promtool", "check", "rules", *map(str, RULES)))
    print(command("promtool", "test", "rules", *map(str, UNIT_TESTS)))
    for config in TREE.glob("monitoring/*.yml"):
        print(command("promtool", "check", "config", str(config)))
    rules = alerts()
    check(rules, "no alert found")
    for name, rule in rules.items():
        check_rule(name, rule)
    check_tests(rules)
    check_runbook(rules)
    check_queries()
    check_births()
    check_documented()


run_test(main)
