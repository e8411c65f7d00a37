#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Different readers parse the exporter's expositions of random groups.

Prometheus's client library for Python has two of the readers. promtool checks the text format, and
makes a database from OpenMetrics. Each reader must find exactly the series of a model (groups.py)
that was written from docs/metrics.md.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

from fuzzing import Failure, fuzz
from groups import Grouping, Ledger, event, path, shown
import fake_collector as fake
from rig import Rig, exposition
from lifetime import command, skip

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
    from prometheus_client.parser import text_string_to_metric_families as plain
except ImportError:
    skip("no module prometheus_client (python3-prometheus-client)")

ACCEPT = "application/openmetrics-text; version=1.0.0"
EVICTED = "rexmit_evicted_segments_total"
BY_GROUP = ("tcp_retransmissions_total", "tcp_segments_sent_total", "tcp_retransmitted_bytes_total",
            "tcp_retransmitting_connections_total", "tcp_resets_total",
            "tcp_spurious_retransmissions_total", "tcp_retransmission_stall_seconds_total",
            "tcp_segments_received_total", "tcp_out_of_order_segments_received_total",
            "tcp_connections_total", "tcp_connections_timed_out_total")
TIME = 1700000000


def feed(rig, choice, ledger):
    """Sends names and events, and waits for the acknowledgement. Some cgroups have no name."""
    peer = rig.accept()
    peer.send(fake.hello(b"expositions....."))
    names, position = {}, 0
    for number in choice.sample(range(1, 1 << 20), choice.choice((1, 5, 60))):
        raw = path(choice)
        peer.send(fake.name(number, raw))
        names[number] = shown(raw)
    for _ in range(choice.choice((1, 4, 20))):
        records = []
        for _ in range(choice.choice((1, 3, 10))):
            cgroup = choice.choice((*names, 1 << 40))
            e = event(choice, cgroup)
            ledger.take(e, names.get(cgroup, "unknown"))
            position += 104
            records.append(fake.event(position, **e))
        peer.send(*records)
    peer.acks(position)
    return peer


def get(rig, **headers):
    answer = exposition.get(rig.exporter.port, **headers)
    if not answer or answer[0] != 200:
        raise Failure(f"expected an exposition, received {answer}")
    return answer[2].decode("utf-8")


def parsed(parser, text):
    """Returns {(name, labels): value} of the series by group. Fails if a series appears twice."""
    found = {}
    for family in parser(text):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            if key in found:
                raise Failure(f"the exposition has a series twice: {key}")
            found[key] = sample.value
    return {key: value for key, value in found.items() if key[0] in BY_GROUP}


def with_time(line):
    """Adds a time to each sample, because promtool stores no sample without a time."""
    if line.startswith("#"):
        return line
    if re.match(r"\w+_bucket{", line):
        sample, mark, exemplar = line.partition(" # ")
        return f"{sample} {TIME}{mark}{exemplar}"
    return f"{line} {TIME}"


def prometheus(text):
    """Returns the series by group that promtool has stored in its database."""
    with tempfile.TemporaryDirectory() as directory:
        file = f"{directory}/input"
        with open(file, "w", encoding="utf-8", newline="") as output:
            output.write("\n".join(map(with_time, text.split("\n")[:-1])) + "\n")
        command("promtool", "tsdb", "create-blocks-from", "openmetrics", file, f"{directory}/db")
        os.mkdir(f"{directory}/db/wal")  # promtool reads this directory, too
        dump = command("promtool", "tsdb", "dump", f"{directory}/db")
    return dict(filter(None, map(stored, dump.splitlines())))


def stored(line):
    """Parses a line of the dump: {__name__="x", a="b"} value time. Strings are quoted as in Go."""
    match = re.fullmatch(r"\{(.*)\} (\S+) \d+", line)
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[1])
    labels = {name: unquoted(value) for name, value in pairs}
    name = labels.pop("__name__")
    return ((name, frozenset(labels.items())), float(match[2])) if name in BY_GROUP else None


def unquoted(text):
    """Reverses Go's strconv.Quote()."""
    simple = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

    def character(match):
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] in "xuU" and len(code) > 1 else simple.get(code, code)
    return re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", character, text)


def compare(reader, found, wanted):
    for key in sorted(set(found) | set(wanted), key=str):
        if found.get(key) != wanted.get(key):
            raise Failure(f"{reader} reads {found.get(key)}, expected {wanted.get(key)}: "
                          f"{key[0]} {dict(key[1])}")


def limited(found, text, ledger):
    """Compares only the sums, because the model does not know which groups the limit evicts."""
    name = "tcp_retransmissions_total"
    total = sum(value for key, value in found.items() if key[0] == name)
    evicted = exposition.Exposition(text).sum(EVICTED)
    if total + evicted != ledger.total(name):
        raise Failure(f"{name} is {total}, with {evicted} evicted, expected {ledger.total(name)}")
    return found


def promtool_check(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise Failure(f"promtool check metrics: {done.stdout.decode()}{done.stderr.decode()}")


def run_case(choice):
    grouping = Grouping(choice)
    extra = choice.choice(((), ("--openmetrics", "created"), ("--openmetrics", "created,exemplars")))
    rig, ledger = Rig(*grouping.flags, *extra), Ledger(grouping)
    peer = feed(rig, choice, ledger)
    text, strict = get(rig), get(rig, Accept=ACCEPT)
    promtool_check(text)
    found = parsed(plain, text)
    wanted = limited(found, text, ledger) if grouping.limited else ledger.expected()
    compare("the client library (text)", found, wanted)
    compare("the client library (OpenMetrics)", parsed(openmetrics, strict), wanted)
    compare("Prometheus", prometheus(strict), wanted)
    rig.stop()
    peer.close()
    rig.collector.close()
    return Counter({"series": len(found), "bytes of text": len(text),
                    "limited" if grouping.limited else "complete": 1})


if __name__ == "__main__":
    if not shutil.which("promtool"):
        skip("no promtool command")
    fuzz(__doc__, run_case, ("series", "complete"))
