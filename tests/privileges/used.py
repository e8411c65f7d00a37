# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""strace shows that the lists of system calls are minimal.

Under their filters the collector and its walker use exactly the calls of their lists, except those
for messages. The exporter uses no call that is not on its list. In this test the filters only log, so
another call is visible and does not end the program.
"""
import os
import re
import shutil
import urllib.error
import urllib.request

import network
import pipeline
import traffic
import workloads
from call_lists import allowed
from lifetime import check, need_root_and_namespaces, run_test, skip, until

LIMITS = {"collector": 16, "walker": 11, "exporter": 36}
# These calls write the log. The C library makes the last one when it detects damaged memory
# (denied.py). The walker writes only about errors.
UNUSED = {"collector": {"writev"}, "walker": {"ppoll", "write", "writev"}}


def used(path):
    """Returns the system calls under the filter.

    The last successful seccomp(SECCOMP_SET_MODE_FILTER, ...) installed that filter.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    marks = [i for i, line in enumerate(lines)
             if re.search(r"seccomp\(SECCOMP_SET_MODE_FILTER, .*= 0$", line)]
    check(marks, f"{path}: no filter was installed")
    calls = (re.match(r"(?:\d+ +)?(\w+)\(", line) for line in lines[marks[-1] + 1:])
    return {call.group(1) for call in calls if call}


def fetch(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()


def work(directory, collector, exporter):
    """Makes both programs do all their work: under loss, scrapes, errors and a reconnect."""
    with network.make_pair() as (client, server):
        traffic.listen(server, server.v4)
        workloads.prepare(client, server)
        server.drop(network.random_loss(5))
        traffic.Connector(client, server.v4, count=20, parallel=20, bytes=500_000).finish()
        until("retransmissions in the exposition", lambda: exporter.scrape().sum(
            "tcp_retransmissions_total", netns=client.inode))
        for path in ("/", "/metrics", "/healthz", "/readyz", "/page.js", "/api/v1/summary",
                     "/nothing"):
            fetch(exporter.port, path)
    second = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait()
    until("the collector's refusal", lambda: "refused the connection" in collector.log())
    second.stop()
    # Waits for a sweep and a few COUNTER packets.
    until("a second of counters", lambda: exporter.scrape().sum(
        "rexmit_collector_resident_memory_bytes"))


def main():
    need_root_and_namespaces()
    if not shutil.which("strace"):
        skip("no strace command")
    directory = pipeline.private_directory()
    # With -ff strace writes a file for each process. Its name ends with the process id.
    strace = {name: ["strace", "-D", "-ff", "-o", f"{directory}/{name}.strace"]
              for name in ("collector", "exporter")}
    collector = pipeline.Collector(directory, "--seccomp", "log",
                                   launcher=strace["collector"]).wait()
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE, "--seccomp", "log",
                                 launcher=strace["exporter"]).wait().wait_for_collector()
    walker = collector.walker()
    processes = {"collector": f"collector.strace.{collector.process.pid}",
                 "walker": f"collector.strace.{walker}",
                 "exporter": f"exporter.strace.{exporter.process.pid}"}
    work(directory, collector, exporter)
    collector.stop()
    until("the walker's end", lambda: not os.path.exists(f"/proc/{walker}"))
    until("the exporter's search for another collector",
          lambda: "trying again" in exporter.log())
    exporter.stop()
    for name, limit in LIMITS.items():
        calls, listed = used(f"{directory}/{processes[name]}"), allowed(name)
        print(f"{name}: {len(listed)} listed, {len(calls)} used: {' '.join(sorted(calls))}")
        check(calls <= listed, f"{name}: used, but not on its list: {calls - listed}")
        check(len(listed) <= limit,
              f"{name}: {len(listed)} are on its list, at most {limit} are allowed")
        if name in UNUSED:
            unused = listed - calls - UNUSED[name]
            check(not unused, f"{name}: on its list, but never used: {unused}")


run_test(main)
