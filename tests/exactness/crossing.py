#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""In a simultaneous open (RFC 9293, 3.5) retransmitted SYN-ACKs have the cause `synack`.

Any user can cause a simultaneous open, with a socket that connects to its own address and port.
"""
import socket

import network
import pipeline
from equation import METRIC, Equation
from lifetime import check, need_root_and_namespaces, run_test, until
from workloads import SYNACK, prepare, quiet

SOCKETS = 5


def main():
    need_root_and_namespaces()
    surroundings = network.Surroundings()
    with network.make_pair() as (client, server):
        collector, exporter = pipeline.start_pair()
        equation = Equation(surroundings, client=client)
        prepare(client, server)
        client.drop(SYNACK)
        with client.inside():
            sockets = [socket.socket() for _ in range(SOCKETS)]
        for one in sockets:
            one.setblocking(False)
            one.bind((client.v4, 0))
            one.connect_ex(one.getsockname())
        until("the end of all simultaneous opens", lambda: quiet(client), 60, 0.1)
        sent_again = client.counters()["TcpExt.TCPSynRetrans"]
        check(sent_again >= SOCKETS, f"only {sent_again} SYN-ACKs were retransmitted")
        print(equation.settle(exporter.scrape))
        causes = exporter.scrape().sum_by("cause", METRIC, netns=client.inode)
        check(causes.get("synack") == sent_again,
              f"counted {causes}, TCPSynRetrans is {sent_again}")
    exporter.stop()
    collector.stop()


run_test(main)
