#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The label uid is the user who owns the retransmitting socket.

The client, the listener and the process that accepts have different users. The listener retransmits
a SYN-ACK, and both ends retransmit a data segment. The users are correct even for a connection that
is older than the collector.
"""
import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402

GROUP_BY = ("--group-by", "netns,src_ip,uid,cause")
METRIC = "tcp_retransmissions_total"
CLIENT, LISTENER, ACCEPTOR = 4001, 4002, 4003
PORT = 50061


def as_user(uid, function, *arguments):
    """Runs the function. This user owns the sockets that it creates."""
    os.seteuid(uid)
    try:
        return function(*arguments)
    finally:
        os.seteuid(0)


def make_socket(namespace, family, uid):
    with namespace.inside():
        return as_user(uid, socket.socket, family)


def listen(server, family):
    listener = make_socket(server, family, LISTENER)
    listener.bind((server.v6 if family == socket.AF_INET6 else server.v4, PORT))
    listener.listen(4)
    return listener


def start_connect(client, address, family):
    """Starts a connection without waiting for it. Returns the client's socket."""
    near = make_socket(client, family, CLIENT)
    near.setblocking(False)
    near.connect_ex((address, PORT))
    return near


def retransmits(side, more):
    before = side.counters()["Tcp.RetransSegs"]
    return lambda: side.counters()["Tcp.RetransSegs"] >= before + more


def lose_synack(client, server, family):
    """Loses the first SYN-ACK of a connection. Returns (client's end, server's end, listener)."""
    listener = listen(server, family)
    lost = retransmits(server, 1)
    client.drop("")
    near = start_connect(client, server.v6 if family == socket.AF_INET6 else server.v4, family)
    until("a retransmitted SYN-ACK", lost)
    client.drop()
    far = as_user(ACCEPTOR, listener.accept)[0]
    near.setblocking(True)
    return near, far, listener


def lose_data(client, server, near, far):
    lost = [retransmits(side, 1) for side in (client, server)]
    client.drop("")
    server.drop("")
    near.send(b"x")
    far.send(b"x")
    until("a retransmitted segment of each end", lambda: all(each() for each in lost))
    client.drop()
    server.drop()


def by_user(exposition, side, **labels):
    return {int(uid): n for uid, n in
            exposition.sum_of_side(side, "uid", METRIC, **labels).items()}


def check_users(exporter, client, server):
    """Waits until the sums equal the kernel's counts. All segments of an end must have its user."""
    def complete():
        exposition = exporter.scrape()
        return all(sum(by_user(exposition, side).values()) == side.counters()["Tcp.RetransSegs"]
                   for side in (client, server)) and exposition
    exposition = until("all retransmissions in the exposition", complete)
    near, far = by_user(exposition, client), by_user(exposition, server)
    synacks = by_user(exposition, server, cause="synack")
    print(f"client {near}, server {far}, SYN-ACKs {synacks}")
    check(set(near) == {CLIENT}, f"the client's end: {near}")
    check(set(synacks) == {LISTENER}, f"SYN-ACKs: {synacks}")
    check(set(far) == {LISTENER, ACCEPTOR}, f"the server's end: {far}")


def new_connections(directory, family):
    pipeline.Collector(directory).wait()
    exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
    with network.make_pair() as (client, server):
        near, far, listener = lose_synack(client, server, family)
        lose_data(client, server, near, far)
        check_users(exporter, client, server)
        for end in (near, far, listener):
            end.close()


def older_connection(directory):
    with network.make_pair() as (client, server):
        listener = listen(server, socket.AF_INET)
        near = start_connect(client, server.v4, socket.AF_INET)
        far = as_user(ACCEPTOR, listener.accept)[0]
        near.setblocking(True)
        pipeline.Collector(directory).wait()
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        lose_data(client, server, near, far)

        def users():
            exposition = exporter.scrape()
            return [set(by_user(exposition, side)) for side in (client, server)]
        until("both users", lambda: users() == [{CLIENT}, {ACCEPTOR}])
        for end in (near, far, listener):
            end.close()


def main():
    need_root_and_namespaces()
    for family in (socket.AF_INET, socket.AF_INET6):
        new_connections(pipeline.private_directory(), family)
    older_connection(pipeline.private_directory())


run_test(main)
