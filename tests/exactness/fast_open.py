#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts the SYN-ACKs that a server with TCP Fast Open repeats, before and after it closes.

The server has a socket before the handshake ends. The kernel counts repeated SYN-ACKs in that
socket's total_retrans, but only until the server closes it. OutSegs has all of them.
"""
import socket

import network
import pipeline
from ends import Ends
from lifetime import check, need_root_and_namespaces, parse_runs, run_test, until

METRIC, SENT = "tcp_retransmissions_total", "tcp_segments_sent_total"
PORT = 5000
MSG_FASTOPEN = 0x20000000  # include/linux/socket.h
CLIENT, SERVER = 0x1 | 0x4, 0x2 | 0x200  # net.ipv4.tcp_fastopen: without cookies
REPEATED = 3


def serve(listener, closes):
    """Accepts a connection during its handshake, and reads its data."""
    accepted = listener.accept()[0]
    check(accepted.recv(10) == b"x", "the SYN had no data")
    if closes:
        accepted.close()
    return accepted


def run_once(version, closes, exporter):
    with network.make_pair() as (client, server):
        def sent():
            return exporter.scrape().sum(SENT, netns=server.inode)
        # The kernel may reuse the inode number of an earlier namespace.
        sent_before = sent()
        before = exporter.scrape().sum_by("cause", METRIC, netns=server.inode)
        client.sysctl(tcp_fastopen=CLIENT)
        server.sysctl(tcp_fastopen=SERVER)
        ends = Ends(client, server, version)
        syn_ack = "tcp flags & (syn | ack) == syn | ack"
        client.drop(f"{syn_ack} numgen inc mod 1000000 < {REPEATED}")
        with ends.listen(PORT, 8) as listener, ends.client_socket() as connection:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)
            listener.settimeout(60)
            connection.settimeout(0)
            try:
                connection.sendto(b"x", MSG_FASTOPEN, (ends.address, PORT))
            except BlockingIOError:
                pass  # the SYN with the data is sent; the handshake has not ended
            with serve(listener, closes):
                until("repeated SYN-ACKs",
                      lambda: server.counters()["TcpExt.TCPSynRetrans"] >= REPEATED)
                connection.settimeout(60)
                connection.shutdown(socket.SHUT_WR)
        until("the end of the server's socket",
              lambda: set(server.tcp_states()) <= {"06"})  # 06: TIME_WAIT
        kernel = server.counters()
        check(kernel["TcpExt.TCPFastOpenPassive"] == 1, "no connection with TCP Fast Open")

        def causes():
            now = exporter.scrape().sum_by("cause", METRIC, netns=server.inode)
            return {cause: number - before.get(cause, 0) for cause, number in now.items()}
        print(f"IPv{version}, {'closed' if closes else 'open':6}: RetransSegs "
              f"{kernel['Tcp.RetransSegs']}, counted {causes()}", flush=True)
        until(f"{kernel['Tcp.RetransSegs']} segments, {kernel['TcpExt.TCPSynRetrans']} SYN-ACKs",
              lambda: sum(causes().values()) == kernel["Tcp.RetransSegs"]
              and causes().get("synack") == kernel["TcpExt.TCPSynRetrans"], 20)
        until(f"{server.counters()['Tcp.OutSegs']} segments sent, not {sent() - sent_before}",
              lambda: sent() - sent_before == server.counters()["Tcp.OutSegs"], 20)


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair()
    for _ in range(runs):
        for version in (4, 6):
            for closes in (False, True):
                run_once(version, closes, exporter)


run_test(main)
