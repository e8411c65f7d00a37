#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The walk over files takes no other socket for a TCP socket, even if its protocol has the same number.

Processes hold one kind of sockets each. The collector's first walk finds them, and reports the name
of each process that holds a connection. The second walk finds the name's slot in the table again.
"""
import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import pipeline  # noqa: E402
import wire  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until  # noqa: E402

AF_CAN, NETLINK_XFRM, CAN_ISOTP = 29, 6, 6


def connected_raw(family, address):
    raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
    raw.connect((address, 0))
    return raw


def netlink():
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM)
    connection.connect((0, 0))
    return connection


KINDS = {
    "raw-v4": lambda: connected_raw(socket.AF_INET, "127.0.0.1"),
    "raw-v6": lambda: connected_raw(socket.AF_INET6, "::1"),
    "netlink": netlink,
    "can": lambda: socket.socket(AF_CAN, socket.SOCK_DGRAM, CAN_ISOTP),
}


def hold(name, make):
    """Starts a process with this name that holds the socket. Returns False if there is none."""
    ready, ready_child = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept = make()
            Path("/proc/self/comm").write_text(name, encoding="ascii")
            os.write(ready_child, b"1")
            signal.pause()
            del kept
        finally:
            os._exit(1)
    on_exit(os.waitpid, child, 0)
    on_exit(os.kill, child, signal.SIGKILL)
    os.close(ready_child)
    return os.read(ready, 1) == b"1"


def tcp():
    """Returns a connection. The process also holds its other end."""
    listener = socket.create_server(("127.0.0.1", 0))
    return socket.create_connection(listener.getsockname()), listener.accept()


def main():
    need_root_and_namespaces()
    check(hold("other-tcp", tcp), "no TCP connection")
    held = {f"other-{name}" for name, make in KINDS.items() if hold(f"other-{name}", make)}
    collector = pipeline.Collector(pipeline.private_directory()).wait()
    names, places = set(), set()
    with wire.Client(collector.socket) as client:
        client.resume()

        def all_received():
            records = client.receive()
            processes = [record for record in records if record.type == wire.PROCESS]
            names.update(each.name.rstrip(b"\0").decode(errors="replace") for each in processes)
            places.update((each.key, each.slot) for each in processes)
            return any(record.type == wire.COUNTER for record in records)
        until("counters, which follow the names", all_received)
    check("other-tcp" in names, f"the walk has not found the TCP connection, but {names}")
    found = names & held
    check(len(places) == len({key for key, _ in places}), f"a key has several slots: {sorted(places)}")
    check(held and not found, f"taken for TCP connections: {', '.join(sorted(found))}")
    collector.stop()
    print(f"ok: no connection among {', '.join(sorted(held))}")


if __name__ == "__main__":
    run_test(main)
