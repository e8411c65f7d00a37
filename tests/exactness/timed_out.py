#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Ends connections in each possible way, in each phase. Timeouts must equal TCPAbortOnTimeout.

Other ends must not count as timeouts. Each connection counts once. The kernel may skip the program
of an end (docs/exactness.md). So a kind is repeated if too few ends or timeouts are counted, and
at least as many calls were skipped. More than there were fail the test.
"""
import contextlib
import math
import socket
import struct
import subprocess

import network
import pipeline
from ends import Ends
from lifetime import Failure, check, need_root_and_namespaces, parse_runs, run_test, until
from skipped import Skipped, Unexplained

METRIC, ENDED = "tcp_connections_timed_out_total", "tcp_connections_total"
MIB = "TcpExt.TCPAbortOnTimeout"
PHASES = ("connect", "established", "closing")
GROUP_BY = ("--group-by", "netns,dst_ip", "--max-series", "200000")
TIMES = 5
PORT, CLOSED_PORT = 5000, 9
TCP_USER_TIMEOUT = 18
REJECT = """
table inet rexmit {
    chain input {
        type filter hook input priority 0;
        meta l4proto tcp reject with icmpx type host-unreachable
    }
}
"""


class TimeoutEnds(Ends):
    """Connections that time out. Both ends are in this process."""

    def listener(self):
        return self.listen(PORT, TIMES)

    def sockets(self):
        for _ in range(TIMES):
            yield self.client_socket()

    def connected(self):
        """Makes TIMES connections and keeps them. Returns (client's end, server's end) of each."""
        pairs = []
        with self.listener() as listener:
            for connection in self.sockets():
                connection.connect((self.address, PORT))
                pairs.append((connection, listener.accept()[0]))
        return pairs

    def black_hole(self):
        self.server.drop("")

    def forget(self, sockets):
        """Closes the server's ends. The client receives no packet."""
        self.server.drop("", hook="output")
        for end in sockets:
            abort(end)


def abort(end):
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def wait_for_error(end, error):
    """Waits until an operation on the socket fails with this error."""
    try:
        while end.recv(1):
            pass
        check(False, f"the operation did not fail with {error.__name__}")
    except error as failure:
        check(failure.errno, "the socket's own timeout has passed")
    end.close()


def connecting(ends, repeat):
    """Returns sockets that connect to a black hole and repeat their SYN `repeat` times."""
    ends.client.repeat_syns(repeat)
    ends.black_hole()
    waiting = list(ends.sockets())
    for connection in waiting:
        connection.setblocking(False)
        connection.connect_ex((ends.address, PORT))
    return waiting


def unanswered_syns(ends):
    """Calls connect(2) to a black hole."""
    for connection in connecting(ends, 1):
        connection.settimeout(60)
        wait_for_error(connection, TimeoutError)
    return "connect"


def abandoned(ends):
    """Closes sockets that wait for a SYN-ACK. The record of the repeated SYN has reported all other
    counts, so the record of the end has none.
    """
    waiting = connecting(ends, 6)
    until("repeated SYNs", lambda: ends.client.counters()["Tcp.RetransSegs"] >= TIMES)
    for connection in waiting:
        connection.close()


def refused(ends):
    for connection in ends.sockets():
        with contextlib.suppress(ConnectionRefusedError):
            connection.connect((ends.address, CLOSED_PORT))
            check(False, "a closed port has accepted a connection")
        connection.close()


def unacknowledged_data(ends):
    """Sends data into a black hole until TCP_USER_TIMEOUT has passed."""
    pairs = ends.connected()
    ends.black_hole()
    for connection, _ in pairs:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 1000)
        connection.send(b"x")
    for connection, _ in pairs:
        wait_for_error(connection, TimeoutError)
    ends.forget(accepted for _, accepted in pairs)
    return "established"


def unreachable_peer(ends):
    """Sends data. The server's firewall reports the peer as unreachable, and the socket fails."""
    pairs = ends.connected()
    ends.server.sysctl(icmp_ratelimit=0)
    ends.server.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/icmp/ratelimit")
    ends.server.run("nft", "-f", "-", stdin=None, input=REJECT)
    for connection, _ in pairs:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 1000)
        connection.send(b"x")
    for connection, _ in pairs:
        with contextlib.suppress(OSError):
            connection.recv(1)
            check(False, "the connection did not fail")
        connection.close()
    ends.forget(accepted for _, accepted in pairs)
    return "established"


def unacknowledged_data_after_fin(ends):
    """Sends data into a black hole after the peer has closed its end."""
    pairs = ends.connected()
    for connection, accepted in pairs:
        accepted.shutdown(socket.SHUT_WR)
        check(connection.recv(1) == b"", "the stream did not end")
    ends.black_hole()
    for connection, _ in pairs:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 1000)
        connection.send(b"x")
    until("timeouts", lambda: ends.client.counters()[MIB] == TIMES)
    for connection, _ in pairs:
        connection.close()
    ends.forget(accepted for _, accepted in pairs)
    return "established"


def silent_peer(ends):
    """Keepalive probes find a peer that does not answer."""
    pairs = ends.connected()
    ends.black_hole()
    for connection, _ in pairs:
        for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                              (socket.TCP_KEEPCNT, 1)):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for connection, _ in pairs:
        wait_for_error(connection, TimeoutError)
    ends.forget(accepted for _, accepted in pairs)
    return "established"


def unacknowledged_fin(ends):
    """Calls close(2). The peer does not acknowledge the FIN."""
    ends.client.sysctl(tcp_orphan_retries=2)
    pairs = ends.connected()
    ends.black_hole()
    for connection, _ in pairs:
        connection.close()
    until("timeouts", lambda: ends.client.counters()[MIB] == TIMES)
    ends.forget(accepted for _, accepted in pairs)
    return "closing"


def closed(ends):
    for connection, accepted in ends.connected():
        connection.close()
        check(accepted.recv(1) == b"", "the stream did not end")
        accepted.close()


def reset(ends):
    for connection, accepted in ends.connected():
        abort(accepted)
        wait_for_error(connection, ConnectionResetError)


KINDS = (unanswered_syns, abandoned, refused, unacknowledged_data, unreachable_peer,
         unacknowledged_data_after_fin, silent_peer, unacknowledged_fin, closed, reset)


def possible_kinds():
    """Returns the kinds that this kernel supports. unreachable_peer needs an nft that can reject.
    """
    if subprocess.run(["unshare", "--net", "nft", "-f", "-"], input=REJECT, text=True,
                      capture_output=True, check=False).returncode == 0:
        return KINDS
    print("without unreachable_peer: this kernel cannot reject packets")
    return [kind for kind in KINDS if kind != unreachable_peer]


def counts(exporter, inode, address):
    """Returns (ends, {phase: timeouts}) of one scrape."""
    exposition = exporter.scrape()
    labels = {"netns": inode, "dst_ip": address}
    return (int(exposition.sum(ENDED, **labels)),
            {name: int(exposition.sum(METRIC, phase=name, **labels)) for name in PHASES})


def run(kind, version, exporter):
    """Returns (inode number, address, expected counts)."""
    with network.make_pair() as (client, server):
        ends = TimeoutEnds(client, server, version)
        phase = kind(ends)

        def exported():
            return counts(exporter, client.inode, ends.address)
        with contextlib.suppress(Failure):  # the line below shows the number
            until(f"{TIMES} ends", lambda: exported()[0] >= TIMES, 30)
        kernel = client.counters()[MIB]
        ended, timeouts = exported()
        print(f"{kind.__name__:29} IPv{version} ended {ended} TCPAbortOnTimeout {kernel} "
              f"counted {timeouts}", flush=True)
        check(kernel == (TIMES if phase else 0), f"TCPAbortOnTimeout is {kernel}")
        expected = {name: TIMES if name == phase else 0 for name in PHASES}
        if (ended, timeouts) != (TIMES, expected):
            missing = max(TIMES - ended, *(expected[name] - timeouts[name] for name in PHASES))
            too_many = ended > TIMES or any(timeouts[name] > expected[name] for name in PHASES)
            raise Unexplained(math.inf if too_many else missing, f"{kind.__name__}, IPv{version}: "
                              f"{ended} ends, timed out {timeouts}")
        return client.inode, ends.address, (ended, timeouts)


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    kinds = possible_kinds()
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    repeat = Skipped(exporter).repeat
    results = [repeat(run, kind, version, exporter)
               for _ in range(runs) for version in (4, 6) for kind in kinds]
    for inode, address, expected in results:
        have = counts(exporter, inode, address)
        check(have == expected, f"{address}: {have} after later kinds, before {expected}")


if __name__ == "__main__":
    run_test(main)
