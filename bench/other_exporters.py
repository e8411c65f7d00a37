# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures the scrape of other exporters: client_golang and node_exporter.

client_golang serves the same metric. node_exporter's default exposition has the host's RetransSegs
as one number.
"""
import os
import shutil
import socket
import subprocess
import time

import scrapes
import subject
from lifetime import check, on_exit, stop, until

GO_PATH = "/usr/share/gocode"  # Debian's golang-*-dev packages
CLIENT_GOLANG = f"{GO_PATH}/src/github.com/prometheus/client_golang"
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client_golang.go")
PROGRAM = f"{subject.BUILD}/bench/client-golang"
NODE_EXPORTER = "prometheus-node-exporter"


def start(*words, **options):
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *words], text=True, **options)
    on_exit(stop, process)
    return process


def build_client_golang():
    """Builds the program without a network: the packages have all sources.

    Returns an error or None.
    """
    if not shutil.which("go") or not os.path.isdir(CLIENT_GOLANG):
        return "no golang-go or no client_golang; bench/run --install installs them"
    done = subprocess.run(["go", "build", "-o", PROGRAM, SOURCE], check=False, capture_output=True,
                          text=True, env={**os.environ, "GO111MODULE": "off", "GOPATH": GO_PATH,
                                          "GOCACHE": f"{subject.BUILD}/go", "GOFLAGS": ""})
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def measure_client_golang(report, count, rounds):
    process = start(PROGRAM, str(count), stdout=subprocess.PIPE)
    line = process.stdout.readline()
    check(line, "client-golang did not start")
    port = int(line)
    title = f"client_golang, {count} series"
    floor = scrapes.measure_plain(report, port, title, rounds)
    scrapes.measure_gzip(report, port, title, rounds, floor)
    report.add(f"{title}: resident memory after", "MiB",
               [subject.resident_bytes(process.pid)["VmRSS"] / 2**20])
    stop(process)


def measure_node_exporter(report, rounds):
    path = shutil.which(NODE_EXPORTER)
    if not path:
        report.skip(NODE_EXPORTER, "not installed; bench/run --install installs it")
        return
    port = free_port()
    process = start(path, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
                    stdout=subprocess.DEVNULL)
    until("node_exporter's port", lambda: is_listening(port))
    time.sleep(0.5)  # until its start no longer uses the CPU
    scrapes.measure_plain(report, port, "node_exporter, default page", rounds)
    report.add("node_exporter: resident memory after", "MiB",
               [subject.resident_bytes(process.pid)["VmRSS"] / 2**20])
    stop(process)


def measure(report, quick):
    rounds = 3 if quick else 9
    report.section("Scrapes of other exporters")
    reason = build_client_golang()
    if reason:
        report.skip("client_golang", reason)
    else:
        for count in scrapes.SERIES[:2] if quick else scrapes.SERIES:
            measure_client_golang(report, count, rounds)
    measure_node_exporter(report, rounds)
