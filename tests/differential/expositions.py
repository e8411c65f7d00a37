#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Different readers parse the exporter's expositions of random groups.

Prometheus's client library for Python has two of the readers. promtool checks the text format, and
makes a database from OpenMetrics. Each reader must find exactly the series of a model (groups.py,
cgroup_paths.py, totals.py) that was written from docs/metrics.md and docs/protocol.md.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

from fuzzing import Failure, fuzz
import cgroup_paths
from document import STRIDE
from groups import NETWORKS, PROCESSES, Grouping, Ledger, event
from births import Births, wait_for_next_second
from totals import Histograms, counters
import fake_collector as fake
from rig import Rig, exposition, pipeline
from lifetime import command, skip

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
    from prometheus_client.parser import text_string_to_metric_families as plain
    from prometheus_client.samples import Exemplar
except ImportError:
    skip("no module prometheus_client (python3-prometheus-client)")

ACCEPT = "application/openmetrics-text; version=1.0.0"
# {metric by group: metric of the counts of removed groups}
EVICTED = {f"tcp_{metric}_total": f"rexmit_evicted_{evicted}_total" for metric, evicted in {
    "retransmissions": "segments", "segments_sent": "sent_segments",
    "retransmitted_bytes": "retransmitted_bytes", "resets": "resets",
    "retransmitting_connections": "retransmitting_connections",
    "spurious_retransmissions": "spurious_segments", "segments_received": "received_segments",
    "retransmission_stall_seconds": "stall_seconds", "connections": "connections",
    "out_of_order_segments_received": "out_of_order_segments",
    "connections_timed_out": "connections_timed_out"}.items()}
SERIES_OF_A_GROUP = {"tcp_resets_total": 2, "tcp_connections_timed_out_total": 3}  # others: 1
TIME = 1700000000
# The exporter corrects the times of records by its own clocks, which it reads one after the other.
CLOCKS_S = 0.1


def make_cgroups(choice, peer):
    """Sends paths. Returns {id: labels}. One cgroup has no path."""
    cgroups = {1 << 40: cgroup_paths.UNKNOWN}
    for number in choice.sample(range(1, 1 << 20), choice.choice((1, 5, 60))):
        raw, cgroups[number] = cgroup_paths.path(choice)
        peer.send(fake.name(number, raw))
    return cgroups


def feed(rig, choice, model):
    """Sends all records, and waits for the acknowledgements. Returns (peer, series of counters)."""
    peer, started = rig.accept(), time.time()
    peer.send(fake.hello(b"expositions.....", clock_offset_ns=model.clock_offset_ns))
    cgroups, position = make_cgroups(choice, peer), 0
    peer.send(*(fake.process(key, name) for key, name in PROCESSES.items() if key))
    records, series = counters(choice)
    peer.send(*records)
    earlier = []
    for number in range(choice.choice((1, 4, 20))):
        if number == 1 and model.has_created:
            wait_for_next_second()
        events = [event(choice, list(cgroups), earlier) for _ in range(choice.choice((1, 3, 10)))]
        # The exporter reads its clock once for all packets that have arrived.
        began = time.time() if number else started
        peer.send(*(fake.event(position := position + STRIDE, **e) for e in events))
        peer.acks(position)
        model.take([(e, cgroups[e["cgroup"]]) for e in events], began)
        earlier += events
    return peer, series


def get(rig, **headers):
    answer = exposition.get(rig.exporter.port, **headers)
    if not answer or answer[0] != 200:
        raise Failure(f"expected an exposition, received {answer}")
    return answer[2].decode("utf-8")


def parsed(parser, text):
    """Returns {(name, labels): sample} of all series. Fails if a series appears twice."""
    found = {}
    for family in parser(text):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            if key in found:
                raise Failure(f"the exposition has a series twice: {key}")
            found[key] = sample
    return found


def values(samples):
    return {key: sample.value for key, sample in samples.items()}


def with_time(line):
    """Adds a time to each sample, because promtool stores no sample without a time."""
    if line.startswith("#"):
        return line
    if re.match(r"\w+_bucket{", line):
        sample, mark, exemplar = line.partition(" # ")
        return f"{sample} {TIME}{mark}{exemplar}"
    return f"{line} {TIME}"


def prometheus(text):
    """Returns the series that promtool has stored in its database."""
    with tempfile.TemporaryDirectory() as directory:
        file = f"{directory}/input"
        with open(file, "w", encoding="utf-8", newline="") as output:
            output.write("\n".join(map(with_time, text.split("\n")[:-1])) + "\n")
        command("promtool", "tsdb", "create-blocks-from", "openmetrics", file, f"{directory}/db")
        os.mkdir(f"{directory}/db/wal")  # promtool reads this directory, too
        dump = command("promtool", "tsdb", "dump", f"{directory}/db")
    return dict(map(stored, dump.splitlines()))


def stored(line):
    """Parses a line of the dump: {__name__="x", a="b"} value time. Strings are quoted as in Go."""
    match = re.fullmatch(r"\{(.*)\} (\S+) \d+", line)
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[1])
    labels = {name: unquoted(value) for name, value in pairs}
    name = labels.pop("__name__")
    return (name, frozenset(labels.items())), float(match[2])


def unquoted(text):
    """Reverses Go's strconv.Quote()."""
    simple = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

    def character(match):
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] in "xuU" and len(code) > 1 else simple.get(code, code)
    return re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", character, text)


def compare(reader, found, wanted):
    """Compares all series of the metrics that `wanted` has, and of metrics by group."""
    names = {name for name, _ in wanted} | set(EVICTED)
    found = {key: value for key, value in found.items() if key[0] in names}
    for key in sorted(set(found) | set(wanted), key=str):
        if found.get(key) != wanted.get(key):
            raise Failure(f"{reader} reads {found.get(key)}, expected {wanted.get(key)}: "
                          f"{key[0]} {dict(key[1])}")


def compare_exemplars(samples, wanted, clock_offset_ns):
    found = {key: sample.exemplar for key, sample in samples.items() if sample.exemplar}
    for key in sorted(found.keys() | wanted.keys(), key=str):
        labels, value, boot_ns = wanted.get(key, ({}, None, 0))
        have = found.get(key, Exemplar({}, None, 0))
        late_s = float(have.timestamp or 0) - (boot_ns + clock_offset_ns) / 10**9
        if (have.labels, have.value) != (labels, value) or abs(late_s) > CLOCKS_S:
            raise Failure(f"the exemplar is {have}, {late_s} s late, expected {labels} {value}: "
                          f"{key[0]} {dict(key[1])}")


def sums(series):
    """Returns {(metric by group, direction or phase): sum}, with the counts of removed groups."""
    metrics = {evicted: name for name, evicted in EVICTED.items()} | {name: name for name in EVICTED}
    total = Counter()
    for (name, labels), value in series.items():
        if name in metrics:
            kind = frozenset(label for label in labels if label[0] in ("direction", "phase"))
            total[metrics[name], kind] += value
    return {key: round(value, 6) for key, value in total.items() if value}


def groups(found, ledger):
    """Returns the expected series by group.

    The model does not know which groups the limit evicts. Then only the sums are compared, and the
    number of series.
    """
    if not ledger.grouping.limited:
        return ledger.expected()
    compare("the client library (text, sums)", sums(found), sums(ledger.expected()))
    series = {key: value for key, value in found.items() if key[0] in EVICTED}
    for metric, count in Counter(name for name, _ in series).items():
        if count > SERIES_OF_A_GROUP.get(metric, 1) * (ledger.grouping.limit + 1):
            raise Failure(f"{count} series of {metric}, the limit is {ledger.grouping.limit}")
    return series


def promtool_check(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise Failure(f"promtool check metrics: {done.stdout.decode()}{done.stderr.decode()}")


def networks_file():
    path = f"{pipeline.private_directory()}/networks"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{network} {name}\n" for network, name in NETWORKS.items())
    return path


class Model:
    """The flags of the exporter, and what docs/metrics.md requires of the events."""

    def __init__(self, choice):
        self.grouping = Grouping(choice)
        extras = choice.choice(("", "created", "exemplars", "created,exemplars"))
        self.has_created, self.has_exemplars = "created" in extras, "exemplars" in extras
        self.flags = (*self.grouping.flags, *(("--openmetrics", extras) if extras else ()))
        self.clock_offset_ns = TIME * 10**9 + choice.getrandbits(50)
        self.ledger, self.histograms = Ledger(self.grouping), Histograms()
        self.births = Births(self.grouping)

    def take(self, events, began):
        self.births.take(events, began)
        for e, cgroup in events:
            self.ledger.take(e, cgroup)
            self.histograms.take(e)

    def kinds(self, found):
        """Returns the kinds of this case for fuzz()."""
        evicted = found["rexmit_evicted_groups_total", frozenset()] > 0
        kinds = {"complete": not self.grouping.limited, "limited": self.grouping.limited,
                 "evicted": evicted, "exemplars": self.has_exemplars,
                 "created in an earlier second": self.has_created and self.births.are_earlier()}
        return [kind for kind, is_so in kinds.items() if is_so]


def check_text(model, text, series):
    """Returns the found series, and the wanted ones: those by group, and all."""
    promtool_check(text)
    found = values(parsed(plain, text))
    by_group = groups(found, model.ledger)
    wanted = by_group | model.histograms.expected() | series
    compare("the client library (text)", found, wanted)
    model.births.check(found, ())
    return found, by_group, wanted


def check_openmetrics(model, text, by_group, wanted):
    samples = parsed(openmetrics, text)
    compare("the client library (OpenMetrics)", values(samples), wanted)
    created = model.births.check(values(samples), by_group if model.has_created else ())
    compare("Prometheus", prometheus(text), wanted | created)
    compare_exemplars(samples, model.histograms.exemplars() if model.has_exemplars else {},
                      model.clock_offset_ns)


def run_case(choice):
    model = Model(choice)
    rig = Rig(*model.flags, "--networks", networks_file())
    peer, series = feed(rig, choice, model)
    text, strict = get(rig), get(rig, Accept=ACCEPT)
    found, by_group, wanted = check_text(model, text, series)
    check_openmetrics(model, strict, by_group, wanted)
    rig.stop()
    peer.close()
    rig.collector.close()
    return Counter({"series": len(found), "bytes of text": len(text)} |
                   dict.fromkeys(model.kinds(found), 1))


if __name__ == "__main__":
    if not shutil.which("promtool"):
        skip("no promtool command")
    fuzz(__doc__, run_case, ("series", "complete", "limited", "evicted", "exemplars",
                             "created in an earlier second"))
