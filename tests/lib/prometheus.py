# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Debian's prometheus with a port and a directory of its own, and questions to its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""
import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request

from lifetime import check, skip, until
from pipeline import Program, private_directory

# One second, so that a test need not wait; rates are asked for over a window of a few.
CONFIG = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: {rules}
scrape_configs:
  - job_name: rexmit
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


def need_prometheus():
    if not shutil.which("prometheus"):
        skip("no prometheus command")


class Prometheus(Program):
    def __init__(self, exporter_port, rule_files=()):
        directory = private_directory()
        config = f"{directory}/prometheus.yml"
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(rules=json.dumps([str(r) for r in rule_files]),
                                     port=exporter_port))
        super().__init__(["prometheus", f"--config.file={config}",
                          f"--storage.tsdb.path={directory}/data",
                          "--web.listen-address=127.0.0.1:0"], directory)
        self._address = None

    def wait(self):
        """Until it answers and has scraped its target."""
        def listening():
            self.running()
            match = re.search(r'msg="Listening on" address=(127\.0\.0\.1:[0-9]+)', self.log())
            return match and match.group(1)
        self._address = until("prometheus's line with its port", listening)
        until("a scrape", lambda: self.get("query", query="up == 1")[0] == 200
              and self.query("up == 1"))
        return self

    def get(self, path, **parameters):
        """(status, body) of /api/v1/PATH; what is asked for is the body's "data"."""
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

    def query(self, expression):
        """[({label: value}, value)] of an instant vector."""
        data = self.data("query", query=expression)
        check(data["resultType"] == "vector", f"{expression}: a {data['resultType']}")
        return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    def rules(self):
        """Every rule as the API tells it: name, query, type, health, lastError."""
        return [rule for group in self.data("rules")["groups"] for rule in group["rules"]]
