#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts received segments as InSegs, and those out of order as TCPOFOQueue.

A forwarder reorders or drops segments. The kernel counts packets, and here each packet is one
segment, because the forwarder's devices merge none.

On a slow machine a FIN may be retransmitted. Then the copy, its acknowledgement, and a reset that
answers the acknowledgement may arrive after the connection's end. InSegs counts these segments, but
no connection does.
"""
import itertools
import socket
import struct
import threading

import forwarder
import pipeline
from lifetime import check, need_root_and_namespaces, parse_runs, run_test, until
from skipped import Skipped

RECEIVED, OUT_OF_ORDER = "tcp_segments_received_total", "tcp_out_of_order_segments_received_total"
MIBS = {RECEIVED: "Tcp.InSegs", OUT_OF_ORDER: "TcpExt.TCPOFOQueue"}
PORT, BLOCK, BLOCKS, CONNECTIONS = 5000, 20_000, 10, 5
FIN_WAIT2 = "05"  # /proc/net/tcp; also a time-wait socket that waits for the FIN


def every(nth, delays):
    """Returns a policy that delays every nth data segment of each direction."""
    seen = [0, 0]

    def policy(packet):
        if packet.payload > 1:
            seen[packet.to_server] += 1
            if seen[packet.to_server] % nth == 0:
                return delays
        return [0]
    return policy


def in_order():
    return lambda packet: [0]


def swapped():
    return every(7, [0.01])


def lost():
    return every(25, [])


def repeated():
    return every(9, [0, 0.005])


# {kind: whether segments arrive out of order}
KINDS = {in_order: False, swapped: True, lost: True, repeated: False}


def echo(accepted):
    for _ in range(BLOCKS):
        accepted.sendall(accepted.recv(BLOCK, socket.MSG_WAITALL))


def connect(client, server, listener):
    """Makes a connection on which both ends send BLOCKS blocks. Returns both open ends."""
    with client.inside():
        connection = socket.socket()
    connection.connect((server.v4, PORT))
    accepted = listener.accept()[0]
    thread = threading.Thread(target=echo, args=(accepted,))
    thread.start()
    for _ in range(BLOCKS):
        connection.sendall(bytes(BLOCK))
        connection.recv(BLOCK, socket.MSG_WAITALL)
    thread.join()
    return connection, accepted


def end_at_once(client, connection, accepted):
    """The server answers the client's FIN with one segment, which is an acknowledgement and a
    FIN."""
    connection.close()
    check(accepted.recv(1) == b"", "the stream did not end")
    accepted.close()


def end_later(client, connection, accepted):
    """The server first acknowledges the client's FIN. Its own FIN then meets a time-wait socket."""
    connection.close()
    until("an acknowledgement of the FIN", lambda: FIN_WAIT2 in client.tcp_states())
    accepted.close()
    until("the server's FIN", lambda: FIN_WAIT2 not in client.tcp_states())


def is_acknowledged(end):
    """Whether the other end has acknowledged all data (tcpi_unacked)."""
    return struct.unpack_from("=I", end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 24) == (0,)


def sent_again(*sides):
    """Returns how many segments may arrive after a connection's end: all retransmissions and
    resets.
    """
    return sum(side.counters()[mib] for side in sides for mib in ("Tcp.RetransSegs", "Tcp.OutRsts"))


def compare(name, namespace, exporter, late):
    """Waits until both counts of a namespace equal the kernel's. Returns the counts.

    Up to late() segments may be missing, if they arrived after the end.
    """
    def counts():
        exposition, kernel = exporter.scrape(), namespace.counters()
        return [(int(exposition.sum(metric, netns=namespace.inode, src_ip=namespace.v4)), kernel[mib])
                for metric, mib in MIBS.items()]
    try:
        until("equality", lambda: all(have <= due <= have + excess for (have, due), excess
                                      in zip(counts(), (late(), 0))), 40, 0.1)
    finally:
        print(f"{name}: " + ", ".join(f"{metric} {have} {mib} {due}" for (metric, mib), (have, due)
                                      in zip(MIBS.items(), counts()))
              + f", at most {late()} after the end", flush=True)
    return counts()


def run(kind, exporter, end):
    """Runs one kind. If `end` is None, the connections stay open, and only the sweep reports
    them."""
    with forwarder.make_pair() as (client, server, between):
        between.policy = kind()
        with server.inside():
            listener = socket.create_server((server.v4, PORT))
        pairs = [connect(client, server, listener) for _ in range(CONNECTIONS)]
        between.policy = lambda packet: [0]
        until("all acknowledgements", lambda: all(map(is_acknowledged, itertools.chain(*pairs))))
        until("silence", between.is_quiet)
        before = sent_again(client, server)
        if end:
            for connection, accepted in pairs:
                end(client, connection, accepted)
            until("the end of the connections",
                  lambda: "01" not in client.tcp_states() + server.tcp_states())
        when = end.__name__ if end else "open"
        for who, side in (("client", client), ("server", server)):
            (_, _), (swaps, _) = compare(f"{kind.__name__:8} {when:11} {who}", side, exporter,
                                         lambda: sent_again(client, server) - before)
            check(bool(swaps) == KINDS[kind], f"{kind.__name__}: {swaps} segments out of order")
        listener.close()
        for connection, accepted in pairs:
            connection.close()
            accepted.close()


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=("--group-by", "netns,src_ip"))
    repeat = Skipped(exporter).repeat
    for _ in range(runs):
        for kind in KINDS:
            repeat(run, kind, exporter, end_at_once)
        for kind in (in_order, lost):  # without and with storage of the socket
            repeat(run, kind, exporter, end_later)
        repeat(run, swapped, exporter, None)


if __name__ == "__main__":
    run_test(main)
