# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs the servers of a fleet, with the configurations of deploy/prometheus.

One Prometheus scrapes and records, and another one federates it. VictoriaMetrics receives remote
writes. vmagent scrapes, too.
"""
import json
import re
import shutil
import socket
from pathlib import Path

from lifetime import check, skip
from pipeline import Program, private_directory
from prometheus import Prometheus

TREE = Path(__file__).resolve().parents[2]
DEPLOY = TREE / "deploy/prometheus"


def need_stores():
    for tool in ("prometheus", "victoria-metrics", "vmagent"):
        if not shutil.which(tool):
            skip(f"no {tool} command")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def changed(name, *changes):
    """Returns a shipped configuration after replacements. Each pattern must occur once."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for pattern, own in changes:
        text, found = re.subn(pattern, lambda _, own=own: own, text)
        check(found == 1, f"{name}: {found} times '{pattern}'")
    return text


def fleet(hosts, interval, store):
    """Returns fleet.yml for these hosts. As in the example, another file has their addresses."""
    targets = f"{private_directory()}/targets.json"
    example = json.loads((DEPLOY / "targets/example.json").read_text(encoding="utf-8"))
    example[0]["targets"] = [f"{host.address}:2112" for host in hosts]
    Path(targets).write_text(json.dumps(example), encoding="utf-8")
    return changed("fleet.yml", (r"scrape_interval: 15s", f"scrape_interval: {interval}s"),
                   (r"evaluation_interval: 15s", f"evaluation_interval: {interval}s"),
                   (r'"rules/\*\.yml"', f'"{TREE}/monitoring/rules/*.yml"'),
                   (r'"targets/\*\.json"', f'"{targets}"'), (r"https://\S+/push", store.push))


def federation(prometheus, interval):
    return changed("federation.yml", (r"scrape_interval: 60s", f"scrape_interval: {interval}s"),
                   (r'\["prometheus\.cluster1.*\]', f'["{prometheus.url("").partition("//")[2]}"]'))


class Victoria(Prometheus):
    """VictoriaMetrics, whose API for queries is that of Prometheus."""

    def __init__(self):
        self._address = f"127.0.0.1:{free_port()}"
        directory = private_directory()
        Program.__init__(self, ["victoria-metrics", f"-storageDataPath={directory}/data",
                                f"-httpListenAddr={self._address}", "-search.latencyOffset=0s"],
                         directory)

    @property
    def push(self):
        return self.url("/api/v1/write")


class Agent(Program):
    """vmagent scrapes with the same configuration. A label distinguishes its series."""

    def __init__(self, hosts, interval, store):
        directory = private_directory()
        config = f"{directory}/fleet.yml"
        Path(config).write_text(fleet(hosts, interval, store), encoding="utf-8")
        super().__init__(["vmagent", f"-promscrape.config={config}",
                          "-promscrape.config.strictParse=false", f"-remoteWrite.url={store.push}",
                          "-remoteWrite.label=agent=vmagent", f"-remoteWrite.tmpDataPath={directory}",
                          f"-httpListenAddr=127.0.0.1:{free_port()}"], directory)
