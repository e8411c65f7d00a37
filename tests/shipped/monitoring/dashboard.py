#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A running Prometheus answers every query of the dashboards, the rules and the runbook.

Prometheus scrapes both programs while segments are lost or reordered, or stay unanswered. No query
may fail or name an unknown metric. Every query must have an answer, except those in MAY_BE_EMPTY.

Prometheus also scrapes the exporter under a dozen host names. A query of the fleet's dashboard may
return at most as many lines as the variable Top allows. It may use only federated series. The test
does not run Grafana, so it checks only the structure of Grafana's files.
"""
import json
import re
import socket
import threading
from pathlib import Path

import forwarder
import kubernetes_rules
import network
import pipeline
import traffic
from lifetime import check, need_root_and_namespaces, run_test, until
from prometheus import Prometheus, need_prometheus

TREE = Path(__file__).resolve().parents[3]
FLEET, HOST = (TREE / f"monitoring/dashboard-{name}.json" for name in ("fleet", "host"))
ALERTS = TREE / "monitoring/rules/alerts.yml"
FEDERATION = TREE / "deploy/prometheus/federation.yml"
RUNBOOK = TREE / "docs/runbook.md"
RULES = sorted(TREE.glob("monitoring/rules/*.yml"))
EXPOSITION = TREE / "tests/unit/golden/exposition-full.txt"
GROUPS = "ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,pod_uid,unit,uid"
# The values that Grafana inserts. A host's variables have the value of "All".
GRAFANA = {"__rate_interval": "10s", "__range": "1m"}
# These events may not happen in a test. No programs except rexmit's run.
MAY_BE_EMPTY = ("rexmit_retransmit_failures_total", "changes(rexmit_collector_attached",
                "namespace_workload", "label_replace(ALERTS")
# More hosts than "Top" allows.
COPIES = """
  - job_name: copies
    static_configs:
"""
COPY = "      - {{targets: ['127.0.0.1:{port}'], labels: {{instance: 'host{number}'}}}}\n"
METRIC = re.compile(r"\b(?:rexmit|tcp|process|(?:instance|namespace_workload)\w*:\w+:\w+|scrape|up)\w*(?=[\s{\[)]|$)")


def variables(dashboard, host):
    """Returns {name: inserted value} of the variables in queries. `host` is the selected host."""
    values = dict(GRAFANA)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "datasource":
            continue
        value = variable["current"].get("value", host)
        values[variable["name"]] = variable["allValue"] if value == ["$__all"] else value
    return values


def substitute(expression, values):
    def value(match):
        check(match.group(1) in values, f"unknown variable {match.group(0)}: {expression}")
        return values[match.group(1)]
    return re.sub(r"\$\{?([a-z_]\w*)\}?", value, expression)


def check_data_sources(node):
    """Every query uses the data source that the variable selects."""
    children = node.values() if isinstance(node, dict) else node
    for child in children:
        if isinstance(child, (dict, list)):
            check_data_sources(child)
    if isinstance(node, dict) and "datasource" in node:
        check(node["datasource"] in ({"type": "prometheus", "uid": "${datasource}"},
                                     {"type": "grafana", "uid": "-- Grafana --"}),
              f"another data source: {node['datasource']}")


def check_panel(panel):
    """Checks the fields that Grafana needs in a panel."""
    where = f"panel {panel.get('title')!r}"
    grid = panel["gridPos"]
    check(grid["x"] >= 0 and grid["x"] + grid["w"] <= 24 and grid["h"] > 0, f"{where}: gridPos")
    check(panel["title"], f"{where}: the title is missing")
    if panel["type"] == "row":
        return
    check(panel["targets"], f"{where}: there is no query")
    references = [target["refId"] for target in panel["targets"]]
    check(len(set(references)) == len(references), f"{where}: two queries have the same refId")
    for item in (panel, *panel["targets"]):
        check("datasource" in item, f"{where}: the data source is missing")


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
    check("id" not in dashboard, "the dashboard has an id of one Grafana")
    check(dashboard["templating"]["list"][0]["type"] == "datasource",
          "the data source variable is missing")
    check_data_sources(dashboard)
    panels = dashboard["panels"]
    check(len({panel["id"] for panel in panels}) == len(panels), "two panels have the same id")
    for panel in panels:
        check_panel(panel)
    check_no_overlap(panels)


def urls(node):
    """Yields all addresses of links."""
    if isinstance(node, dict):
        yield from [node["url"]] if isinstance(node.get("url"), str) and node["url"] else []
        node = node.values()
    for child in node if not isinstance(node, (str, int, float, bool, type(None))) else ():
        yield from urls(child)


def panel_links(dashboard):
    """Returns {(title of the panel, column): [addresses]}."""
    return {(panel["title"], override["matcher"]["options"]): list(urls(override))
            for panel in dashboard["panels"]
            for override in panel.get("fieldConfig", {}).get("overrides", ()) if list(urls(override))}


def check_links(dashboards):
    """Each link leads to a dashboard with the dashboard's variables, to the host's page or to
    the runbook."""
    names = {board["uid"]: {v["name"] for v in board["templating"]["list"]} for board in dashboards}
    check(len(names) == len(dashboards), f"uids: {list(names)}")
    for board in dashboards:
        check(re.fullmatch("[a-z-]{4,40}", board["uid"]), board["uid"])
        check(board["links"][0]["tags"] == board["tags"][:1],
              "the link to the other dashboard is missing")
        for url in urls(board):
            if not url.startswith("/d/"):
                check(url in ("http://${__value.raw}/", "${runbook}#${__value.text}"), url)
                continue
            uid, given = re.fullmatch(r"/d/([a-z-]+)\?(.*)", url).groups()
            passed = re.findall(r"var-(\w+)=|\$\{(\w+):queryparam\}", given)
            check({a or b for a, b in passed} <= names[uid], f"{url}: variables {passed}")
            check("${__url_time_range}" in given, f"{url}: the time range is missing")
        columns = {column for _, column in panel_links(board)}
        check({"host", "peer", "runbook"} <= columns, f"{board['uid']}: links of {columns}")
    check("page" in {column for _, column in panel_links(dashboards[0])},
          "the link to the host's page is missing")


def check_runbook_links(dashboard):
    """Each alert links to its section of the runbook, which its rule names."""
    wanted = dict(re.findall(r"- alert: (\w+).*?runbook_url: \S+#(\w+)", ALERTS.read_text("utf-8"), re.S))
    panel, = [panel for panel in dashboard["panels"] if panel["title"] == "Alerts"]
    mappings, = [prop["value"] for override in panel["fieldConfig"]["overrides"]
                 for prop in override["properties"] if prop["id"] == "mappings"]
    have = {alert: to["text"] for alert, to in mappings[0]["options"].items()}
    check(have == wanted, f"sections: {set(have.items()) ^ set(wanted.items())}")


def dashboard_queries(dashboard, host, peer=""):
    """Returns [(where, expression)] of panels, annotations and variables."""
    values = {**variables(dashboard, host), "peer": peer}
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
    """Returns the runbook's code spans that name a metric, with HOST and PEER unchanged."""
    spans = re.findall(r"`([^`\n]+)`", RUNBOOK.read_text(encoding="utf-8"))
    found = [span for span in spans if re.search(r"\b(rexmit|tcp|process|instance\w*)[_:]\w+(?!\.)\b", span)
             and not span.startswith("net.")]
    check(found, "the runbook has no query")
    return found


def make_loss(client, server):
    """Makes bulk transfers with 5 % loss, and unanswered connections, until the test ends.

    Returns the connector of the transfers.
    """
    client.sysctl(tcp_syn_retries=1)
    traffic.listen(server, server.v4)
    server.drop(network.random_loss(5), "tcp dport 9")
    threading.Thread(target=never_answered, args=(client, server), daemon=True).start()
    traffic.Connector(client, server.v4, count=100000, abort=True, may_fail=True)
    return traffic.Connector(client, server.v4, parallel=2, bytes=1_000_000, seconds=600)


def never_answered(client, server):
    with client.inside():
        while True:
            with socket.socket() as connection:
                try:
                    connection.connect((server.v4, 9))
                except OSError:
                    pass


def reorder(client, server, between):
    """Makes a transfer with reordered segments, until the test ends."""
    seen = [0]

    def late(packet):
        seen[0] += bool(packet.to_server and packet.payload)
        return [0.15] if packet.to_server and packet.payload and seen[0] % 30 == 0 else [0.02]
    traffic.listen(server, server.v4)
    between.policy = late
    traffic.Connector(client, server.v4, parallel=1, bytes=1_000_000, seconds=600)


def check_answer(prometheus, where, expression):
    """Repeats the query until it has an answer, because a rate needs two scrapes."""
    if any(name in expression for name in MAY_BE_EMPTY):
        prometheus.query(expression)
    else:
        until(f"an answer to {where}: {expression}", lambda: prometheus.query(expression))


def recorded():
    """Returns the series that all rules record, including the rules for Kubernetes."""
    texts = [path.read_text("utf-8") for path in (*RULES, kubernetes_rules.MANIFEST)]
    return set(re.findall(r"record: (\S+)", "".join(texts)))


def check_lines(prometheus, where, expression):
    """A graph of many hosts has at most ten lines, the default of Top."""
    answer = prometheus.query(expression)
    check(len(answer) <= 10, f"{where}: {len(answer)} lines: {expression}")


def check_federated(queries):
    """The overview uses only series that a central Prometheus federates."""
    patterns = re.findall(r'__name__=~"([^"]+)"', FEDERATION.read_text("utf-8")) + ["up", "ALERTS"]
    for where, expression in queries:
        for name in METRIC.findall(bare(expression)):
            check(any(re.fullmatch(pattern, name) for pattern in patterns),
                  f"{where}: {name} is not federated")


def bare(expression):
    """Removes strings and lists of labels."""
    return re.sub(r'"[^"]*"|\b(?:by|on|without|ignoring|group_left) \([^)]*\)', "", expression)


def check_metrics(prometheus, expressions):
    """All metrics must exist. An alert with a misspelt metric would never fire."""
    known = set(prometheus.data("label/__name__/values")) | recorded()
    known |= set(re.findall(r"^# TYPE (\w+)", EXPOSITION.read_text("utf-8"), re.M))
    for expression in expressions:
        named = set(METRIC.findall(bare(expression)))
        check(named or "ALERTS" in expression, f"no metric found in {expression}")
        check(named <= known, f"unknown metrics {sorted(named - known)}: {expression}")


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


def jobs(port):
    return COPIES + "".join(COPY.format(port=port, number=number) for number in range(12))


def check_dashboards(prometheus, dashboards, host):
    """Checks all queries. Returns the expressions."""
    fleet, detail = ([*dashboard_queries(board, host), *dashboard_queries(board, host, "^198.18")]
                     for board in dashboards)
    for board, queries in zip(dashboards, (fleet, detail)):
        half = len(queries) // 2
        for where, expression in queries[:half]:
            check_answer(prometheus, f"{board['uid']}, {where}", expression)
        # For another peer a query must not fail, but may have no answer.
        for where, expression in queries[half:]:
            prometheus.query(expression)
    for where, expression in fleet:
        if not where.startswith("variable"):
            check_lines(prometheus, where, expression)
    check_federated(fleet)
    return [expression for _, expression in fleet + detail]


def check_peer(prometheus, dashboard, host, peer):
    """An empty box shows every peer. The address of a link shows one peer."""
    panel = "Peers by segments retransmitted"

    def peers(box):
        expression = dict(dashboard_queries(dashboard, host, box))[panel]
        return {labels["dst_ip"] for labels, _ in prometheus.query(expression)}
    until("several peers", lambda: len(peers("")) > 1)
    check(peers(f"^{peer}$") == {peer}, f"{peer}: {peers(f'^{peer}$')}")


def test(prometheus, exporter, dashboards, server):
    host = f"127.0.0.1:{exporter.port}"
    expressions = check_dashboards(prometheus, dashboards, host)
    check_peer(prometheus, dashboards[1], host, server.v4)
    rules = check_rules(prometheus)
    advised = runbook_queries()
    for expression in advised:
        prometheus.query(expression)
    check_metrics(prometheus, expressions + rules + advised)
    print(f"{len(expressions)} queries of the dashboards, {len(rules)} of the rules and "
          f"{len(advised)} of the runbook answered")


def main():
    dashboards = [json.loads(path.read_text(encoding="utf-8")) for path in (FLEET, HOST)]
    for dashboard in dashboards:
        check_structure(dashboard)
        check_runbook_links(dashboard)
    check_links(dashboards)
    need_root_and_namespaces()
    need_prometheus()
    _, exporter = pipeline.start_pair(exporter_flags=("--group-by", GROUPS))
    prometheus = Prometheus(exporter.port, RULES, jobs=jobs(exporter.port)).wait()
    with network.make_pair() as (client, server), forwarder.make_pair() as reordered:
        reorder(*reordered)
        connector = make_loss(client, server)
        test(prometheus, exporter, dashboards, server)
        check(connector.process.poll() is None, "the traffic ended before the queries")


run_test(main)
