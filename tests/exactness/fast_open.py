#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts what a server with TCP Fast Open sends before the handshake ends.

The server has a socket before the handshake ends. The kernel counts repeated SYN-ACKs in that
socket's total_retrans, but only until the server closes it. OutSegs has all SYN-ACKs.
"""
import contextlib
import socket
import struct

import contained
import network
import pipeline
from ends import Ends
from lifetime import Failure, check, need_root_and_namespaces, parse_runs, run_test, until
from pins import pins_directory
from skipped import Skipped

METRIC, SENT = "tcp_retransmissions_total", "tcp_segments_sent_total"
PORT = 5000
GROUP_BY = ("--group-by", "netns,src_ip,cause")
MSG_FASTOPEN = 0x20000000  # include/linux/socket.h
CLIENT, SERVER = 0x1 | 0x4, 0x2 | 0x200  # net.ipv4.tcp_fastopen: without cookies
REPEATED = 3
SYN_ACK = "tcp flags & (syn | ack) == syn | ack"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close(2) sends a reset
TRIES = 20  # on a busy machine, a collector's start may take more than the second before a repeat
SYN_RECV, LISTEN, TIME_WAIT = "03", "0A", "06"  # /proc/net/tcp


def serve(listener, closes=False):
    """Accepts a connection during its handshake, and reads its data."""
    accepted = listener.accept()[0]
    check(accepted.recv(10) == b"x", "the SYN had no data")
    if closes:
        accepted.close()
    return accepted


def find_each_other(ends):
    """Waits until both hosts know each other's link address. A new IPv6 link needs a second.

    The server answers a datagram to a closed port with an ICMP message.
    """
    with ends.client.inside(), socket.socket(ends.family, socket.SOCK_DGRAM) as probe:
        probe.connect((ends.address, PORT))
        probe.settimeout(0.1)

        def is_answered():
            try:
                probe.send(b"x")
                probe.recv(1)
            except TimeoutError:
                return False
            except ConnectionRefusedError:
                return True
            raise Failure("a closed port has sent a datagram")
        until("an answer to a datagram", is_answered)


@contextlib.contextmanager
def connecting(ends):
    """Yields (listener, connection). The SYN with data is sent, so the server has a socket."""
    ends.client.sysctl(tcp_fastopen=CLIENT)
    ends.server.sysctl(tcp_fastopen=SERVER)
    find_each_other(ends)
    with ends.listen(PORT, 8) as listener, ends.client_socket() as connection:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)
        listener.settimeout(60)
        connection.settimeout(0)
        with contextlib.suppress(BlockingIOError):  # the handshake has not ended
            connection.sendto(b"x", MSG_FASTOPEN, (ends.address, PORT))
        yield listener, connection
    until("the end of the server's socket", lambda: set(ends.server.tcp_states()) <= {TIME_WAIT})
    check(ends.server.counters()["TcpExt.TCPFastOpenPassive"] == 1, "no connection with TCP Fast Open")


def of_server(ends):
    """Labels of the server's series. The kernel reuses inode numbers of namespaces, so the labels
    include the server's address.
    """
    return {"netns": ends.server.inode, "src_ip": ends.address}


def compare_sent(exporter, ends, what):
    out = ends.server.counters()["Tcp.OutSegs"]

    def sent():
        return exporter.scrape().sum(SENT, **of_server(ends))
    try:
        until("equality", lambda: sent() == out, 20)
    except Failure:
        raise Failure(f"{what}: OutSegs {out}, exported {sent():.0f}") from None
    print(f"{what}: {out} segments sent", flush=True)


def run_reset(version, by_server, exporter):
    """One end resets the connection before the handshake ends."""
    with network.make_pair() as (client, server):
        ends = Ends(client, server, version)
        server.drop("tcp flags & (syn | ack | rst) == ack")
        with connecting(ends) as (listener, connection):
            end = serve(listener) if by_server else connection
            with end:
                check(SYN_RECV in server.tcp_states(), "the handshake has ended")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            until("the reset of the connection", lambda: set(server.tcp_states()) <= {LISTEN})
        compare_sent(exporter, ends, f"IPv{version}, reset by the {'server' if by_server else 'client'}")


def try_early(version, exporter, who, meanwhile):
    """The server sends data before the handshake ends. Returns whether it repeated no SYN-ACK.

    A repeated SYN-ACK would give the socket storage. The handshake ends after meanwhile().
    """
    with network.make_pair() as (client, server):
        ends = Ends(client, server, version)
        server.drop("tcp flags & (syn | ack) == ack")
        with connecting(ends) as (listener, connection):
            with serve(listener) as accepted:
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(3):
                    accepted.send(b"y")
                meanwhile()
                server.drop()
                connection.settimeout(60)
                connection.sendall(b"z")
                check(accepted.recv(10) == b"z", "no data after the handshake")
                repeated = server.counters()["TcpExt.TCPSynRetrans"]
                connection.shutdown(socket.SHUT_WR)
        compare_sent(exporter, ends, f"IPv{version}, early data, {who}")
        return repeated == 0


def run_early(version, exporter, who, before=lambda: None, meanwhile=lambda: None):
    for _ in range(TRIES):
        before()
        if try_early(version, exporter, who, meanwhile):
            return
    raise Failure(f"a SYN-ACK was repeated in each of {TRIES} tries")


def run_walked(version):
    """A walk over files must skip the socket, because the handshake has not ended.

    A collector walks when it starts. The programs are pinned, so they have seen the SYN.
    """
    directory, pins = pipeline.private_directory(), pins_directory()

    def start():
        return pipeline.Collector(directory, "--pin", pins).wait()
    exporter = pipeline.Exporter(directory, *GROUP_BY).wait()
    collectors = [start()]
    try:
        run_early(version, exporter, "walk", lambda: collectors.pop().stop(),
                  lambda: collectors.append(start()))
    finally:  # this may run again, with the same pins
        for running in (*collectors, exporter):
            running.stop()


def run_repeated(version, closes, exporter):
    """The client receives only the third repeated SYN-ACK. The server may have closed its socket before."""
    with network.make_pair() as (client, server):
        ends = Ends(client, server, version)
        client.drop(f"{SYN_ACK} numgen inc mod 1000000 < {REPEATED}")
        with connecting(ends) as (listener, connection):
            with serve(listener, closes):
                until("repeated SYN-ACKs",
                      lambda: server.counters()["TcpExt.TCPSynRetrans"] >= REPEATED)
                connection.settimeout(60)
                connection.shutdown(socket.SHUT_WR)
        kernel = server.counters()

        def causes():
            return exporter.scrape().sum_by("cause", METRIC, **of_server(ends))
        print(f"IPv{version}, {'closed' if closes else 'open':6}: RetransSegs "
              f"{kernel['Tcp.RetransSegs']}, counted {causes()}", flush=True)
        until(f"{kernel['Tcp.RetransSegs']} segments, {kernel['TcpExt.TCPSynRetrans']} SYN-ACKs",
              lambda: sum(causes().values()) == kernel["Tcp.RetransSegs"]
              and causes().get("synack") == kernel["TcpExt.TCPSynRetrans"], 20)
        compare_sent(exporter, ends, f"IPv{version}, repeated SYN-ACKs")


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    directory = pipeline.private_directory()
    contained.start(directory)
    other = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
    repeat = Skipped(exporter).repeat
    for _ in range(runs):
        for version in (4, 6):
            for one, who in ((exporter, "host"), (other, "container")):
                repeat(run_early, version, one, who)
            repeat(run_walked, version)
            for server_acts in (False, True):
                repeat(run_reset, version, server_acts, exporter)
                repeat(run_repeated, version, server_acts, exporter)


run_test(main)
