#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts resets of every kind by peer, and compares them with OutRsts and with nft's counters.

tcp_resets_total has series only for resets of a connection. All other resets have one counter for
all namespaces, and use no space in the ring.
"""
import contextlib
import ctypes
import json
import os
import socket
import struct

import network
import pipeline
from ends import Ends
from lifetime import Failure, check, need_root_and_namespaces, run_test, until
from witness import RESETS, Witness

GROUP_BY = ("--group-by", "netns,role,src_ip,dst_ip,dst_port", "--max-series", "200000")
METRIC, DIRECTIONS = "tcp_resets_total", ("sent", "received")
MIBS = ("OutRsts", "EstabResets", "AttemptFails")
TIMES = 50
CLOSED, LISTENING, SOURCE = 9, 5000, 40000
SYN, ACK = 0x02, 0x10


class Side:
    """The counts of one namespace from nft, the kernel and the exposition. They start at this
    object's creation.
    """

    def __init__(self, namespace, exposition):
        self.namespace = namespace
        namespace.run("nft", "-f", "-", stdin=None, input="""
            table inet resets {
                chain input {
                    type filter hook input priority 0
                    tcp flags & rst == rst counter
                }
            }
            """)
        self._kernel = namespace.counters()
        self._exposition = {direction: self._sum(exposition, direction) for direction in DIRECTIONS}

    def _sum(self, exposition, direction):
        """Selects series by namespace and address, because the kernel reuses inode numbers of
        namespaces."""
        return sum(exposition.sum(METRIC, netns=self.namespace.inode, direction=direction,
                                  src_ip=address)
                   for address in (self.namespace.v4, self.namespace.v6))

    def attributed(self, exposition):
        return tuple(int(self._sum(exposition, d) - self._exposition[d]) for d in DIRECTIONS)

    def kernel(self, name):
        return self.namespace.counters()[name] - self._kernel[name]

    def arrived(self):
        """Returns the number of received resets, with or without a connection."""
        rules = json.loads(self.namespace.run("nft", "-j", "list", "table", "inet", "resets"))
        return sum(word["counter"]["packets"] for rule in rules["nftables"] if "rule" in rule
                   for word in rule["rule"]["expr"] if "counter" in word)


class ResetEnds(Ends):
    """Connections to reset. Both ends are in this process."""

    def listener(self):
        return self.listen(LISTENING, TIMES)

    def connect(self, port=LISTENING):
        connection = self.client_socket()
        connection.settimeout(60)
        try:
            connection.connect((self.address, port))
        except ConnectionRefusedError:
            pass
        return connection

    def connected(self):
        """Makes TIMES connections. Returns a list of (client's end, server's end)."""
        with self.listener() as listener:
            for _ in range(TIMES):
                connection = self.connect()
                yield connection, listener.accept()[0]

    def send_raw(self, packets):
        """Sends TCP segments from a raw socket. No TCP socket receives the answers."""
        with self.client.inside():
            raw = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        with raw:
            # With a small wmem_default, sending would fail with ENOBUFS.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, TIMES * 2048)
            raw.connect((self.address, 0))
            for packet in packets:
                raw.send(packet)

    def segment(self, source, port, flags):
        """Returns a TCP segment without data from the client to the server."""
        own = self.client.v4 if self.version == 4 else self.client.v6
        ends = [socket.inet_pton(self.family, a) for a in (own, self.address)]
        header = struct.pack("!HHIIBBHHH", source, port, 1, 1, 5 << 4, flags, 1024, 0, 0)
        pseudo = b"".join(ends) + struct.pack("!II", len(header), socket.IPPROTO_TCP)
        words = struct.unpack(f"!{len(pseudo + header) // 2}H", pseudo + header)
        total = sum(words)
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        return header[:16] + struct.pack("!H", ~total & 0xFFFF) + header[18:]

    def segments(self, port, flags):
        self.send_raw(self.segment(SOURCE + i, port, flags) for i in range(TIMES))


def wait_for_reset(connection):
    """Waits until the peer has reset the connection."""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while connection.recv(65536):
            pass
    connection.close()


def abort(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# Each kind makes TIMES resets. It returns which end sent them, and which ends had a connection.

def refused(ends):
    """Connects to a port without a listener."""
    for _ in range(TIMES):
        ends.connect(CLOSED).close()
    return "server", False, True


def unread(ends):
    """Calls close(2) with unread data. The kernel changes the state before it sends the reset."""
    for connection, accepted in ends.connected():
        connection.send(b"x")
        accepted.recv(1, socket.MSG_PEEK)
        accepted.close()
        wait_for_reset(connection)
    return "server", True, True


def lingering(ends):
    """Calls close(2) with SO_LINGER and 0 seconds."""
    for connection, accepted in ends.connected():
        abort(connection)
        wait_for_reset(accepted)
    return "client", True, True


def disconnected(ends):
    """Calls connect(2) with AF_UNSPEC. The socket still exists, but has no addresses."""
    libc = ctypes.CDLL(None)
    for connection, accepted in ends.connected():
        libc.connect(connection.fileno(), bytes(16), 16)
        wait_for_reset(accepted)
        connection.close()
    return "client", True, True


def orphaned(ends):
    """Sends data to a closed connection that no process holds. The reset ends its socket.

    With a shorter timeout, a time-wait socket might replace that socket first (TCP_TIMEWAIT_LEN).
    """
    ends.server.sysctl(tcp_fin_timeout=120)
    for i, (connection, accepted) in enumerate(ends.connected()):
        accepted.close()
        check(connection.recv(1) == b"", "the stream did not end")
        if i % 2:  # separate code in the kernel: with the data, or after it
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        connection.send(b"x")
        wait_for_reset(connection)
    return "server", True, True


def late(ends):
    """Sends a reset to a closed connection that no process holds. The reset has no effect."""
    ends.server.sysctl(tcp_fin_timeout=120)
    for connection, accepted in ends.connected():
        accepted.close()
        check(connection.recv(1) == b"", "the stream did not end")
        abort(connection)
    return "client", True, False


def unaccepted(ends):
    """Closes a listener, which resets the connections in its queue."""
    with ends.listener() as listener:
        waiting = [ends.connect() for _ in range(TIMES)]
        until("all connections in the queue", lambda: len(ends.server.tcp_states()) >= TIMES)
        listener.close()
        for connection in waiting:
            wait_for_reset(connection)
    return "server", True, True


def scanned(ends):
    """Sends SYNs from a raw socket to a port without a listener."""
    ends.segments(CLOSED, SYN)
    return "server", False, False


def probed(ends):
    """Sends acknowledgements without a connection to a listener, which answers with resets."""
    with ends.listener():
        ends.segments(LISTENING, ACK)
    return "server", False, False


def waiting(ends):
    """The client waits for a SYN-ACK, and answers an ACK with a reset. It then repeats the SYN."""
    ends.server.drop("tcp flags syn")
    connections = [ends.client_socket() for _ in range(TIMES)]
    for connection in connections:
        connection.setblocking(False)
        connection.connect_ex((ends.address, LISTENING))
    ports = [connection.getsockname()[1] for connection in connections]
    peer = ResetEnds(ends.server, ends.client, ends.version)
    peer.send_raw(peer.segment(LISTENING, port, ACK) for port in ports)
    until("repeated SYNs", lambda: ends.client.counters()["Tcp.RetransSegs"] >= TIMES)
    for connection in connections:
        connection.close()
    return "client", True, False


# Earlier kernels do not show programs a reset without a connection (kernel commit 19822a980e19).
SHOWS_ALL = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 10)
KINDS = (refused, unread, lingering, disconnected, orphaned, late, unaccepted, scanned, probed,
         waiting)


def totals(exposition):
    return {d: exposition.sum("rexmit_resets_total", direction=d) for d in DIRECTIONS}


def balanced(exposition):
    """Whether the collector's totals equal the sum of the resets with a peer and those without."""
    without = {"sent": exposition.sum("rexmit_resets_without_connection_total"), "received": 0}
    return all(exposition.sum(METRIC, direction=d) + without[d]
               + exposition.sum("rexmit_unattributed_resets_total", direction=d)
               + exposition.sum("rexmit_evicted_resets_total", direction=d) == total
               for d, total in totals(exposition).items())


class Expected:
    """The increases that one kind of reset must cause."""

    def __init__(self, pair, exposition):
        self.sides = {name: Side(side, exposition) for name, side in zip(("client", "server"), pair)}
        self._before = totals(exposition)
        self.by_peer, self._in_all = {}, {}

    def set(self, sender, sent, received):
        """Expects (sent, received) of each side, and a total, to which other namespaces may add."""
        receiver = "server" if sender == "client" else "client"
        self.by_peer = {sender: (TIMES * sent, 0), receiver: (0, TIMES * received)}
        self._in_all = {"sent": TIMES if sent or SHOWS_ALL else 0, "received": TIMES * received}
        until(f"{TIMES} resets sent and received", lambda: (TIMES, TIMES) == (
            self.sides[sender].kernel("Tcp.OutRsts"), self.sides[receiver].arrived()))

    def lacks(self, exposition):
        """Returns how many resets are missing in the exposition. Raises Failure if it has too many.
        """
        found = {}
        for name, side in self.sides.items():
            short = [e - have for e, have in zip(self.by_peer[name], side.attributed(exposition))]
            if min(short) < 0:
                raise Failure(f"too many resets: {self.describe(exposition)}")
            found[name] = sum(short)
        found["in all"] = sum(max(0, self._before[d] + due - totals(exposition)[d])
                              for d, due in self._in_all.items())
        return found

    def unseen(self, witness):
        found = {name: witness.unseen(side.namespace, 1) for name, side in self.sides.items()}
        return found | {"in all": sum(found.values())}

    def describe(self, exposition):
        have = {name: side.attributed(exposition) for name, side in self.sides.items()}
        mibs = {name: [side.kernel(f"Tcp.{mib}") for mib in MIBS]
                for name, side in self.sides.items()}
        missed = exposition.sum_by("program", "rexmit_missed_invocations_total")
        return (f"(sent, received) by peer {have} of {self.by_peer}; {'/'.join(MIBS)} {mibs}; "
                f"missed {[missed.get(program, 0) for program in RESETS]}")


def wait_for(expected, exporter, witness):
    """Returns the complete exposition. Only resets that no program saw may be missing."""
    def complete():
        exposition = exporter.scrape()
        return exposition if not any(expected.lacks(exposition).values()) else None
    try:
        return until("all resets", complete, 20, 0.1)
    except Failure as failure:
        exposition = exporter.scrape()
        unseen = expected.unseen(witness)
        check(all(n <= unseen[name] for name, n in expected.lacks(exposition).items()),
              f"{failure}: {expected.lacks(exposition)}: {expected.describe(exposition)}, "
              f"not seen by any program {unseen}")
        return exposition


def check_labels(exposition, pair, version):
    """Checks that each end's series name the other end as the peer."""
    for role, own, peer in zip(("client", "server"), pair, reversed(pair)):
        addresses = [getattr(side, f"v{version}") for side in (own, peer)]
        for labels, _ in exposition.values(METRIC, netns=own.inode, src_ip=addresses[0]):
            check((labels["dst_ip"], labels["role"]) == (addresses[1], role), f"{role}: {labels}")


def run_kind(kind, version, exporter, witness):
    witness.clear()
    with network.make_pair() as pair:
        expected = Expected(pair, exporter.scrape())
        expected.set(*kind(ResetEnds(*pair, version)))
        exposition = wait_for(expected, exporter, witness)
        check_labels(exposition, pair, version)
        print(f"ok {kind.__name__:12} IPv{version} {expected.describe(exposition)}", flush=True)


def main():
    need_root_and_namespaces()
    witness = Witness(RESETS)
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    for version in (4, 6):
        for kind in KINDS:
            run_kind(kind, version, exporter, witness)
    until("the sum of all resets", lambda: balanced(exporter.scrape()))


if __name__ == "__main__":
    run_test(main)
