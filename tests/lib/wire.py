# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A small client for the collector's protocol (protocol/wire.h, docs/protocol.md)."""
import socket
import struct
from collections import namedtuple

MAGIC = 0x74696D7865720D0A
VERSION = 4
RECORD_SIZE = 128
PACKET_SIZE = 256 * RECORD_SIZE
STRIDE = 8 + RECORD_SIZE  # size of a record in the kernel's ring; positions are multiples of this
NO_INSTANCE = bytes(16)

RESUME, HELLO, EVENT, COUNTER, ACK, BUSY, NAME, PROCESS = range(1, 9)
(SEGMENTS, UNATTRIBUTED, DEFERRED, FAILURES, MISSED, KERNEL_RETRANS_SEGS, KERNEL_OUT_SEGS,
 RING_SIZE, RING_USED, DEFERRALS, PEERS_REFUSED, MEMORY, CPU_NS,
 SENT_UNATTRIBUTED, RESETS, RESETS_WITHOUT_CONNECTION, RESETS_UNATTRIBUTED,
 KERNEL_OUT_RSTS, CONNECTIONS_UNATTRIBUTED) = range(1, 20)
REFUSALS = ("busy", "user", "protocol", "silent")

Event = namedtuple("Event", (
    "type ip_version cause tcp_state role flags timed_out position boot_ns local_addr remote_addr "
    "local_port remote_port segments bytes cgroup_id segments_sent srtt_us netns "
    "resets_sent resets_received stall_us timers segments_received segments_out_of_order "
    "segments_spurious uid process"))
Counter = namedtuple("Counter", "type id label scope value")
Hello = namedtuple("Hello", ("type version record_size magic instance position "
                             "clock_offset_ns attached_ns host_netns software"))
Ack = namedtuple("Ack", "type position")
Name = namedtuple("Name", "type length offset cgroup_id part")
Process = namedtuple("Process", "type slot key name")

_LAYOUTS = {
    RESUME: (Hello, struct.Struct("=BxHH2xQ16sQqQI4x32s32x")),
    HELLO: (Hello, struct.Struct("=BxHH2xQ16sQqQI4x32s32x")),
    EVENT: (Event, struct.Struct("=BBBBBBBxQQ16s16sHHIQQIIIHHQIIIIII")),
    COUNTER: (Counter, struct.Struct("=BxHII4xQ104x")),
    ACK: (Ack, struct.Struct("=B7xQ112x")),
    BUSY: (Ack, struct.Struct("=B7xQ112x")),
    NAME: (Name, struct.Struct("=BxHH2xQ80s32x")),
    PROCESS: (Process, struct.Struct("=BxH4xQ16s96x")),
}
assert all(layout.size == RECORD_SIZE for _, layout in _LAYOUTS.values())


def pack(kind, *fields):
    return _LAYOUTS[kind][1].pack(kind, *fields)


def resume(instance=NO_INSTANCE, position=0, magic=MAGIC, version=VERSION, size=RECORD_SIZE):
    return pack(RESUME, version, size, magic, instance, position, 0, 0, 0, b"")


def ack(position):
    return pack(ACK, position)


def unpack(packet):
    """Returns the records of a packet. Raises ValueError if the packet is invalid."""
    if not packet or len(packet) % RECORD_SIZE or len(packet) > PACKET_SIZE:
        raise ValueError(f"a packet of {len(packet)} bytes")
    records = []
    for at in range(0, len(packet), RECORD_SIZE):
        if packet[at] not in _LAYOUTS:
            raise ValueError(f"a record of type {packet[at]}")
        kind, layout = _LAYOUTS[packet[at]]
        records.append(kind(*layout.unpack_from(packet, at)))
    return records


class Client:
    """A connection to a collector. Only send() sends acknowledgements."""

    def __init__(self, path, seconds=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)  # waits for room in the listener's queue
        self.socket.settimeout(seconds)
        self.hello = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, packet):
        self.socket.send(packet)

    def receive(self):
        """Returns the records of the next packet, or [] if the collector has closed."""
        try:
            packet = self.socket.recv(PACKET_SIZE + 1)
        except ConnectionResetError:
            return []
        return unpack(packet) if packet else []

    def resume(self, instance=NO_INSTANCE, position=0):
        """Sends RESUME and returns HELLO."""
        self.send(resume(instance, position))
        records = self.receive()
        if len(records) != 1 or records[0].type != HELLO:
            raise ValueError(f"RESUME was answered by {records}")
        self.hello = records[0]
        return self.hello

    def is_closed(self):
        """Whether the collector closes the connection. Packets that arrive first are ignored."""
        try:
            while self.receive():
                pass
        except TimeoutError:
            return False
        return True
