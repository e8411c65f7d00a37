# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Simulates a collector, which sends valid or invalid packets as the test demands."""

import ipaddress
import os
import select
import socket
import struct

MAGIC = 0x74696D7865720D0A
VERSION = 4
RECORD_SIZE = 128
STRIDE = 8 + RECORD_SIZE  # what an event in the ring adds to the position
PACKET_RECORDS = 256

RESUME, HELLO, EVENT, COUNTER, ACK, BUSY, NAME, PROCESS = range(1, 9)
NONE, SYN, SYNACK, TIMEOUT, SLOW_START, FAST, PROBE, UNKNOWN = range(8)
CLIENT, SERVER = 1, 2
ENDED = 2  # bit of the field `flags`

SEGMENTS, UNATTRIBUTED, DEFERRED, FAILURES, MISSED = range(1, 6)
KERNEL_RETRANS_SEGS, KERNEL_OUT_SEGS, RING_SIZE, RING_USED, DEFERRALS = range(6, 11)
PEERS_REFUSED, MEMORY, CPU_NS, SENT_UNATTRIBUTED = range(11, 15)
RESETS, RESETS_WITHOUT_CONNECTION, RESETS_UNATTRIBUTED = range(15, 18)


def mapped(address):
    ip = ipaddress.ip_address(address)
    return ip.packed if ip.version == 6 else bytes(10) + b"\xff\xff" + ip.packed


def hello(instance, position=0, software=b"9.9.9", magic=MAGIC, version=VERSION,
          record_size=RECORD_SIZE, attached_ns=0, clock_offset_ns=0):
    return struct.pack("=BxHH2xQ16sQqQI4x32s32x", HELLO, version, record_size, magic, instance,
                       position, clock_offset_ns, attached_ns, 0, software)


def event(position, local="192.0.2.1", lport=443, remote="198.51.100.7", rport=50000,
          cause=FAST, segments=1, sent=0, role=SERVER, nbytes=0, cgroup=0, netns=1,
          srtt_us=0, flags=0, state=1, resets_sent=0, resets_received=0, timed_out=0, stall_us=0,
          timers=0, received=0, out_of_order=0, spurious=0, uid=0, process=0,
          boot_ns=0):
    version = ipaddress.ip_address(local).version
    return struct.pack("=BBBBBBBxQQ16s16sHHIQQIIIHHQIIIIII", EVENT, version, cause, state, role,
                       flags, timed_out, position, boot_ns, mapped(local), mapped(remote), lport, rport, segments,
                       nbytes, cgroup, sent, srtt_us, netns, resets_sent, resets_received,
                       stall_us, timers, received, out_of_order, spurious, uid, process)


def counter(number, value, label=0, scope=0):
    return struct.pack("=BxHII4xQ104x", COUNTER, number, label, scope, value)


def name(cgroup, path):
    """Returns the records of a path, which may be text or bytes."""
    path = os.fsencode(path)
    return b"".join(name_part(cgroup, len(path), at, path[at:at + 80])
                    for at in range(0, len(path), 80))


def name_part(cgroup, length, offset, part):
    return struct.pack("=BxHH2xQ80s32x", NAME, length, offset, cgroup, part)


def process(key, text):
    """Returns the record with the key's first slot, as process_slot() in protocol/process_key.h."""
    slot = (key * 0x9E3779B97F4A7C15 >> 32) % 2048
    return struct.pack("=BxH4xQ16s96x", PROCESS, slot, key, os.fsencode(text))


def busy():
    return struct.pack("=B127x", BUSY)


class Refused(Exception):
    """The exporter did not do what the protocol demands."""


class Peer:
    """A connection of an exporter that has sent RESUME."""

    def __init__(self, sock):
        self.sock = sock
        self.acked = None
        record = sock.recv(4096)
        kind, version, size, magic, self.instance, self.position = struct.unpack(
            "=BxHH2xQ16sQ88x", record)
        if (kind, version, size, magic) != (RESUME, VERSION, RECORD_SIZE, MAGIC):
            raise Refused(f"expected a RESUME, received {record!r}")

    def send(self, *records):
        self.sock.send(b"".join(records))

    def ack(self):
        """Returns the position of the next acknowledgement, or None if the exporter has closed."""
        record = self.sock.recv(4096)
        if not record:
            return None
        kind, position = struct.unpack("=B7xQ112x", record)
        if kind != ACK:
            raise Refused(f"expected an ACK, received {record!r}")
        self.acked = position
        return position

    def acks(self, position):
        """Reads acknowledgements up to the acknowledgement of `position`."""
        while self.acked != position:
            last = self.ack()
            if last is None or last > position:
                raise Refused(f"expected an ACK of {position}, received one of {last}")

    def drain(self):
        """Reads the acknowledgements that have already arrived."""
        while select.select([self.sock], [], [], 0)[0] and self.ack():
            pass

    def wait_closed(self):
        """Waits until the exporter closes the connection. Ignores acknowledgements before that."""
        try:
            while self.ack() is not None:
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise Refused("the exporter did not close the connection") from None

    def close(self):
        self.sock.close()


class FakeCollector:
    def __init__(self, path, timeout=20):
        self.path = path
        self.timeout = timeout
        self.listener = None
        self.listen()

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.settimeout(self.timeout)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)  # the exporter runs as another user
        self.listener.listen(8)

    def accept(self):
        sock, _ = self.listener.accept()
        sock.settimeout(self.timeout)
        return Peer(sock)

    def close(self):
        """Removes the socket file, as a collector does at its end."""
        if self.listener:
            self.listener.close()
            self.listener = None
        if os.path.exists(self.path):
            os.unlink(self.path)
