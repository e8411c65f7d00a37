#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Connections that are older than the collector never count too many retransmissions.

A process, an unreceived message, io_uring or the kernel (a subflow of MPTCP) may hold the socket,
or no process holds it (an orphan). Each row of the output is one case. The exported count has two
bounds: the segments retransmitted since the collector was ready, and those since shortly before its
start.
"""
import ctypes
import os
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import audit  # noqa: E402
import network  # noqa: E402
import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402

PORT, IPPROTO_MPTCP = 5000, 262
IO_URING_SETUP, IO_URING_REGISTER = 425, 427  # system calls
IORING_REGISTER_FILES = 2  # include/uapi/linux/io_uring.h
BEFORE, AFTER = 2, 2  # minimum number of retransmissions before and after the start

libc = ctypes.CDLL(None, use_errno=True)


def process(connection):
    return [connection]


def orphan(connection):
    connection.close()
    return []


def in_flight(connection):
    ends = socket.socketpair()
    socket.send_fds(ends[0], [b"x"], [connection.fileno()])
    connection.close()
    return list(ends)


def io_uring(connection):
    parameters = (ctypes.c_char * 120)()
    ring = libc.syscall(IO_URING_SETUP, 4, ctypes.byref(parameters))
    files = (ctypes.c_int * 1)(connection.fileno())
    if ring < 0 or libc.syscall(IO_URING_REGISTER, ring, IORING_REGISTER_FILES,
                                ctypes.byref(files), 1) != 0:
        return None
    connection.close()
    return [os.fdopen(ring, "rb", buffering=0)]


def connect(client, server, protocol):
    """Returns (client's end, server's end), or None if the kernel does not support the protocol."""
    try:
        with server.inside():
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
        with client.inside():
            near = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    except OSError:
        return None
    listener.bind((server.v4, PORT))
    listener.listen()
    near.connect((server.v4, PORT))
    far = listener.accept()[0]
    listener.close()
    return near, far


def retransmitted(namespace, number):
    until(f"{number} retransmissions",
          lambda: namespace.counters()["Tcp.RetransSegs"] >= number, 60)


def reported(client, exporter, after):
    """Returns the exported segments if they include all that followed the count `after`, or None."""
    wanted = client.counters()["Tcp.RetransSegs"] - after
    counted = int(exporter.scrape().sum(audit.METRIC, netns=client.inode))
    return counted if counted >= wanted else None


def run(name, hold, protocol=0):
    with network.make_pair() as (client, server):
        ends = connect(client, server, protocol)
        if not ends:
            print(f"{name:10} not on this kernel", flush=True)
            return
        server.drop("")
        ends[0].send(b"x" * 1000)
        retransmitted(client, BEFORE)
        held = hold(ends[0])
        if held is None:
            print(f"{name:10} not on this kernel", flush=True)
            return
        before = client.counters()["Tcp.RetransSegs"]
        collector, exporter = pipeline.start_pair(exporter_flags=audit.GROUP_BY)
        after = client.counters()["Tcp.RetransSegs"]
        retransmitted(client, after + AFTER)
        server.drop()
        time.sleep(3)  # sockets report once a second: a report of too many segments would arrive
        counted = until("a report of all segments", lambda: reported(client, exporter, after))
        end = client.counters()["Tcp.RetransSegs"]
        print(f"{name:10} RetransSegs {end - after:3} after the start, exported {counted:3}, "
              f"{end - before:3} in all", flush=True)
        check(counted <= end - before, f"{name}: exported {counted}")
        for each in (*held, ends[1]):
            each.close()
        exporter.stop()
        collector.stop()


def main():
    need_root_and_namespaces()
    for hold in (process, orphan, in_flight, io_uring):
        run(hold.__name__, hold)
    run("mptcp", process, IPPROTO_MPTCP)


run_test(main)
