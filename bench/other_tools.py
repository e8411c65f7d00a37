# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures the ns per event of other tools that count retransmissions on Debian, under one load."""
import json
import shutil
import subprocess
import time

import figures
import kernel_cost
import subject
from lifetime import command, on_exit, stop

STORM = kernel_cost.LOADS["storm"]
TRACEPOINT = "tracepoint:tcp:tcp_retransmit_skb "
BY_PEER = TRACEPOINT + "{ @[ntop(args->daddr), args->dport] = count(); }"
BY_CONNECTION = TRACEPOINT + \
    "{ @[ntop(args->saddr), args->sport, ntop(args->daddr), args->dport] = count(); }"
LINE = TRACEPOINT + '{ printf("%s %d\\n", ntop(args->daddr), args->dport); }'
TOOLS = {
    "bpftrace, count by peer and port": ("bpftrace", ["-e", BY_PEER]),
    "bpftrace, count by connection": ("bpftrace", ["-e", BY_CONNECTION]),
    "bpftrace, a line for each event": ("bpftrace", ["-e", LINE]),
    "bcc tcpretrans": ("tcpretrans-bpfcc", []),
    "bcc tcpretrans -c": ("tcpretrans-bpfcc", ["-c"]),
}


def programs():
    return json.loads(command("bpftool", "-j", "prog", "show"))


def program_ids():
    return {program["id"] for program in programs()}


def costs_since(before):
    """Returns {id: (run_time_ns, run_cnt)} of the new programs that have run.

    They belong to the tool, unless another process also loads programs.
    """
    return {program["id"]: (program["run_time_ns"], program["run_cnt"]) for program in programs()
            if program.get("run_cnt") and program["id"] not in before}


def with_tracefs(words):
    """Returns a command that mounts tracefs in a new mount namespace. Some hosts do not mount
    tracefs.
    """
    mounts = ("mount -t tracefs none /sys/kernel/tracing; "
              "mount -t debugfs none /sys/kernel/debug; exec \"$@\"")
    return ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--mount", "--",
            "sh", "-c", mounts, "sh", *words]


def failure_reason(words):
    """Runs a command that ends soon. Returns the most informative line of its output."""
    done = subprocess.run(with_tracefs(words), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=60)
    lines = (done.stdout + done.stderr).strip().splitlines() or ["it printed no reason"]
    reasons = [line for line in lines if "Unable to" in line or "ERROR: t" in line]
    return (reasons or lines[-1:])[0].split(". ")[0]


def start_tool(words, ready=lambda: False):
    """Returns (process, None), or (None, the reason why it cannot run).

    Waits until ready() is true, but at most 6 s. Each tool here attaches within that time.
    """
    tool = subprocess.Popen(with_tracefs(words), stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    on_exit(stop, tool)
    deadline = time.monotonic() + 6
    while tool.poll() is None and not ready() and time.monotonic() < deadline:
        time.sleep(0.2)
    return (tool, None) if tool.poll() is None else (None, failure_reason(words))


def sample_tool(statistics, client, before, seconds):
    """Returns [(ns per event of the tool's programs, ns of an empty program)].

    Each of its programs runs once per event, so their averages are added. Programs that run less
    than 1000 times a second do something else. Returns [] if the tool counted nothing.
    """
    first = costs_since(before)
    costs, _, _ = kernel_cost.sample(statistics, client, seconds)
    own = [(now[0] - first[n][0]) / (now[1] - first[n][1])
           for n, now in costs_since(before).items()
           if n in first and now[1] - first[n][1] > 1000 * seconds]
    return [(sum(own), costs[kernel_cost.EMPTY])] if own else []


def measure_tool(report, name, words, runs, rounds, seconds):
    """Measures a tool, an empty program and a record in a ring on the same tracepoint, without
    rexmit."""
    samples = []
    for _ in range(runs):
        with kernel_cost.loaded(STORM, seconds) as (statistics, client):
            before = program_ids()
            tool, reason = start_tool(words, lambda: costs_since(before))
            if not tool:
                report.skip(name, reason)
                return
            for _ in range(rounds):
                samples += sample_tool(statistics, client, before, seconds)
            stop(tool)
    if samples:
        report.add(name, "ns", [own for own, _ in samples],
                   figures.Figure("an empty program meanwhile", "ns", [e for _, e in samples]))
    else:
        report.skip(name, "it counted nothing on this host")


def measure(report, quick):
    runs, rounds, seconds = (1, 3, 0.3) if quick else (3, 3, 1)
    report.section("Other tools, storm: ns per event")
    samples = [costs for _ in range(runs)
               for costs, _, _ in kernel_cost.measure_alone(STORM, rounds, seconds)]
    empty = report.add("an empty program", "ns", [costs[kernel_cost.EMPTY] for costs in samples])
    report.add("rexmit, both handlers", "ns",
               [sum(costs[name] for name in subject.HANDLERS) for costs in samples], empty)
    for name, (program, words) in TOOLS.items():
        path = shutil.which(program)
        if path:
            measure_tool(report, name, [path, *words], runs, rounds, seconds)
        else:
            report.skip(name, f"no {program}; bench/run --install installs it")
