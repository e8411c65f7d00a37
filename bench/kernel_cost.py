# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures the cost of one event in the kernel under real loss, compared with minimal programs."""
import contextlib
import subprocess
import time

import figures
import network
import subject
import traffic
from lifetime import check, on_exit, stop

# Settings of one side of a veth pair. Only bulk uses segmentation offload: in the other loads each
# event has one segment.
LOADS = {
    # Few connections, as fast as possible. Their data evicts other data from the caches.
    "bulk": {"parallel": 8, "bytes": 1_000_000_000, "write": 65536, "loss": 5, "rto": "40ms",
             "gso": True},
    # Many connections with small writes. Each connection sometimes loses a segment.
    "small writes": {"parallel": 1000, "bytes": 200_000, "write": 100, "loss": 5, "rto": "40ms"},
    # As many events as possible: every segment times out repeatedly.
    "storm": {"parallel": 1000, "bytes": 200_000, "write": 1000, "loss": 50, "rto": "1ms"},
}
EMPTY, RING, EXACT = "floor_empty", "floor_ring", "floor_exact"


class Statistics:
    """{program: (run_time_ns, run_cnt)} of the floors (minimal programs) and of a subject's
    programs.

    With `exact`, the exact floor runs alone. Beside another program it would load the sockets' data
    into the cache for that program.
    """

    def __init__(self, rexmit=None, exact=False):
        programs = [] if exact or not rexmit else rexmit.programs()
        self._names = [EMPTY, EXACT if exact else RING, *programs]
        arguments = [f"{rexmit.pins}/program_{name}" for name in programs]
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", f"{subject.BUILD}/bench/rexmit-program-stats",
             *(["--exact"] if exact else arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        on_exit(stop, self._process)
        self.read()  # returns when the programs are attached

    def read(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        values = {}
        for name in self._names:
            words = self._process.stdout.readline().split()
            check(len(words) == 3, "rexmit-program-stats has ended")
            values[name] = (int(words[1]), int(words[2]))
        check(self._process.stdout.readline() == "end\n",
              "rexmit-program-stats printed another line")
        return values

    def close(self):
        stop(self._process)
        self._process.stdin.close()
        self._process.stdout.close()


def make_loss(client, server, load):
    """Makes connections that lose segments all the time. Returns the connector."""
    for side, peer in ((client, server), (server, client)):
        side.sysctl(tcp_thin_linear_timeouts=1)
        if not load.get("gso"):
            side.run("ip", "link", "set", "veth", "gso_max_segs", "1")
        side.run("ip", "route", "replace", f"{peer.v4}/32", "dev", "veth", "rto_min", load["rto"])
    traffic.listen(server, server.v4)
    server.drop(network.random_loss(load["loss"], "tcp flags & (syn|fin|rst) == 0"))
    return traffic.Connector(client, server.v4, parallel=load["parallel"], bytes=load["bytes"],
                             write=load["write"], seconds=3600, may_fail=True)


def sample(statistics, client, seconds):
    """Returns (cost per run by program, runs by program, segments retransmitted per second)."""
    before, segments = statistics.read(), client.counters()["Tcp.RetransSegs"]
    begun = time.monotonic()
    time.sleep(seconds)
    after = statistics.read()
    rate = (client.counters()["Tcp.RetransSegs"] - segments) / (time.monotonic() - begun)
    runs = {name: after[name][1] - before[name][1] for name in after}
    costs = {name: (after[name][0] - before[name][0]) / runs[name] for name in after if runs[name]}
    return costs, runs, rate


@contextlib.contextmanager
def loaded(load, seconds, rexmit=None, exact=False):
    """Yields (statistics, client) under loss on new connections, for samples of `seconds`.

    A figure needs several such loads, because the cost depends on where the connections' memory is.
    """
    with network.make_pair() as (client, server):
        statistics = Statistics(rexmit, exact)
        try:
            make_loss(client, server, load)
            time.sleep(2 * seconds)  # until all connections lose segments
            yield statistics, client
        finally:
            statistics.close()


def measure_alone(load, rounds, seconds, exact=False):
    """Samples rexmit or the exact floor alone, so that no other program loads the sockets into the
    cache.
    """
    with contextlib.nullcontext() if exact else subject.Subject() as rexmit:
        with loaded(load, seconds, rexmit, exact) as (statistics, client):
            return [sample(statistics, client, seconds) for _ in range(rounds)]


def report_load(report, name, samples, alone):
    report.section(f"Kernel, {name}: ns a run")
    report.add("segments retransmitted", "per s", [rate for _, _, rate in samples])

    def column(program):
        return [costs.get(program, 0.0) for costs, _, _ in samples]
    empty = report.add(f"{name}: an empty program", "ns", column(EMPTY))
    report.add(f"{name}: a record in a ring, alone", "ns", column(RING), empty)
    for program in sorted({name for costs, _, _ in samples for name in costs} - {EMPTY, RING}):
        ran = [costs for costs, _, _ in samples if program in costs]
        if len(ran) >= 3:  # some programs rarely run
            report.add(f"{name}: {program}", "ns", [costs[program] for costs in ran],
                       figures.Figure(empty.name, "ns", [costs[EMPTY] for costs in ran]))
    both = [sum(costs.get(program, 0.0) for program in subject.HANDLERS)
            for costs, _, _ in samples]
    report.add(f"{name}: both handlers of an event", "ns", both, empty)
    # Every exact count reads the socket's addresses and the number of segments counted before. The
    # exact floor keeps that number in socket storage.
    least = report.add(f"{name}: the least exact program and an empty one", "ns",
                       [costs[EMPTY] + costs[EXACT] for costs, _, _ in alone])
    report.add(f"{name}: both handlers to that", "ns", both, least, goal="ratio <= 1.15")


def measure(report, quick):
    runs, rounds, seconds = (1, 3, 0.3) if quick else (5, 3, 1)
    for name, load in LOADS.items():
        samples, alone = [], []
        for _ in range(runs):
            samples += measure_alone(load, rounds, seconds)
            alone += measure_alone(load, rounds, seconds, exact=True)
        report_load(report, name, samples, alone)
