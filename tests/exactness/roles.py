#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Series have the correct role, even for connections that are older than the collector.

In one run connect(2) may choose any port, so ports do not show the roles. In the other run
connect(2) may choose only a few ports, and no server uses these ports. Both ends of each connection
retransmit after the collector's start.
"""
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test, until  # noqa: E402

GROUP_BY = ("--group-by", "netns,role,src_port,dst_port", "--ports", "all")
METRIC = "tcp_retransmissions_total"
PORT = 50051  # a server's port; by default connect(2) may choose it, too
EACH = 3  # number of connections of each kind


def listen(namespace, address, port, backlog=16):
    with namespace.inside():
        server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


def connect(namespace, address, port, bound=None):
    """Returns a client's socket. If `bound` is 0, bind(2) chooses its port instead of connect(2).
    """
    with namespace.inside():
        client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if bound is not None:
        client.bind((namespace.v6 if ":" in address else namespace.v4, bound))
    client.connect((address, port))
    return client


def make(client, server):
    """Returns ([(client's end, server's end)] of all kinds, listeners that must stay open)."""
    ends, kept = [], [listen(server, "::", PORT + 2)]
    for address, port in ((server.v4, PORT), (server.v6, PORT + 1)):
        listener = listen(server, address, port)
        for number in range(EACH):
            for bound in (None, 0, 2000 + number):
                near = connect(client, address, port, bound)
                ends.append((near, listener.accept()[0]))
        if port == PORT:
            kept.append(listener)
        else:
            listener.close()
    ends.append((connect(client, server.v4, PORT + 2), kept[0].accept()[0]))
    return ends, kept


def lose(client, server, ends):
    """Drops all packets while both ends send, and then lets packets pass again."""
    client.drop("")
    server.drop("")
    for pair in ends:
        for end in pair:
            end.send(b"x")
    until("retransmissions", lambda: all(
        side.counters()["Tcp.RetransSegs"] >= 2 * len(ends) for side in (client, server)))
    client.drop()
    server.drop()


def check_roles(exposition, side, role, ports):
    """Checks that all series of the namespace have the role, and each connection has a series."""
    labels = [labels for labels, _ in exposition.values(METRIC, netns=side.inode)]
    wrong = sorted(int(each["src_port"]) for each in labels if each["role"] != role)
    check(not wrong, f"these ports do not have the role {role}: {wrong}")
    seen = {int(each["src_port"]) for each in labels}
    check(seen == ports, f"the {role}s have the ports {sorted(seen)}, expected {sorted(ports)}")


def run(first, last):
    with network.make_pair() as (client, server):
        for side in (client, server):
            side.sysctl(ip_local_port_range=f'"{first} {last}"')
        pairs, kept = make(client, server)
        directory = pipeline.private_directory()
        collector = pipeline.Collector(directory).wait()
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        lose(client, server, pairs)
        ports = [{pair[i].getsockname()[1] for pair in pairs} for i in range(2)]
        until("series of all connections", lambda: all(
            len(exporter.scrape().values(METRIC, netns=side.inode)) >= len(pairs)
            for side in (client, server)))
        exposition = exporter.scrape()
        check_roles(exposition, client, "client", ports[0])
        check_roles(exposition, server, "server", ports[1])
        print(f"ok: {len(pairs)} connections, ports from {first} to {last}", flush=True)
        for end in [end for pair in pairs for end in pair] + kept:
            end.close()
        exporter.stop()
        collector.stop()


def main():
    need_root_and_namespaces()
    run(1024, 65535)
    run(40000, 40500)


run_test(main)
