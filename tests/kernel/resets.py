#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Resets of every kind, by peer, against OutRsts and against what nft saw arrive.

A reset of a connection is in a series of tcp_resets_total; one without a connection is in a number
only, and takes nothing from the ring. What other namespaces do meanwhile can only add to that number.
"""
import contextlib
import ctypes
import json
import os
import socket
import struct
from collections import Counter

import network
import pipeline
from lifetime import check, need_root_and_namespaces, run_test, until

GROUP_BY = ("--group-by", "netns,role,src_ip,dst_ip,dst_port", "--max-series", "200000")
METRIC, DIRECTIONS = "tcp_resets_total", ("sent", "received")
TIMES = 50
CLOSED, LISTENING = 9, 5000
CLONE_NEWNET = 0x40000000
SYN, ACK = 0x02, 0x10


@contextlib.contextmanager
def inside(namespace):
    """Sockets that are made meanwhile are the namespace's, for ever."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as own, \
            open(f"/run/netns/{namespace.name}", "rb") as other:
        check(libc.setns(other.fileno(), CLONE_NEWNET) == 0, "setns")
        try:
            yield
        finally:
            check(libc.setns(own.fileno(), CLONE_NEWNET) == 0, "setns back")


class Side:
    """A namespace from now on: what nft, the kernel and the page say of it."""

    def __init__(self, namespace, page):
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
        self._page = {direction: self._sum(page, direction) for direction in DIRECTIONS}

    def _sum(self, page, direction):
        return page.sum(METRIC, netns=self.namespace.inode, direction=direction)

    def attributed(self, page):
        return tuple(int(self._sum(page, d) - self._page[d]) for d in DIRECTIONS)

    def kernel(self, name):
        return self.namespace.counters()[name] - self._kernel[name]

    def arrived(self):
        """Resets that came in, whether or not a connection was there to take them."""
        rules = json.loads(self.namespace.run("nft", "-j", "list", "table", "inet", "resets"))
        return sum(word["counter"]["packets"] for rule in rules["nftables"] if "rule" in rule
                   for word in rule["rule"]["expr"] if "counter" in word)


class Ends:
    """Both ends in this process, over IPv4 or IPv6."""

    def __init__(self, client, server, version):
        self.client, self.server, self.version = client, server, version
        self.family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.address = server.v4 if version == 4 else server.v6

    def listen(self):
        with inside(self.server):
            listener = socket.socket(self.family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, LISTENING))
        listener.listen(TIMES)
        return listener

    def connect(self, port=LISTENING):
        with inside(self.client):
            connection = socket.socket(self.family)
        connection.settimeout(60)
        try:
            connection.connect((self.address, port))
        except ConnectionRefusedError:
            pass
        return connection

    def connected(self):
        """TIMES connections, each as (client's end, server's end)."""
        with self.listen() as listener:
            for _ in range(TIMES):
                connection = self.connect()
                yield connection, listener.accept()[0]

    def segment(self, port, flags):
        """A segment out of the blue: of no socket, so that nothing waits for the answer."""
        with inside(self.client):
            raw = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        with raw:
            raw.connect((self.address, 0))
            own = self.client.v4 if self.version == 4 else self.client.v6
            ends = [socket.inet_pton(self.family, a) for a in (own, self.address)]
            for i in range(TIMES):
                header = struct.pack("!HHIIBBHHH", 40000 + i, port, 1, 1, 5 << 4, flags, 1024, 0, 0)
                pseudo = b"".join(ends) + struct.pack("!II", len(header), socket.IPPROTO_TCP)
                words = struct.unpack(f"!{len(pseudo + header) // 2}H", pseudo + header)
                total = sum(words)
                while total >> 16:
                    total = (total & 0xFFFF) + (total >> 16)
                raw.send(header[:16] + struct.pack("!H", ~total & 0xFFFF) + header[18:])


def wait_for_reset(connection):
    """Until the connection has been reset."""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while connection.recv(65536):
            pass
    connection.close()


def abort(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# Each kind makes TIMES resets; says who sent them, and whether the ends were connections.

def refused(ends):
    """A port that nobody listens on."""
    for _ in range(TIMES):
        ends.connect(CLOSED).close()
    return "server", False, True


def unread(ends):
    """close(2) with something unread resets behind the change of state."""
    for connection, accepted in ends.connected():
        connection.send(b"x")
        accepted.recv(1, socket.MSG_PEEK)
        accepted.close()
        wait_for_reset(connection)
    return "server", True, True


def lingering(ends):
    """SO_LINGER of 0 seconds."""
    for connection, accepted in ends.connected():
        abort(connection)
        wait_for_reset(accepted)
    return "client", True, True


def disconnected(ends):
    """connect(2) to AF_UNSPEC: the socket lives on, without its addresses."""
    libc = ctypes.CDLL(None)
    for connection, accepted in ends.connected():
        libc.connect(connection.fileno(), bytes(16), 16)
        wait_for_reset(accepted)
        connection.close()
    return "client", True, True


def orphaned(ends):
    """Data for a connection that nobody holds any more: answered behind the socket's end."""
    for connection, accepted in ends.connected():
        accepted.close()
        check(connection.recv(1) == b"", "no end of stream")
        connection.send(b"x")
        wait_for_reset(connection)
    return "server", True, True


def unaccepted(ends):
    """A listener that is closed resets the connections that wait in it."""
    with ends.listen() as listener:
        waiting = [ends.connect() for _ in range(TIMES)]
        until("all to wait", lambda: len(ends.server.tcp_states()) >= TIMES)
        listener.close()
        for connection in waiting:
            wait_for_reset(connection)
    return "server", True, True


def scanned(ends):
    """SYNs of no socket to a port that nobody listens on."""
    ends.segment(CLOSED, SYN)
    return "server", False, False


def probed(ends):
    """Acknowledgements of nothing: the listener answers."""
    with ends.listen():
        ends.segment(LISTENING, ACK)
    return "server", False, False


# Before, a reset without a connection is not shown (kernel commit 19822a980e19).
SHOWS_ALL = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 10)
KINDS = (refused, unread, lingering, disconnected, orphaned, unaccepted, scanned, probed)


def totals(page):
    return {d: page.sum("rexmit_resets_total", direction=d) for d in DIRECTIONS}


def balanced(page):
    """By peer, and those whose peer is not known: together all that were counted."""
    without = {"sent": page.sum("rexmit_resets_without_connection_total"), "received": 0}
    return all(page.sum(METRIC, direction=d) + without[d]
               + page.sum("rexmit_unattributed_resets_total", direction=d)
               + page.sum("rexmit_evicted_resets_total", direction=d) == total
               for d, total in totals(page).items())


def run_kind(kind, version, exporter):
    with network.make_pair() as (client, server):
        before = exporter.scrape()
        sides = {"client": Side(client, before), "server": Side(server, before)}
        sender, sent, received = kind(Ends(client, server, version))
        receiver = "server" if sender == "client" else "client"
        expected = {sender: (TIMES * sent, 0), receiver: (0, TIMES * received)}
        until(f"{kind.__name__}: {TIMES} resets sent, and arrived", lambda: (
            sides[sender].kernel("Tcp.OutRsts"), sides[receiver].arrived()) == (TIMES, TIMES))

        def counted():
            page = exporter.scrape()
            rise = {d: totals(page)[d] - totals(before)[d] for d in DIRECTIONS}
            have = {name: side.attributed(page) for name, side in sides.items()}
            check(all(h <= e for n in sides for h, e in zip(have[n], expected[n])),
                  f"{kind.__name__}: by peer {have}, expected {expected}")
            due = {"sent": TIMES if sent or SHOWS_ALL else 0, "received": TIMES * received}
            return page if have == expected and all(rise[d] >= due[d] for d in due) else None
        page = until(f"{kind.__name__}: resets by peer {expected}, and in all", counted)
        check_labels(kind, page, sides, version)
        others = Counter({name: sides[receiver].kernel(f"Tcp.{name}")
                          for name in ("EstabResets", "AttemptFails")})
        print(f"ok {kind.__name__:12} IPv{version} {sender} sent {expected[sender][0]:3} "
              f"with a connection, {receiver} received {expected[receiver][1]:3}; "
              f"{receiver}: {dict(others)}; sender's EstabResets "
              f"{sides[sender].kernel('Tcp.EstabResets')}", flush=True)


def check_labels(kind, page, sides, version):
    for name, side in sides.items():
        peer = sides["server" if name == "client" else "client"].namespace
        for labels, _ in page.values(METRIC, netns=side.namespace.inode,
                                     src_ip=getattr(side.namespace, f"v{version}")):
            check(labels["dst_ip"] == getattr(peer, f"v{version}") and labels["role"] == name,
                  f"{kind.__name__}, {name}: {labels}")


def small_ring():
    """Nobody reads: the ring takes connections that end up to its half, the rest is counted."""
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory, "--ring-bytes", "4096").wait()
    with network.make_pair() as (client, server):
        for connection, accepted in Ends(client, server, 4).connected():
            abort(connection)
            wait_for_reset(accepted)
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        page = until("a balanced ledger", lambda: (
            lambda p: p if totals(p)["sent"] >= TIMES and balanced(p) else None)(exporter.scrape()))
    for direction in DIRECTIONS:
        lost = page.sum("rexmit_unattributed_resets_total", direction=direction)
        check(lost > 0, f"{direction}: none was given up")
    print(f"ok a small ring: {dict(totals(page))}, given up "
          f"{page.sum('rexmit_unattributed_resets_total'):.0f}")
    exporter.stop()
    collector.stop()


def main():
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    for version in (4, 6):
        for kind in KINDS:
            run_kind(kind, version, exporter)
    until("a balanced ledger", lambda: balanced(exporter.scrape()))
    small_ring()


run_test(main)
