# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What else counts retransmissions on a Debian host, under the same storm: ns an event."""
import json
import shutil
import subprocess
import time

import kernel_cost
import network
import subject
from lifetime import command, on_exit, stop

COUNT = ("tracepoint:tcp:tcp_retransmit_skb "
         "{ @[ntop(args->saddr), args->sport, ntop(args->daddr), args->dport] = count(); }")
LINE = ("tracepoint:tcp:tcp_retransmit_skb "
        '{ printf("%s %d\\n", ntop(args->daddr), args->dport); }')
PEERS = {
    "bpftrace, count by connection": ("bpftrace", ["-e", COUNT]),
    "bpftrace, a line for each event": ("bpftrace", ["-e", LINE]),
    "bcc tcpretrans": ("tcpretrans-bpfcc", []),
    "bcc tcpretrans -c": ("tcpretrans-bpfcc", ["-c"]),
}
PACKAGES = ("bpftrace", "bpfcc-tools")


def install():
    command("apt-get", "-qq", "-y", "--no-install-recommends", "install", *PACKAGES)


def programs():
    """{id: (run_time_ns, run_cnt)} of all programs that have run."""
    found = json.loads(command("bpftool", "-j", "prog", "show"))
    return {program["id"]: (program["run_time_ns"], program["run_cnt"]) for program in found
            if program.get("run_cnt")}


def attached_since(before):
    """Programs that were not there: the peer's, unless somebody else loads some meanwhile."""
    return {number: value for number, value in programs().items() if number not in before}


def measure_peer(words, rounds, seconds):
    before = {program["id"] for program in json.loads(command("bpftool", "-j", "prog", "show"))}
    peer = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *words],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    on_exit(stop, peer)
    time.sleep(6)
    values = []
    for _ in range(rounds):
        first = attached_since(before)
        time.sleep(seconds)
        costs = [(now[0] - first[n][0]) / (now[1] - first[n][1])
                 for n, now in attached_since(before).items()
                 if n in first and now[1] - first[n][1] > 1000]
        if costs:
            values.append(sum(costs))
    stop(peer)
    return values


def measure(report, quick):
    rounds, seconds = (3, 1) if quick else (5, 3)
    report.section("Peers, storm: ns an event")
    with subject.Subject() as rexmit, network.make_pair() as (client, server):
        statistics = kernel_cost.Statistics(rexmit.pins)  # has the kernel measure
        kernel_cost.make_loss(client, server, kernel_cost.LOADS["storm"])
        time.sleep(2)
        samples = [kernel_cost.sample(statistics, client, seconds)[0] for _ in range(rounds)]
        empty = report.add("an empty program", "ns",
                           [costs[kernel_cost.EMPTY] for costs in samples])
        report.add("rexmit, both handlers", "ns",
                   [costs["retransmit_skb"] + costs["retransmit_skb_again"] for costs in samples],
                   empty)
        for name, (program, words) in PEERS.items():
            path = shutil.which(program)
            if not path:
                report.skip(name, f"no {program}; bench/run --peers installs it")
                continue
            values = measure_peer([path, *words], rounds, seconds)
            if values:
                report.add(name, "ns", values, empty)
            else:
                report.skip(name, "it counted nothing here")
        statistics.close()
