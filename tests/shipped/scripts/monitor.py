#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""scripts/monitor prints three queries that its Prometheus answers.

The script may end by itself, after an error, after Ctrl-C, or after SIGTERM to the script alone. It
must then remove all its files.
"""
import json
import re
import socket
import sys
import urllib.parse
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TREE / "tests" / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402
from prometheus import need_prometheus  # noqa: E402
from session import Script  # noqa: E402

QUERY = re.compile(r"^    (\S.*)\n    (http://127\.0\.0\.1:\d+)/graph\?(\S+)$", re.M)
END = re.compile("Ctrl-C ends it")


class Monitor(Script):
    def __init__(self, port, *flags):
        super().__init__("monitor", "--exporter", f"127.0.0.1:{port}", *flags,
                         leaves="tmp/rexmit-monitor-*")

    def queries(self):
        """Returns [(expression, URL of Prometheus)]. Each expression must have a link to its graph.
        """
        self.wait_for(END)
        found = QUERY.findall(self.output())
        for expression, _, link in found:
            linked = urllib.parse.parse_qs(link)["g0.expr"]
            check(linked == [expression], f"{expression} has a link to {linked}")
        return [(expression, url) for expression, url, _ in found]


def answer(url, expression):
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=30) as body:
        return json.load(body)["data"]["result"]


def check_answers(queries):
    """Checks all queries. The query of peers has no answer until a loss between two scrapes."""
    check(len(queries) == 3, f"expected three queries: {queries}")
    for expression, url in queries:
        until(f"an answer to {expression}", lambda e=expression, u=url: answer(u, e), every=0.5)
        print(f"answered: {expression}", flush=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def main():
    need_root_and_namespaces()
    need_prometheus()
    nobody = Monitor(free_port())
    nobody.check_end("no exporter", 1)
    check("no exporter answers" in nobody.output(), nobody.output())

    _, exporter = pipeline.start_pair(exporter_flags=())
    with network.make_pair() as (client, server):
        traffic.listen(server, server.v4)
        server.drop(network.random_loss(5))
        monitor = Monitor(exporter.port)
        queries = monitor.queries()
        traffic.Connector(client, server.v4, parallel=2, bytes=1_000_000, seconds=600)
        check_answers(queries)
    monitor.interrupt()
    monitor.check_end("Ctrl-C", 130)

    monitor = Monitor(exporter.port)
    monitor.queries()
    monitor.process.terminate()
    monitor.check_end("SIGTERM", 143)

    monitor = Monitor(exporter.port, "--for", "1")
    monitor.check_end("--for", 0)
    check(END.search(monitor.output()), f"the script printed no queries: {monitor.output()}")


run_test(main)
