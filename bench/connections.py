# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures the cost of connections without losses: alone, with rexmit, and with other tools."""
import contextlib
import re
import resource
import secrets
import shutil
import subprocess
import time

import network
import other_tools
import pipeline
import subject
from lifetime import check, stop, until

SAMPLES = 3  # samples in one round
PORT = 8080
CONFIGURATION = f"""
    daemon off; master_process off; user nobody nogroup; error_log stderr; pid nginx.pid;
    events {{ worker_connections 1024; }}
    http {{
        access_log off; client_body_temp_path body; proxy_temp_path proxy;
        fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        server {{ listen {PORT}; location / {{ return 200 "{'x' * 100}"; }} }}
    }}
"""
NOTHING, REXMIT = "no program", "rexmit"
# The lowest costs of a program that runs at the start and the end of each connection, and of a
# program that writes a record for each end.
FLOORS = {
    "empty programs": ("floor_state", "floor_destroy"),
    "a record of each end": ("floor_end", "floor_destroy"),
}
LINE = ("tracepoint:sock:inet_sock_set_state /args->protocol == 6 && args->newstate == 7/ "
        '{ printf("%s %d %s %d\\n", ntop(args->saddr), args->sport, ntop(args->daddr), args->dport); }')
# Nothing is retransmitted during this measurement, so tools that trace only retransmissions do not
# run. The other tools trace the end of each connection, as rexmit does.
TOOLS = {
    "bpftrace, retransmissions": other_tools.TOOLS["bpftrace, count by connection"],
    "bcc tcpretrans": other_tools.TOOLS["bcc tcpretrans"],
    "bpftrace, a line for each": ("bpftrace", ["-e", LINE]),
    "bcc tcplife": ("tcplife-bpfcc", []),
}


def start_tool(words):
    before = other_tools.program_ids()
    return other_tools.start_tool(words, lambda: other_tools.program_ids() - before)


@contextlib.contextmanager
def nothing():
    """Attaches no program. Each of these functions attaches a subject and yields its processes."""
    yield []


@contextlib.contextmanager
def rexmit():
    with subject.Subject() as both:
        yield list(both.processes().values())


@contextlib.contextmanager
def floor(programs):
    with subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", f"{subject.BUILD}/bench/rexmit-program-stats",
             "--attach", *programs], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as process:
        check(process.stdout.readline() == "attached\n", "cannot attach the floor's programs")
        yield [process.pid]
        process.stdin.close()


@contextlib.contextmanager
def tool(words):
    process, reason = start_tool(words)
    check(process, reason)
    yield [process.pid]
    stop(process)


def subjects(report):
    """Returns {name: function that attaches the subject}, without tools that cannot run here."""
    found = {NOTHING: nothing, REXMIT: rexmit}
    for name, programs in FLOORS.items():
        found[name] = lambda programs=programs: floor(programs)
    for name, (program, words) in TOOLS.items():
        path = shutil.which(program)
        process, reason = start_tool([path, *words]) if path else \
            (None, f"no {program}; bench/run --install installs it")
        if process:
            stop(process)
            found[name] = lambda words=(path, *words): tool(words)
        else:
            report.skip(name, reason)
    return found


@contextlib.contextmanager
def loopback():
    """Yields a namespace. Removing it frees its ports and TIME_WAIT sockets, too."""
    namespace = network.OwnNamespace(f"rexmit-{secrets.token_hex(4)}", "127.0.0.1", "::1")
    try:
        yield namespace
    finally:
        namespace.remove()


def sample_pairs(namespace, pairs):
    """Returns (CPU time of a pair in us, pairs per second)."""
    words = namespace.run(f"{subject.BUILD}/bench/rexmit-connections", "pairs", str(pairs)).split()
    ns, cpu_ns = int(words[3]), int(words[5])
    return cpu_ns / pairs / 1e3, pairs / ns * 1e9


def start_nginx(namespace, directory):
    path = f"{directory}/nginx.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION)
    nginx = namespace.start("nginx", "-c", path, "-p", directory)
    until("nginx", lambda: nginx.poll() is None and "0A" in namespace.tcp_states())
    return nginx


def sample_requests(namespace, nginx, seconds):
    """Returns (CPU time of a request in us, by nginx and wrk; requests per second)."""
    def spent_ns():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return subject.running_ns(nginx.pid) + (children.ru_utime + children.ru_stime) * 1e9
    before = spent_ns()
    said = namespace.run("wrk", "--threads", "1", "--connections", "32", "--duration",
                         f"{seconds}s", "--header", "Connection: close",
                         f"http://127.0.0.1:{PORT}/")
    spent = spent_ns() - before
    check("Non-2xx" not in said, said)
    requests = int(re.search(r"([0-9]+) requests in", said).group(1))
    rate = float(re.search(r"Requests/sec: +([0-9.]+)", said).group(1))
    return spent / requests / 1e3, rate


class Turn:
    """Samples of pairs and requests, and the CPU time that the subject's processes used for each
    pair."""

    def __init__(self, attach, has_nginx, pairs, seconds):
        self.requests = []
        with attach() as processes, loopback() as namespace:
            before = sum(map(subject.running_ns, processes))
            self.pairs = [sample_pairs(namespace, pairs) for _ in range(SAMPLES)]
            time.sleep(0.2)  # until the processes have handled the last pair
            spent = sum(map(subject.running_ns, processes)) - before
            self.beside = spent / (SAMPLES * pairs) / 1e3
            if has_nginx:
                nginx = start_nginx(namespace, pipeline.private_directory())
                self.requests = [sample_requests(namespace, nginx, seconds) for _ in range(SAMPLES)]


def report_kind(report, taken, what, goals):
    """Reports each subject's cost and rate. Returns {name: samples}."""
    for index, unit, said in ((0, "us", f"CPU time of a {what}"), (1, "per s", f"{what}s")):
        floor = None
        for name, samples in taken.items():
            figure = report.add(f"{said}: {name}", unit, [sample[index] for sample in samples],
                                floor, goals[index] if name == REXMIT else "")
            floor = floor or figure


def report_pairs(report, turns):
    pairs = {name: [sample for turn in some for sample in turn.pairs]
             for name, some in turns.items()}
    report_kind(report, pairs, "pair", ("ratio <= 1.035", ""))
    for name in (REXMIT, *FLOORS):
        report.add(f"CPU time of a pair: {name} less {NOTHING}", "us",
                   [own[0] - without[0] for own, without in zip(pairs[name], pairs[NOTHING])],
                   goal="<= 1.5" if name == REXMIT else "")
    for name, some in turns.items():
        if name != NOTHING:
            report.add(f"its processes, a pair: {name}", "us",
                       [turn.beside for turn in some])


def measure(report, quick):
    rounds, pairs, seconds = (1, 5_000, 1) if quick else (5, 20_000, 2)
    report.section("Connections that lose nothing")
    found = subjects(report)
    has_nginx = bool(shutil.which("nginx") and shutil.which("wrk"))
    turns = {name: [] for name in found}
    for _ in range(rounds):
        for name, attach in found.items():
            turns[name].append(Turn(attach, has_nginx, pairs, seconds))
    report_pairs(report, turns)
    if has_nginx:
        requests = {name: [sample for turn in some for sample in turn.requests]
                    for name, some in turns.items()}
        report_kind(report, requests, "request", ("", "ratio >= 0.97"))
    else:
        report.skip("requests", "no nginx or no wrk; bench/run --install installs them")
