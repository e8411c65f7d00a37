#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Compares stalls, the time without progress, with black holes of known length.

SYNs are repeated after 1, 2 and 4 s. So a black hole that drops the first 1, 2 or 3 SYNs lasts 1, 3
or 7 s. After the handshake the timer depends on the round-trip time. Since Linux 6.7 the kernel
counts expired timers (tcpi_total_rto), and the time from the first expired timer to the recovery
(tcpi_total_rto_time).

Any user can make a connection whose timer has a duration of 0, in a network namespace of a user
namespace. Such a connection must not stop the stream of records.
"""
import ctypes
import socket
import struct

import network
import pipeline
from lifetime import check, need_root_and_namespaces, parse_runs, run_test, until
from skipped import Skipped

METRIC, HISTOGRAM = "tcp_retransmission_stall_seconds_total", "tcp_retransmission_timer_seconds"
PORT = 5000
TOTAL_RTO = 240  # struct tcp_info: u16 tcpi_total_rto, u16 ..._recoveries, u32 ..._time in ms
TICK_S = 0.011   # error of one timer: it counts jiffies of at most 10 ms
SO_MAX_PACING_RATE = 47  # include/uapi/asm-generic/socket.h


class Counts:
    """The exported counts of the client's namespace. The histogram's counts start with this object.

    The kernel reuses inode numbers of namespaces, so the server's address is compared, too.
    """

    def __init__(self, exporter, client, server):
        self._exporter = exporter
        self._labels = {"netns": client.inode, "dst_ip": server.v4}
        self._timers = self._histogram()

    def _histogram(self):
        exposition = self._exporter.scrape()
        return exposition.sum(f"{HISTOGRAM}_count"), exposition.sum(f"{HISTOGRAM}_sum")

    def stall(self):
        return self._exporter.scrape().sum(METRIC, **self._labels)

    def timers(self):
        """Returns (number, sum in seconds). Other namespaces may increase both."""
        return tuple(now - before for now, before in zip(self._histogram(), self._timers))


def socket_in(namespace):
    with namespace.inside():
        end = socket.socket()
    end.settimeout(60)
    return end


def run_connect(lost, gives_up, exporter):
    """Drops the first SYNs. A client that gives up waits for one more timer."""
    with network.make_pair() as (client, server):
        counts = Counts(exporter, client, server)
        client.repeat_syns(lost - 1 if gives_up else 6)
        server.drop("" if gives_up else f"tcp flags syn numgen inc mod 1000000 < {lost}")
        with server.inside():
            listener = socket.create_server((server.v4, PORT))
        with listener, socket_in(client) as connection:
            failed = connection.connect_ex((server.v4, PORT))
        check(bool(failed) == gives_up, f"connect: {failed}")
        expected = 2 ** lost - 1
        until(f"{expected} s", lambda: counts.stall() >= expected - TICK_S)
        print(f"{lost} SYNs lost, {'given up' if gives_up else 'connected':9}: "
              f"expected {expected} s, counted {counts.stall():.3f} s", flush=True)
        check(abs(counts.stall() - expected) <= TICK_S, "the counted time is wrong")
        check(counts.timers()[0] >= lost, f"{counts.timers()} timers")


def run_refused(exporter):
    """The host's firewall refuses each SYN. Only the last timer is a stall: the first caused no
    retransmission.
    """
    with network.make_pair() as (client, server):
        counts = Counts(exporter, client, server)
        client.repeat_syns(1)
        client.drop("tcp flags syn", hook="output")
        with socket_in(client) as connection:
            check(connection.connect_ex((server.v4, PORT)), "connected")
        until("2 s", lambda: counts.stall() >= 2 - TICK_S)
        print(f"1 s and 2 s, each SYN refused: counted {counts.stall():.3f} s", flush=True)
        check(counts.stall() <= 2 + TICK_S, "a SYN that the host did not send counts as a stall")


def total_rto(connection):
    """Returns (timers, seconds), or None before Linux 6.7."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
    if len(info) < TOTAL_RTO + 8:
        return None
    timers, _, milliseconds = struct.unpack_from("=HHI", info, TOTAL_RTO)
    return timers, milliseconds / 1000


def first_timer(connection):
    """Returns tcpi_rto in seconds."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
    return struct.unpack_from("=I", info, 8)[0] / 1e6


def expired_timers(client):
    """Returns how often timers have retransmitted the only segment.

    Before Linux 5.0 TCPTimeouts counts only the first timeout of a series.
    """
    return client.counters()["Tcp.RetransSegs"]


def run_established(timeouts, exporter):
    """Drops data until `timeouts` timers have expired. Each is twice as long as the timer before.
    """
    with network.make_pair() as (client, server):
        counts = Counts(exporter, client, server)
        with server.inside():
            listener = socket.create_server((server.v4, PORT))
        with listener, socket_in(client) as connection:
            connection.connect((server.v4, PORT))
            with listener.accept()[0] as accepted:
                client.sysctl(tcp_early_retrans=0)  # a loss probe would delay the first timer
                server.drop("")
                timer = first_timer(connection)
                connection.send(b"x")
                until(f"{timeouts} expired timers", lambda: expired_timers(client) >= timeouts)
                server.drop()
                accepted.settimeout(60)
                check(accepted.recv(1) == b"x", "the data did not arrive")
                until("the acknowledgement", lambda: struct.unpack_from(
                    "=I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512), 24)[0] == 0)
                kernel = total_rto(connection)
            expired = expired_timers(client)
            expected = timer * (2 ** expired - 1)
            until("the exported time", lambda: counts.stall() >= expected - expired * TICK_S)
        stall = counts.stall()
        print(f"{expired} timers from {timer:.3f} s: expected {expected:.3f} s, counted {stall:.3f} s, "
              f"tcpi_total_rto, _time {kernel}", flush=True)
        check(abs(stall - expected) <= expired * TICK_S, "the counted time is wrong")
        if not kernel:
            return
        # The kernel's time lasts from the first expired timer to the acknowledgement.
        check(kernel[0] == expired and kernel[1] >= stall - timer - expired * TICK_S,
              "the kernel counted another time")


def pace(connection, bytes_per_second):
    connection.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE,
                          struct.pack("=I", bytes_per_second))


def disconnect(connection):
    unspecified = struct.pack("=H14x", socket.AF_UNSPEC)
    check(ctypes.CDLL(None).connect(connection.fileno(), unspecified, len(unspecified)) == 0,
          "connect to AF_UNSPEC")


def connect_without_round_trip_time(client, server, connection, listener):
    """Makes the kernel measure a round-trip time of 0. Pacing sets the time of the socket's next
    segment in the future, and connecting the socket again keeps it there."""
    client.sysctl(tcp_timestamps=0)
    client.run("ip", "route", "add", f"{server.v4}/32", "dev", "veth", "rto_min", "0ms")
    connection.connect((server.v4, PORT))
    accepted = listener.accept()[0]
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(20):  # the kernel does not pace the first ten segments
        connection.send(b"x" * 100)
        accepted.recv(100, socket.MSG_WAITALL)
    pace(connection, 400)
    connection.send(b"x" * 1000)
    accepted.recv(1000, socket.MSG_WAITALL)
    accepted.close()
    disconnect(connection)
    connection.connect((server.v4, PORT))
    pace(connection, 2 ** 32 - 1)


def run_no_duration(exporter):
    with network.make_pair() as (client, server):
        counts = Counts(exporter, client, server)
        with server.inside():
            listener = socket.create_server((server.v4, PORT))
        with listener, socket_in(client) as connection:
            connect_without_round_trip_time(client, server, connection, listener)
            if first_timer(connection):
                print("not tested: no timer without a duration on this kernel", flush=True)
                return
            server.drop("")
            connection.send(b"x")
            until("ten expired timers", lambda: client.counters()["TcpExt.TCPTimeouts"] >= 10)
        until("the end of the connection", lambda: not client.tcp_states())
        expired = client.counters()["TcpExt.TCPTimeouts"]
        # Each timer counts as one jiffy of at least 1 ms.
        until("all timers to be counted", lambda: counts.stall() >= expired * 0.001)
        stall = counts.stall()
        print(f"{expired} timers without a duration: counted {stall:.3f} s", flush=True)
        check(stall <= expired * TICK_S, "the counted time is wrong")


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=("--group-by", "netns,dst_ip"))
    repeat = Skipped(exporter).repeat
    for _ in range(runs):
        for lost in (1, 2, 3):
            repeat(run_connect, lost, False, exporter)
        repeat(run_connect, 2, True, exporter)
        repeat(run_refused, exporter)
        for timeouts in (1, 3, 5):
            repeat(run_established, timeouts, exporter)
        repeat(run_no_duration, exporter)


if __name__ == "__main__":
    run_test(main)
