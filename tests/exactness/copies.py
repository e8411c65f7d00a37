#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A walk over files reports a connection once, even if a process has many descriptors of it.

A process sends all the time on a connection of which it has thousands of descriptors. Each of the
two walks at the collector's start may make one record of it.
"""
import os
import resource
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import pipeline  # noqa: E402
import wire  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, skip, until  # noqa: E402

MOST = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
COPIES, WALKS = min(100_000, MOST - 64), 3
SECONDS = 12  # longer than the interval between two walks


def send_forever(connection):
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST, MOST))
    for _ in range(COPIES):
        os.dup(connection.fileno())
    while True:
        connection.send(bytes(1000))


def receive_forever(connection):
    while connection.recv(1 << 20):
        pass


def start(run, connection):
    child = os.fork()
    if child == 0:
        try:
            run(connection)
        finally:
            os._exit(1)
    on_exit(os.waitpid, child, 0)
    on_exit(os.kill, child, signal.SIGKILL)
    return child


def main():
    need_root_and_namespaces()
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    port = near.getsockname()[1]
    far = listener.accept()[0]
    sender = start(send_forever, near)
    start(receive_forever, far)
    for end in (listener, near, far):
        end.close()
    until("all descriptors", lambda: os.path.exists(f"/proc/{sender}/fd/{COPIES}"))
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    with wire.Client(collector.socket) as client:
        client.resume()
        ours, seconds = [], 0
        while seconds < SECONDS and (not ours or seconds < 2):
            records = client.receive()
            check(records, "the collector closed the connection")
            ours += [record for record in records if record.type == wire.EVENT
                     and record.local_port == port and not record.segments]
            seconds += any(record.type == wire.COUNTER for record in records)
    check(len(ours) <= WALKS, f"{len(ours)} records of one connection in {WALKS} walks")
    collector.stop()
    if not ours:
        skip("this kernel allows the walk over storage, so the walk over files makes no record")
    print(f"ok: {len(ours)} records of a connection with {COPIES} descriptors")


if __name__ == "__main__":
    run_test(main)
