# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes random values of all counters of the host, and computes the series that docs/protocol.md and
docs/metrics.md require. Computes the histograms of the events, and their exemplars.
"""
import errno
import re
from collections import Counter

import fake_collector as fake
from document import bounds, section, table

SCOPES = ("host", "other")
ERRNOS = {0: "XMIT_DROP", errno.EPERM: "EPERM", errno.ENOBUFS: "ENOBUFS",
          errno.ENETUNREACH: "ENETUNREACH"}
UNITS = {"rexmit_collector_cpu_seconds_total": 10**9}  # the collector sends nanoseconds


def labels_of(cell):
    """Returns {label of a COUNTER: labels of the series} from texts such as "cause, 1 to 2: a, b"."""
    if cell == "0":
        return {0: {}}
    name = cell.split(",")[0]
    if name == "errno":
        return {number: {name: text} for number, text in ERRNOS.items()}
    first, names = re.fullmatch(r"\w+, (\d+) to \d+: (.*)", cell).groups()
    return {int(first) + i: {name: value} for i, value in enumerate(names.split(", "))}


def counters(choice):
    """Returns (records, {(name, labels): value})."""
    records, series = [], {}
    for number, metric, label, scopes, *_ in table(section("Ids of COUNTER")):
        metric = metric.strip("`")
        for value, labels in labels_of(label).items():
            for scope in range(2 if "to" in scopes else 1):
                count = choice.choice((0, 1, choice.getrandbits(50)))
                records.append(fake.counter(int(number), count, value, scope))
                both = labels | ({"scope": SCOPES[scope]} if "to" in scopes else {})
                series[metric, frozenset(both.items())] = count / UNITS.get(metric, 1)
    return records, series


BOUNDS = {name: bounds(name) for name in ("tcp_retransmission_srtt_seconds",
                                          "tcp_retransmission_timer_seconds")}


def bucket(name, le):
    return f"{name}_bucket", frozenset({("le", le)})


class Histograms:
    """The observed values of the events, in microseconds."""

    def __init__(self):
        self.values = {name: Counter() for name in BOUNDS}
        self.sums = Counter()
        self.last = {}  # {(name, labels) of a bucket: (event, value)}

    def take(self, e):
        if e["segments"] and e["srtt_us"]:
            self.observe("tcp_retransmission_srtt_seconds", e["srtt_us"], 1, e)
        if e["timers"]:
            self.observe("tcp_retransmission_timer_seconds", e["stall_us"], e["timers"], e)

    def observe(self, name, sum_us, count, e):
        us = sum_us // count
        self.values[name][us] += count
        self.sums[name] += sum_us
        le = next(le for le in BOUNDS[name] if us <= float(le) * 10**6)
        self.last[bucket(name, le)] = e, us

    def exemplars(self):
        """Returns {(name, labels): (labels of the exemplar, seconds, CLOCK_BOOTTIME)}."""
        return {key: ({"src_ip": e["local"], "src_port": str(e["lport"]),
                       "dst_ip": e["remote"], "dst_port": str(e["rport"])}, us / 10**6, e["boot_ns"])
                for key, (e, us) in self.last.items()}

    def expected(self):
        series = {}
        for name, values in self.values.items():
            series[f"{name}_sum", frozenset()] = self.sums[name] / 10**6
            series[f"{name}_count", frozenset()] = sum(values.values())
            for le in BOUNDS[name]:
                series[bucket(name, le)] = sum(
                    count for us, count in values.items() if us <= float(le) * 10**6)
        return series
