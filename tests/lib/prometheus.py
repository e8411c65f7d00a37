# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts Debian's prometheus with its own port and directory, and queries its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""
import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from lifetime import check, skip, until
from pipeline import Program, private_directory

CONFIG = Path(__file__).resolve().parents[2] / "monitoring/prometheus.yml"


def config_for_test(exporter_port, rule_files, settings, jobs):
    """Returns the shipped configuration, changed for the test's target, rules and other jobs.

    It scrapes every second, so that rates over a few seconds are possible.
    """
    text = CONFIG.read_text(encoding="utf-8")
    for shipped, own in (("scrape_interval: 15s", "scrape_interval: 1s"),
                         ("evaluation_interval: 15s", "evaluation_interval: 1s"),
                         ('["rules/*.yml"]', json.dumps([str(r) for r in rule_files])),
                         ("127.0.0.1:2112", f"127.0.0.1:{exporter_port}")):
        check(text.count(shipped) == 1, f"{CONFIG}: expected exactly one '{shipped}'")
        text = text.replace(shipped, own)
    if settings:
        check(text.count("    static_configs:") == 1,
              f"{CONFIG}: expected exactly one static_configs")
        text = text.replace("    static_configs:", f"{settings.strip(chr(10))}\n    static_configs:")
    return text + jobs


def need_prometheus():
    if not shutil.which("prometheus"):
        skip("no prometheus command")


class Prometheus(Program):
    def __init__(self, exporter_port=0, rule_files=(), settings="", jobs="", text=""):
        """`settings`: lines for the exporter's scrape job. `jobs`: further jobs.

        `text` replaces the whole shipped configuration.
        """
        directory = private_directory()
        config = f"{directory}/prometheus.yml"
        with open(config, "w", encoding="utf-8") as file:
            file.write(text or config_for_test(exporter_port, rule_files, settings, jobs))
        super().__init__(["prometheus", f"--config.file={config}",
                          f"--storage.tsdb.path={directory}/data",
                          "--web.listen-address=127.0.0.1:0"], directory)
        self._address = None

    def wait(self, seconds=60):
        """Waits until prometheus answers and has scraped its target. `seconds` is the deadline."""
        def listening():
            self.running()
            match = re.search(r'msg="Listening on" address=(127\.0\.0\.1:[0-9]+)\s', self.log())
            return match and match.group(1)
        self._address = until("prometheus's log line with its port", listening)
        until("a scrape", lambda: self.get("query", query="up == 1")[0] == 200
              and self.query("up == 1"), seconds)
        return self

    def url(self, path):
        return f"http://{self._address}{path}"

    def get(self, path, **parameters):
        """Returns (status, body) of /api/v1/PATH. body["data"] is the result."""
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        self.running()
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8")
            return error.code, {"error": text}

    def data(self, path, **parameters):
        status, body = self.get(path, **parameters)
        check(status == 200, f"{path} {parameters}: {status} {body.get('error')}")
        return body["data"]

    def query(self, expression, **at):
        """Returns [({label: value}, value)] of an instant vector. A scalar has no labels."""
        data = self.data("query", query=expression, **at)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        check(data["resultType"] == "vector",
              f"{expression}: expected a vector, got a {data['resultType']}")
        return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    def rise(self, series, window, **at):
        """Returns the increase of the only series between its first and last sample."""
        data = self.data("query", query=f"{series}[{window}]", **at)
        samples = [float(value) for _, value in data["result"][0]["values"]]
        return samples[-1] - samples[0]

    def rules(self):
        """Returns every rule as the API has it: name, query, type, health, lastError."""
        return [rule for group in self.data("rules")["groups"] for rule in group["rules"]]
