# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes random events of random groups, and computes the series that docs/metrics.md requires."""
import ipaddress
import os
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

import fake_collector as fake  # noqa: E402
from document import bounds  # noqa: E402

LABELS = ("ip_version", "src_ip", "src_port", "dst_ip", "dst_port", "cause", "cgroup", "pod_uid",
          "container_id", "unit", "process", "src_network", "dst_network", "netns", "uid", "role")
CAUSES = ("none", "syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown")
PHASES = ("none", "connect", "established", "closing")
NETWORKS = {"0.0.0.0/1": "low", "128.0.0.0/2": 'a{},=#%', "192.0.2.0/24": "documentation",
            "192.0.2.1/32": "host", "2000::/3": "six", "2001:0::/32": "zero", "2001:1:1::/48": "one"}
# The fields that the events of a connection have in common
CONNECTION = ("local", "remote", "lport", "rport", "role", "cgroup", "netns", "uid", "process")
PROCESSES = {0: "unknown", 1: "nginx", 2: 'q"\\', 3: "\u00e4 b", 4: "other", 5: "x" * 15}


class Grouping:
    """Random flags of the exporter, and the labels that an event gets under these flags."""

    def __init__(self, choice):
        self.labels = [label for label in LABELS if choice.random() < 0.6]
        self.all_ports = choice.random() < 0.5
        self.prefixes = {4: choice.choice((32, 24, 8, 0)), 6: choice.choice((128, 64, 48, 0))}
        self.limited = choice.random() < 0.35  # other groups count in "other", or evict groups
        self.limit = 7 if self.limited else 10000
        self.flags = ["--max-series", str(self.limit), "--group-by", ",".join(self.labels) or "none",
                      "--ports", "all" if self.all_ports else "service",
                      "--prefix4", str(self.prefixes[4]), "--prefix6", str(self.prefixes[6])]

    def address(self, text):
        ip = ipaddress.ip_address(text)
        prefix = self.prefixes[ip.version]
        if prefix == ip.max_prefixlen:
            return str(ip)
        return str(ipaddress.ip_network((ip, prefix), strict=False))

    def port(self, number, role, connecting_role):
        folded = role == connecting_role and not self.all_ports
        return "ephemeral" if folded else str(number)

    def of(self, event, cgroup):
        """`cgroup` has the labels that the cgroup's path determines."""
        role = event["role"]
        every = {
            "ip_version": str(ipaddress.ip_address(event["local"]).version),
            "src_ip": self.address(event["local"]), "dst_ip": self.address(event["remote"]),
            "src_port": self.port(event["lport"], role, fake.CLIENT),
            "dst_port": self.port(event["rport"], role, fake.SERVER),
            **cgroup, "netns": str(event["netns"]), "uid": str(event["uid"]),
            "src_network": network(event["local"]), "dst_network": network(event["remote"]),
            "process": PROCESSES[event["process"]].replace("other", "unknown"),
            "role": "client" if role == fake.CLIENT else "server"}
        return {label: every[label] for label in self.labels if label != "cause"}


def network(text):
    """Returns the name of the longest network that has the address."""
    ip = ipaddress.ip_address(text)
    return max(((net.prefixlen, name) for net, name in
                ((ipaddress.ip_network(net), name) for net, name in NETWORKS.items())
                if ip.version == net.version and ip in net), default=(0, "other"))[1]


def address(choice, version):
    if version == 4:
        return str(ipaddress.IPv4Address(choice.choice((choice.getrandbits(32), 0xC0000201))))
    words = [choice.choice((0, 0, 1, choice.getrandbits(16))) for _ in range(7)]
    return str(ipaddress.IPv6Address(b"".join(w.to_bytes(2, "big") for w in (0x2001, *words))))


def duration(choice, histogram, bits):
    """Returns microseconds: 0, a bound of a bucket, or a value near it or far from it."""
    bound_us = round(10**6 * float(choice.choice(bounds(histogram)[:-1])))
    return choice.choice((0, bound_us, bound_us + 1, choice.getrandbits(bits)))


def connection(choice, cgroups, earlier):
    """Returns fields of a new event: those of an earlier event's connection, or only a cgroup."""
    if earlier and choice.random() < 0.5:
        e = choice.choice(earlier)
        return {name: e[name] for name in CONNECTION}
    return {"cgroup": choice.choice(cgroups)}


def event(choice, cgroups, earlier):
    """Returns an event of a new connection, or of that of an earlier event."""
    version = choice.choice((4, 6))
    cause = choice.choice(range(len(CAUSES)))
    segments = choice.choice((1, 2, choice.randrange(1, 1 << 32))) if cause else 0
    ended = not cause and choice.random() < 0.5
    stall_us = duration(choice, "tcp_retransmission_timer_seconds", 40)
    received = choice.getrandbits(32) if not cause else 0
    e = dict(
        timed_out=choice.randrange(4) if ended else 0, stall_us=stall_us,
        timers=choice.randrange(1, 4) if stall_us else 0, process=choice.choice(list(PROCESSES)),
        uid=choice.choice((0, 1000, 0xFFFFFFFE)),
        received=received, out_of_order=received // 3, spurious=received // 7,
        local=address(choice, version), remote=address(choice, version),
        lport=choice.randrange(1, 65536), rport=choice.randrange(1, 65536), cause=cause,
        segments=segments, sent=choice.choice((0, 1, choice.getrandbits(32))),
        role=choice.choice((fake.CLIENT, fake.SERVER)), nbytes=choice.getrandbits(40),
        boot_ns=choice.getrandbits(50), netns=choice.getrandbits(32),
        srtt_us=duration(choice, "tcp_retransmission_srtt_seconds", 32),
        flags=2 * ended + (choice.randrange(2) if segments and CAUSES[cause] != "synack" else 0),
        resets_sent=choice.choice((0, 0, 3)), resets_received=choice.choice((0, 0, 65535)))
    return e | connection(choice, cgroups, earlier)


class Ledger:
    """The expected {(name, labels): value} of the series by group."""

    def __init__(self, grouping):
        self.grouping = grouping
        self.series = Counter()

    def add(self, name, labels, value, **more):
        if value:
            self.series[name, frozenset({**labels, **more}.items())] += value

    def expected(self):
        """Returns the values in the units of the metrics."""
        return {key: value / 10**6 if "_seconds_" in key[0] else value
                for key, value in self.series.items()}

    def take(self, e, cgroup):
        labels = self.grouping.of(e, cgroup)
        cause = {"cause": CAUSES[e["cause"]]} if "cause" in self.grouping.labels else {}
        self.add("tcp_retransmissions_total", labels, e["segments"], **cause)
        self.add("tcp_segments_sent_total", labels, e["sent"])
        self.add("tcp_retransmitted_bytes_total", labels, e["nbytes"])
        self.add("tcp_retransmitting_connections_total", labels, e["flags"] & 1)
        self.add("tcp_spurious_retransmissions_total", labels, e["spurious"])
        self.add("tcp_retransmission_stall_seconds_total", labels, e["stall_us"])
        self.add("tcp_segments_received_total", labels, e["received"])
        self.add("tcp_out_of_order_segments_received_total", labels, e["out_of_order"])
        self.add("tcp_connections_total", labels, e["flags"] >> 1)
        self.add("tcp_connections_timed_out_total", labels, e["timed_out"] > 0,
                 phase=PHASES[e["timed_out"]])
        self.add("tcp_resets_total", labels, e["resets_sent"], direction="sent")
        self.add("tcp_resets_total", labels, e["resets_received"], direction="received")
