#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The collector loses no event and serves other clients in time, whatever a hostile client does.

During each attack, connections in two namespaces retransmit. The ring is so small that many
segments are deferred. After the attack an exporter connects, and its sum must reach the kernel's
RetransSegs. The collector must have counted the hostile client under the correct reason.
"""
import os
import subprocess
import sys

import network
import pipeline
import traffic
import wire
from account import Account, Follower
from another_user import another_user
from lifetime import Failure, check, need_root_and_namespaces, run_test, until
from passed_file import refuses_file

RING_BYTES = 4096   # 39 records


class Scene:
    """A collector, its traffic, and an account of the events that it sent."""

    def __init__(self, client, server):
        self.sides = (client, server)
        directory = pipeline.private_directory()
        os.chmod(directory, 0o711)
        self.collector = pipeline.Collector(directory, "--ring-bytes", str(RING_BYTES)).wait()
        os.chmod(self.collector.socket, 0o666)
        self.path = self.collector.socket
        self.account = Account()
        self.idle_files = None  # the collector's open files while no client is connected
        self.refused = dict.fromkeys(wire.REFUSALS, 0)
        self._rounds = 0
        self._connector = None

    def start_traffic(self):
        """Starts the traffic. The first round loses no segment.

        A lost segment of a handshake would have no socket that could store its deferral.
        """
        client, server = self.sides
        traffic.listen(server, server.v4)
        self._connector = traffic.Connector(client, server.v4, count=8, parallel=8,
                                            bytes=1_500_000, write=1448, rounds=1000)
        self._rounds = 1
        self.end_round()
        server.drop(network.random_loss(5))
        client.drop(network.random_loss(5))

    def end_round(self):
        """Waits until all bytes of this round are acknowledged. After that no socket
        retransmits."""
        self._connector.wait_for_round(self._rounds)

    def begin_round(self):
        self._connector.next_round()
        self._rounds += 1

    def open_files(self):
        return len(os.listdir(f"/proc/{self.collector.process.pid}/fd"))

    def follow(self, *resume):
        return Follower(self.path, self.account, resume)

    def deferrals(self):
        """Returns how many segments were deferred because the ring was full."""
        return self.account.counters[wire.DEFERRALS, 0, 0]

    def is_exact(self):
        return all(self.account.segments(side.inode) == side.counters()["Tcp.RetransSegs"]
                   for side in self.sides)

    def settle(self, follower):
        """Receives until all segments and all refused clients are counted."""
        self.account.counters.clear()

        def settled():
            follower.work()
            return self.is_exact() and self.account.refused() == self.refused
        try:
            until("the kernel's counts", settled, 120, 0)
        except Failure as failure:
            raise Failure(f"{failure}: {self}") from failure

    def __str__(self):
        sides = [(side.counters()["Tcp.RetransSegs"], self.account.segments(side.inode))
                 for side in self.sides]
        counters = {key: value for key, value in self.account.counters.items() if value}
        return (f"(RetransSegs, received segments) {sides}, refused {self.account.refused()}, "
                f"expected {self.refused}, counters {counters}, log {self.collector.log()[-500:]}")


def send_and_lose(scene, *packets):
    """Sends these packets. The collector must close the connection."""
    with wire.Client(scene.path) as client:
        for packet in packets:
            client.send(packet)
        check(client.is_closed(), f"still connected after {packets[-1][:16].hex()}")


def refuse(scene, *packets):
    send_and_lose(scene, *packets)
    scene.refused["protocol"] += 1


def wrong_user(scene):
    with another_user("daemon"):
        client = wire.Client(scene.path)
    check(client.receive() == [], "the collector sent a packet to a user that is not allowed")
    client.close()
    scene.refused["user"] += 1


def second_client(scene):
    with scene.follow() as first:
        first.work()
        for _ in range(3):
            with wire.Client(scene.path) as second:
                check([r.type for r in second.receive()] == [wire.BUSY],
                      "the collector did not answer BUSY")
                check(second.is_closed(), "the collector sent BUSY and did not close")
            scene.refused["busy"] += 1
            first.work()


def never_reads(scene):
    with wire.Client(scene.path) as client:
        client.send(wire.resume())
        scene.end_round()
        scene.begin_round()


def reads_and_never_acknowledges(scene):
    with scene.follow() as follower:
        while follower.last - scene.account.acknowledged < RING_BYTES - wire.STRIDE:
            check(follower.read(), "the collector closed the connection")


def never_resumes(scene):
    with wire.Client(scene.path) as client:
        check(client.is_closed(), "a silent client is still connected")
    scene.refused["silent"] += 1


def garbage(scene):
    for size in (128, 256, 1, 4096):
        refuse(scene, os.urandom(size - 1) + b"\xff")


def half_a_record(scene):
    refuse(scene, wire.resume()[:48])
    refuse(scene, wire.resume() + wire.resume()[:48])


def a_hundred_kilobytes(scene):
    refuse(scene, wire.resume() + bytes(100_000 - wire.RECORD_SIZE))


def wrong_greetings(scene):
    refuse(scene, wire.resume(version=1))
    refuse(scene, wire.resume(size=136))
    refuse(scene, wire.resume(magic=wire.MAGIC ^ 1))
    refuse(scene, wire.resume(wire.NO_INSTANCE, 136))
    refuse(scene, wire.ack(0))
    refuse(scene, wire.resume(), wire.resume())


def wrong_positions(scene):
    instance, at = scene.account.instance, scene.account.acknowledged
    beyond = at + 1000 * RING_BYTES // wire.STRIDE * wire.STRIDE
    for position in (at + 8, beyond, 2**64 - 1):
        refuse(scene, wire.resume(instance, position))
    for position in (0, at - wire.STRIDE, at + 8, beyond, 2**64 - 1):
        refuse(scene, wire.resume(), wire.ack(position))


def empty_packets(scene):
    """Sends empty packets. To the collector each looks like the end of the connection, so it counts
    no refusal.
    """
    send_and_lose(scene, b"")
    send_and_lose(scene, wire.resume(), b"")


def comes_and_goes(scene):
    for _ in range(10_000):
        wire.Client(scene.path).close()


def says_hello_and_goes(scene):
    for _ in range(1000):
        with wire.Client(scene.path) as client:
            client.send(wire.resume())


# Prints each packet's events before it acknowledges the packet.
KILLED = """
import sys, wire
client = wire.Client(sys.argv[1])
client.resume()
while True:
    packet = client.socket.recv(wire.PACKET_SIZE)
    if packet[0] == wire.EVENT:
        print(packet.hex(), flush=True)
        client.send(wire.ack(wire.unpack(packet)[-1].position))
"""


def killed_mid_stream(scene):
    """After a kill, only events that the client did not acknowledge arrive again."""
    with subprocess.Popen([sys.executable, "-c", KILLED, scene.path], text=True,
                          stdout=subprocess.PIPE) as child:
        written = child.stdout.readline()
        child.kill()
        written += child.stdout.read()
    positions = [scene.account.acknowledged]
    for line in written.splitlines(keepends=True):
        if line.endswith("\n"):
            packet = wire.unpack(bytes.fromhex(line))
            positions.append(scene.account.see(packet, positions[-1]))
    with wire.Client(scene.path) as client:
        position = client.resume().position
    check(position in positions[-2:], f"resumed at {position}, not at one of {positions[-2:]}")
    scene.account.acknowledge(position)


FLOOD = """
import sys, wire
client = wire.Client(sys.argv[1])
packet = wire.ack(client.resume().position)
while True:
    client.send(packet)
"""


def floods(scene):
    """Sends one acknowledgement repeatedly. This is allowed, but must not delay reading the ring.
    """
    with subprocess.Popen([sys.executable, "-c", FLOOD, scene.path]) as child:
        scene.end_round()
        child.kill()
    until("the end of the flood", lambda: scene.open_files() == scene.idle_files)
    scene.begin_round()


def forgets_and_comes_back(scene):
    """An exporter applies events and disconnects before it acknowledges them. It resumes after
    these events.
    """
    with scene.follow() as follower:
        while follower.last == scene.account.acknowledged:
            check(follower.read(), "the collector closed the connection")
        applied = follower.last
    scene.account.acknowledge(applied)
    with scene.follow(scene.account.instance, applied):
        pass


def passes_files(scene):
    """Passes a TCP socket whose close(2) would sleep. The collector must refuse to receive it."""
    with scene.follow() as follower:
        check(refuses_file(follower.client.socket, wire.ack(follower.last)) is not False,
              "the collector accepts open files from a client")


ABUSES = (wrong_user, second_client, never_reads, reads_and_never_acknowledges, never_resumes,
          garbage, half_a_record, a_hundred_kilobytes, wrong_greetings, wrong_positions,
          empty_packets, comes_and_goes, says_hello_and_goes, killed_mid_stream,
          floods, forgets_and_comes_back, passes_files)


def abuse(scene, how, files):
    before = [sum(side.counters()["Tcp.RetransSegs"] for side in scene.sides), scene.deferrals()]
    scene.begin_round()
    how(scene)
    scene.end_round()
    scene.collector.running()
    with another_user(pipeline.USER):
        follower = scene.follow()
    with follower:
        scene.settle(follower)
        until(f"{files} open files", lambda: scene.open_files() == files)
    after = [sum(side.counters()["Tcp.RetransSegs"] for side in scene.sides), scene.deferrals()]
    print(f"{how.__name__:30} {after[0] - before[0]:6} segments, "
          f"{after[1] - before[1]:6} deferred", flush=True)


def check_log(scene):
    """No client can fill the log: the collector writes 10 lines of each kind, then one a minute."""
    lines = scene.collector.lines()
    print(f"{len(lines)} lines in the log")
    check(len(lines) < 300, f"{len(lines)} lines in the log, such as {lines[-1]}")


def main():
    need_root_and_namespaces()
    with network.make_pair() as (client, server):
        scene = Scene(client, server)
        with scene.follow() as follower:
            scene.start_traffic()
            scene.settle(follower)
            files = scene.open_files()
            scene.idle_files = files - 1
        for how in ABUSES:
            abuse(scene, how, files)
        check(scene.deferrals() > 0, "the ring was never full")
        check_log(scene)
        scene.collector.stop()


run_test(main)
