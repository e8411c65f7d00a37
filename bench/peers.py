# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What else counts retransmissions on a Debian host, under the same storm: ns an event."""
import json
import shutil
import subprocess
import time

import figures
import kernel_cost
import subject
from lifetime import command, on_exit, stop

STORM = kernel_cost.LOADS["storm"]
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


def programs():
    """{id: (run_time_ns, run_cnt)} of all programs that have run."""
    found = json.loads(command("bpftool", "-j", "prog", "show"))
    return {program["id"]: (program["run_time_ns"], program["run_cnt"]) for program in found
            if program.get("run_cnt")}


def attached_since(before):
    """Programs that were not there: the peer's, unless somebody else loads some meanwhile."""
    return {number: value for number, value in programs().items() if number not in before}


def with_tracefs(words):
    """In a mount namespace of its own, as not every host mounts it."""
    mounts = ("mount -t tracefs none /sys/kernel/tracing; "
              "mount -t debugfs none /sys/kernel/debug; exec \"$@\"")
    return ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--mount", "--",
            "sh", "-c", mounts, "sh", *words]


def complaint(words):
    """What it says when it ends at once: the line that tells most."""
    done = subprocess.run(with_tracefs(words), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=60)
    lines = (done.stdout + done.stderr).strip().splitlines() or ["no word of why"]
    telling = [line for line in lines if "Unable to" in line or "ERROR: t" in line]
    return (telling or lines[-1:])[0].split(". ")[0]


def measure_peer(words, rounds, seconds):
    """Its ns an event, one of each round; and why, if there are none."""
    before = {program["id"] for program in json.loads(command("bpftool", "-j", "prog", "show"))}
    peer = subprocess.Popen(with_tracefs(words), stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    on_exit(stop, peer)
    time.sleep(6)
    if peer.poll() is not None:
        return [], complaint(words)
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
    return values, "it counted nothing here"


def measure_peers(report, name, words, runs, rounds, seconds):
    """Alone on the tracepoint but for an empty program."""
    values, empty = [], []
    for _ in range(runs):
        with kernel_cost.loaded(STORM) as (statistics, client):
            found, reason = measure_peer(words, rounds, seconds)
            if not found:
                report.skip(name, reason)
                return
            values += found
            empty += [kernel_cost.sample(statistics, client, seconds)[0][kernel_cost.EMPTY]
                      for _ in found]
    report.add(name, "ns", values, figures.Figure("an empty program", "ns", empty))


def measure(report, quick):
    runs, rounds, seconds = (1, 3, 1) if quick else (3, 3, 1)
    report.section("Peers, storm: ns an event")
    samples = [costs for _ in range(runs)
               for costs, _, _ in kernel_cost.measure_alone(STORM, rounds, seconds)]
    empty = report.add("an empty program", "ns", [costs[kernel_cost.EMPTY] for costs in samples])
    report.add("rexmit, both handlers", "ns",
               [sum(costs[name] for name in subject.HANDLERS) for costs in samples], empty)
    for name, (program, words) in PEERS.items():
        path = shutil.which(program)
        if path:
            measure_peers(report, name, [path, *words], runs, rounds, seconds)
        else:
            report.skip(name, f"no {program}; bench/run --install installs it")
