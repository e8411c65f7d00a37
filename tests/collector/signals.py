# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Some signals make the collector end in order. It logs and ignores the others."""
import os
import signal

import pipeline
import wire
from lifetime import check, need_root_and_namespaces, run_test, until

NOTED = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE")
ENDS = ("SIGTERM", "SIGINT", "SIGQUIT")


def check_noted(collector):
    with wire.Client(collector.socket) as client:
        client.resume()
        for name in NOTED:
            collector.process.send_signal(getattr(signal, name))
            if name != "SIGPIPE":  # ignored without a log line
                until(f"the log line about {name}",
                      lambda: collector.running() and f"ignoring {name}: " in collector.log())
        until("the counters of three seconds", lambda: client.receive() and client.receive())
    for _ in range(1000):
        collector.process.send_signal(signal.SIGHUP)
    collector.running()


def check_end(collector, name):
    collector.process.send_signal(getattr(signal, name))
    status = collector.process.wait(30)
    check(status == 0, f"{name}: status {status}")
    check(f"stopped by {name} after " in collector.log(), f"{name}: {collector.log()}")
    check(not os.path.exists(collector.socket), f"{name}: the socket file is still there")


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    for name in ENDS:
        collector = pipeline.Collector(directory).wait()
        check_noted(collector)
        check_end(collector, name)
        print(f"{name}: the collector ended in order")


run_test(main)
