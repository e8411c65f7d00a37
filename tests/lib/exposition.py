# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Fetches, checks and parses an exposition.

Text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""
import http.client
import re
import shutil
import subprocess
from collections import Counter

from lifetime import Failure, check

_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)(?: [0-9]+)?$")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
_checked_shapes = set()


class Exposition:
    def __init__(self, text):
        self.text = text
        self.samples = []  # (name, {label: value}, value)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                self.samples.append(_parse(line))

    def values(self, name, **labels):
        """Returns (labels, value) of each sample of `name` that has all of `labels`."""
        return [(have, value) for sample, have, value in self.samples if sample == name
                and all(have.get(k) == str(v) for k, v in labels.items())]

    def sum(self, name, **labels):
        """Returns the sum of these samples, or 0 if there is none."""
        return sum(value for _, value in self.values(name, **labels))

    def value(self, name, **labels):
        """Returns the value of the only sample of `name` that has all of `labels`."""
        found = self.values(name, **labels)
        check(len(found) == 1, f"{len(found)} samples of {name} {labels}, expected 1")
        return found[0][1]

    def sum_of_side(self, side, label, name, **labels):
        """Returns {value of label: sum} of a network namespace, for groups with netns and src_ip.

        Another test's namespace may have had the same inode number, but not the same addresses.
        """
        sums = Counter()
        for address in (side.v4, side.v6):
            sums.update(self.sum_by(label, name, netns=side.inode, src_ip=address, **labels))
        return {value: int(number) for value, number in sums.items()}

    def sum_by(self, label, name, **labels):
        """Returns {value of label: sum}."""
        sums = {}
        for have, value in self.values(name, **labels):
            sums[have[label]] = sums.get(have[label], 0) + value
        return sums


def _parse(line):
    match = _SAMPLE.match(line)
    check(match, f"not a sample of the text format: {line!r}")
    name, labels, value = match.groups()
    pairs, rest = {}, labels or ""
    while rest:
        label = _LABEL.match(rest)
        check(label, f"malformed labels: {line!r}")
        check(label.group(1) not in pairs, f"the line has a label twice: {line!r}")
        pairs[label.group(1)] = re.sub(
            r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), label.group(2))
        rest = rest[label.end():]
    return name, pairs, float(value)


def get(port, path="/metrics", **headers):
    """Returns (status, headers, body), or None if the server closes the connection. Raises
    TimeoutError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def scrape(port):
    """Fetches and checks /metrics. promtool checks it, too, if PATH has it."""
    answer = get(port)
    check(answer is not None, f"the exporter on port {port} closed the connection")
    status, headers, body = answer
    check(status == 200, f"/metrics answers {status}")
    check(headers.get("Content-Type", "").startswith("text/plain; version=0.0.4"),
          f"/metrics has type {headers.get('Content-Type')}")
    text = body.decode("utf-8")
    check(text.endswith("\n"), "the last line does not end with a newline")
    exposition = Exposition(text)
    check(len({(n, *sorted(labels.items())) for n, labels, _ in exposition.samples})
          == len(exposition.samples), "the exposition has a series twice")
    _promtool(exposition)
    return exposition


def _promtool(exposition):
    """Runs `promtool check metrics` once for each set of metric and label names."""
    shape = frozenset((name, *labels) for name, labels, _ in exposition.samples)
    if shape in _checked_shapes or not shutil.which("promtool"):
        return
    done = subprocess.run(["promtool", "check", "metrics"], input=exposition.text, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(f"promtool check metrics: {done.stdout}{done.stderr}")
    _checked_shapes.add(shape)
