#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Every query of the dashboard, the rules and the runbook, answered by a running Prometheus.

Prometheus scrapes the two programs while segments are lost between two network namespaces. No
query may be an error, none may name a metric that the exporter does not have, and all but those
of MAY_BE_EMPTY have an answer. That Grafana would load the file is checked only as far as its
structure goes.
"""
import json
import re
from pathlib import Path

import network
import pipeline
import traffic
from lifetime import check, need_root_and_namespaces, run_test, until
from prometheus import Prometheus, need_prometheus

TREE = Path(__file__).resolve().parents[3]
DASHBOARD = TREE / "monitoring/dashboard.json"
RUNBOOK = TREE / "docs/runbook.md"
RULES = sorted(TREE.glob("monitoring/rules/*.yml"))
# What Grafana puts in; a host's variables get the value of their "All".
GRAFANA = {"__rate_interval": "10s", "__range": "1m"}
# These things need not happen within a test.
MAY_BE_EMPTY = ("rexmit_retransmit_failures_total", "changes(rexmit_collector_attached")
# The one metric that is not in the exposition as long as it is zero for all errors.
MAY_BE_ABSENT = {"rexmit_retransmit_failures_total"}
METRIC = re.compile(r"\b(?:rexmit|tcp|process|instance\w*:\w+:\w+|scrape|up)\w*(?=[\s{\[)]|$)")


def variables(dashboard):
    """{name: what Grafana puts in for it}, of those that queries use."""
    values = dict(GRAFANA)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "datasource":
            continue
        value = variable["current"]["value"]
        values[variable["name"]] = variable["allValue"] if value == ["$__all"] else value
    return values


def substitute(expression, values):
    def value(match):
        check(match.group(1) in values, f"unknown variable {match.group(0)}: {expression}")
        return values[match.group(1)]
    return re.sub(r"\$\{?(\w+)\}?", value, expression)


def check_data_sources(node):
    """Everything asks the data source that the variable names."""
    children = node.values() if isinstance(node, dict) else node
    for child in children:
        if isinstance(child, (dict, list)):
            check_data_sources(child)
    if isinstance(node, dict) and "datasource" in node:
        check(node["datasource"] in ({"type": "prometheus", "uid": "${datasource}"},
                                     {"type": "grafana", "uid": "-- Grafana --"}),
              f"a data source of its own: {node['datasource']}")


def check_panel(panel):
    """What Grafana needs of a panel."""
    where = f"panel {panel.get('title')!r}"
    grid = panel["gridPos"]
    check(grid["x"] >= 0 and grid["x"] + grid["w"] <= 24 and grid["h"] > 0, f"{where}: gridPos")
    check(panel["title"], f"{where}: no title")
    if panel["type"] == "row":
        return
    check(panel["targets"], f"{where}: no query")
    references = [target["refId"] for target in panel["targets"]]
    check(len(set(references)) == len(references), f"{where}: a refId twice")
    for item in (panel, *panel["targets"]):
        check("datasource" in item, f"{where}: no data source")


def check_no_overlap(panels):
    taken = {}
    for panel in panels:
        grid = panel["gridPos"]
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                other = taken.setdefault((x, y), panel["title"])
                check(other is panel["title"], f"{other!r} and {panel['title']!r} overlap")


def check_structure(dashboard):
    check(dashboard["schemaVersion"] >= 38, "schemaVersion is older than Grafana 10")
    check("uid" not in dashboard and "id" not in dashboard, "an identity of some Grafana's own")
    check(dashboard["templating"]["list"][0]["type"] == "datasource", "no data source variable")
    check_data_sources(dashboard)
    panels = dashboard["panels"]
    check(len({panel["id"] for panel in panels}) == len(panels), "a panel id twice")
    for panel in panels:
        check_panel(panel)
    check_no_overlap(panels)


def dashboard_queries(dashboard):
    """[(where, expression)] of panels, annotations and variables."""
    values = variables(dashboard)
    found = [(panel["title"], target["expr"]) for panel in dashboard["panels"]
             for target in panel.get("targets", ())]
    found += [(f"annotation {annotation['name']}", annotation["expr"])
              for annotation in dashboard["annotations"]["list"] if "expr" in annotation]
    for variable in dashboard["templating"]["list"]:
        asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", ""))
        check(asked or variable["type"] != "query", f"variable {variable['name']}")
        if asked:
            found.append((f"variable {variable['name']}",
                          f"count by ({asked.group(2)}) ({asked.group(1)})"))
    return [(where, substitute(expression, values)) for where, expression in found]


def runbook_queries():
    """What the runbook says in code spans that name a metric, HOST and PEER as they stand."""
    spans = re.findall(r"`([^`\n]+)`", RUNBOOK.read_text(encoding="utf-8"))
    found = [span for span in spans if re.search(r"\b(rexmit|tcp|process|instance\w*)[_:]", span)]
    check(found, "no query in the runbook")
    return found


def make_loss(client, server):
    """Bulk transfers over 5 % loss, on and on, until the test ends; returns the connector."""
    traffic.listen(server, server.v4)
    server.drop(network.random_loss(5))
    return traffic.Connector(client, server.v4, parallel=2, bytes=1_000_000, seconds=600)


def check_answer(prometheus, where, expression):
    """Asks until there is an answer: a rate needs two scrapes."""
    if any(name in expression for name in MAY_BE_EMPTY):
        prometheus.query(expression)
    else:
        until(f"an answer to {where}: {expression}", lambda: prometheus.query(expression))


def check_metrics(prometheus, expressions):
    """A misspelt metric in an alert would be empty for ever, as a good alert is."""
    known = set(prometheus.data("label/__name__/values")) | MAY_BE_ABSENT
    for expression in expressions:
        named = set(METRIC.findall(re.sub(r'"[^"]*"|\b(?:by|on|without|ignoring) \([^)]*\)', "",
                                          expression)))
        check(named or "ALERTS" in expression, f"no metric found in {expression}")
        check(named <= known, f"{sorted(named - known)} is no metric: {expression}")


def check_rules(prometheus):
    def evaluated():
        rules = prometheus.rules()
        return all(rule["health"] != "unknown" for rule in rules) and rules
    rules = until("an evaluation of every rule", evaluated)
    for rule in rules:
        check(rule["health"] == "ok", f"{rule['name']}: {rule.get('lastError')}")
        if rule["type"] == "recording":
            check_answer(prometheus, rule["name"], rule["query"])
        else:
            prometheus.query(rule["query"])
    return [rule["query"] for rule in rules]


def main():
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    check_structure(dashboard)
    need_root_and_namespaces()
    need_prometheus()
    _, exporter = pipeline.start_pair(exporter_flags=())
    prometheus = Prometheus(exporter.port, RULES).wait()
    with network.make_pair() as (client, server):
        connector = make_loss(client, server)
        queries = dashboard_queries(dashboard)
        for where, expression in queries:
            check_answer(prometheus, where, expression)
        rules = check_rules(prometheus)
        advised = runbook_queries()
        for expression in advised:
            prometheus.query(expression)
        check_metrics(prometheus, [expression for _, expression in queries] + rules + advised)
        check(connector.process.poll() is None, "the traffic ended before the queries")
    print(f"{len(queries)} queries of the dashboard, {len(rules)} of the rules and "
          f"{len(advised)} of the runbook answered")


run_test(main)
