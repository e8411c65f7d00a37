# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Connects two network namespaces. It can delay, reorder, repeat and drop their packets.

Each namespace has a tun device. The kernel splits large segments before it passes them to a tun
device, and does not merge segments from a tun device. So each packet is one segment.
"""
import contextlib
import fcntl
import heapq
import itertools
import os
import secrets
import select
import struct
import threading
import time

import network
from lifetime import command, on_exit, skip

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000  # linux/if_tun.h
SYN, FIN = 2, 1


class Packet:
    """The fields of an IPv4 TCP packet that policies use."""

    def __init__(self, data, to_server):
        header = (data[0] & 15) * 4
        self.bytes, self.to_server = data, to_server
        self.flags = data[header + 13]
        total, = struct.unpack_from("!H", data, 2)
        self.payload = total - header - (data[header + 12] >> 4) * 4


class Forwarder:
    """Calls policy(packet) for each packet. The policy returns the delay in seconds of each copy.

    [0] forwards the packet at once. [] drops the packet.
    """

    def __init__(self, client, server):
        self.policy = lambda packet: [0]
        self._ends = [self._open(end) for end in (client, server)]
        self._due, self._order = [], itertools.count()
        self._last = time.monotonic()
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _open(namespace):
        with namespace.inside():
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"veth", IFF_TUN | IFF_NO_PI))
        return fd

    def _take(self, end):
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._ends[end], 65536):
                if data[0] >> 4 != 4 or data[9] != 6:
                    continue
                self._last = time.monotonic()
                for delay in self.policy(Packet(data, end == 0)):
                    heapq.heappush(self._due, (time.monotonic() + delay, next(self._order),
                                               1 - end, data))

    def _send_due(self):
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, end, data = heapq.heappop(self._due)
            os.write(self._ends[end], data)

    def _run(self):
        while True:
            wait = max(0, self._due[0][0] - time.monotonic()) if self._due else None
            ready, _, _ = select.select([*self._ends, self._wake], [], [], wait)
            if self._wake in ready:
                return
            for end in (0, 1):
                if self._ends[end] in ready:
                    self._take(end)
            self._send_due()

    def is_quiet(self):
        """Whether no packet waits to be sent, and none has arrived for a while."""
        return not self._due and time.monotonic() - self._last > 0.3

    def close(self):
        """Ends the forwarder. A second call does nothing."""
        if self._ends:
            os.write(self._woken, b"x")
            self._thread.join()
            for fd in (*self._ends, self._wake, self._woken):
                os.close(fd)
            self._ends = []


@contextlib.contextmanager
def make_pair():
    """Yields (client, server, forwarder). The interface is named as in network.make_pair()."""
    if not os.path.exists("/dev/net/tun"):
        skip("no /dev/net/tun")
    tag = secrets.token_hex(4)
    prefix = f"10.{int(tag[:2], 16)}.{int(tag[2:4], 16)}."
    client, server = (network.OwnNamespace(f"rexmit-{tag}-{name}", prefix + end,
                                           network.canonical(f"fd00:{tag[:4]}:{tag[4:]}::{end}"))
                      for name, end in (("c", "1"), ("s", "2")))
    forwarder = Forwarder(client, server)
    on_exit(forwarder.close)
    for end in (client, server):
        end.set_address()
        # With a short queue the sender would often wait for the device.
        command("ip", "-n", end.name, "link", "set", "veth", "txqueuelen", "10000")
    try:
        yield client, server, forwarder
    finally:
        forwarder.close()
        client.remove()
        server.remove()
