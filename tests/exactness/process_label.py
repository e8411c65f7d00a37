#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The label process names the process that listens or, after a walk found it, the process that
holds the socket.

The cases are: two listeners of one port, a listener that hands its connections to another process,
threads with other names, names with control characters, more listeners than the table has slots for,
and connections and listeners that are older than the collector. A client is `unknown` until a walk
has found it. In each case the sum over the processes equals the kernel's count.
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until  # noqa: E402

GROUP_BY = ("--group-by", "netns,src_ip,role,process,cause")
METRIC, ENDED = "tcp_retransmissions_total", "tcp_connections_total"
PORT, SHARED_PORT, SUPER_PORT = 50071, 50072, 50073
HOSTILE, SHOWN = b"a\x1b[1m\n\xc2\x9b", "a?[1m??"
WAYS, SLOTS = 8, 2048  # protocol/process_key.h, protocol/wire.h


# The rest of this part runs in the helper processes.

def rename(path, name):
    with open(path, "wb") as file:
        file.write(name)


def take_name(name):
    """Names the process. Its threads may have other names."""
    rename("/proc/self/comm", name)


def send_on_signal(connections):
    def send(*_):
        for connection in connections:
            connection.send(b"x")
    signal.signal(signal.SIGUSR1, send)


def hand_over(connection, listener, name):
    """Gives the connection to a child process, as inetd does."""
    child = os.fork()
    if child:
        connection.close()
        return
    take_name(name)
    listener.close()
    send_on_signal([connection])
    print(os.getpid(), flush=True)  # not earlier: the signal would kill it
    while True:
        signal.pause()


def serve(listener, connections, child):
    """Accepts forever. If `child` is not None, a process with that name gets each connection."""
    listener.listen(16)
    print("ready", flush=True)
    while True:
        connection = listener.accept()[0]
        if child:
            hand_over(connection, listener, child)
        else:
            connections.append(connection)
            print("accepted", flush=True)


def serve_in_thread(listener, connections):
    rename("/proc/thread-self/comm", b"a-thread")
    serve(listener, connections, None)


def listen(address, port, child):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    if family == socket.AF_INET6 and port == SHARED_PORT:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, port))
    connections = []
    if child:
        serve(listener, connections, child)
    send_on_signal(connections)
    threading.Thread(target=serve_in_thread, args=(listener, connections), daemon=True).start()


def connect(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family)
    connection.connect((address, port))
    send_on_signal([connection])
    print("ready", flush=True)


def help_test(action, name, address, port, child=""):
    take_name(os.fsencode(name))
    if action == "listen":
        listen(address, int(port), os.fsencode(child))
    else:
        connect(address, int(port))
    while True:
        signal.pause()


# The test.

class Helper:
    def __init__(self, side, action, name, address, port, child=""):
        self.process = side.start(
            sys.executable, os.path.abspath(__file__), action, os.fsdecode(name), address,
            str(port), os.fsdecode(child), stdout=subprocess.PIPE)
        check(self.line() == "ready", f"{name} ended")

    def line(self):
        return self.process.stdout.readline().strip()

    def child(self):
        """Returns the pid of the process that has the next connection."""
        pid = int(self.line())
        on_exit(end, pid)
        return pid

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.kill()
        self.process.wait()


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def lose(client, server, pids):
    """Each process sends a byte on its connections, and must retransmit it."""
    before = {side: side.counters()["Tcp.RetransSegs"] for side in (client, server)}
    client.drop("")
    server.drop("")
    for pid in pids:
        os.kill(pid, signal.SIGUSR1)
    until("a segment of both ends sent again",
          lambda: all(side.counters()["Tcp.RetransSegs"] > n for side, n in before.items()))
    client.drop()
    server.drop()


def by_process(exposition, side, metric=METRIC):
    return exposition.sum_of_side(side, "process", metric)


def counted(exporter, client, server):
    """Waits until both ends have the kernel's counts. Returns {process: segments} of each end."""
    def complete():
        exposition = exporter.scrape()
        found = [by_process(exposition, side) for side in (client, server)]
        kernel = [side.counters()["Tcp.RetransSegs"] for side in (client, server)]
        return [sum(f.values()) for f in found] == kernel and found
    return until("all retransmissions", complete)


def lose_until_known(exporter, client, server, pids, names):
    """Loses segments until a walk has found both holders. After that only their counts may
    increase.
    """
    def known():
        lose(client, server, pids)
        found = counted(exporter, client, server)
        return all(name in f for name, f in zip(names, found)) and found
    before = until(f"the processes {names}", known, every=1)
    lose(client, server, pids)
    after = counted(exporter, client, server)
    for name, old, new in zip(names, before, after):
        more = {p for p in new if new[p] > old.get(p, 0)}
        check(more == {name}, f"{name}: {old}, then {new}")
    print(f"held by {names}: {after}")
    return after


def short_connections(exporter, client, server):
    """A walk finds no process of a connection that lives for less than ten seconds.

    The connection of a server has the listener's process. The connection of a client has none.
    """
    listeners = [Helper(server, "listen", HOSTILE, "::", PORT),
                 Helper(server, "listen", "four", server.v4, SHARED_PORT),
                 Helper(server, "listen", "six", "::", SHARED_PORT)]
    for address in (server.v4, server.v6):
        for port in (PORT, SHARED_PORT):
            for _ in range(3):
                Helper(client, "connect", "short", address, port).stop()
    for helper in listeners:
        helper.stop()

    def ended():
        exposition = exporter.scrape()
        found = [by_process(exposition, side, ENDED) for side in (client, server)]
        return sum(found[0].values()) >= 12 and sum(found[1].values()) >= 12 and found
    near, far = until("the end of all connections", ended)
    check(near == {"unknown": 12}, f"clients: {near}")
    check(far == {SHOWN: 6, "four": 3, "six": 3}, f"servers: {far}")
    print(f"short connections: {near}, {far}")


def mix(word):
    return word * 0x9E3779B97F4A7C15 % 2**64


def sharing_slots(side):
    """Returns more ports than WAYS. The keys of their listeners have the same slots of the table."""
    first, second = struct.unpack("=2Q", socket.inet_pton(socket.AF_INET6, f"::ffff:{side.v4}"))
    address, by_slot = mix(mix(first) ^ second) >> 48, {}
    for port in range(1024, 65536):
        key = side.inode << 32 | port << 16 | address
        ports = by_slot.setdefault((mix(key) >> 32) % SLOTS, [])
        ports.append(port)
        if len(ports) > WAYS:
            return ports
    return None


def check_replaced(exporter, client, server, port):
    """A new listener replaces one that walks no longer find, if all its slots are used."""
    def is_known():
        listener = Helper(server, "listen", "newest", server.v4, port)
        Helper(client, "connect", "short", server.v4, port).stop()
        listener.stop()
        return by_process(exporter.scrape(), server, ENDED).get("newest")
    until("the process of a listener without a free slot", is_known)


def long_connections(exporter, client, server, address):
    *ports, last = sharing_slots(server)
    crowd = [Helper(server, "listen", "crowd", server.v4, port) for port in ports]
    crowd.pop().stop()
    super_server = Helper(server, "listen", "superserver", "::", SUPER_PORT, "in.child")
    near = Helper(client, "connect", "long-client", address, SUPER_PORT)
    child = super_server.child()
    known, far = lose_until_known(
        exporter, client, server, (near.pid, child), ("long-client", "in.child"))
    check(set(known) <= {"unknown", "long-client"} and set(far) <= {"superserver", "in.child"},
          f"clients: {known}, servers: {far}")
    check_replaced(exporter, client, server, last)
    for helper in (near, super_server, *crowd):
        helper.stop()
    end(child)


def new_connections(directory):
    """Each pair of namespaces has its own exporter, because inode numbers may be reused."""
    collector = pipeline.Collector(directory).wait()
    for test, address in ((short_connections, None), (long_connections, "v4"),
                          (long_connections, "v6")):
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        with network.make_pair() as (client, server):
            test(exporter, client, server, *([getattr(server, address)] if address else []))
        exporter.stop()
    collector.stop()


def older_connections(directory):
    """A listener that is older than the collector also names the process of new connections."""
    with network.make_pair() as (client, server):
        listener = Helper(server, "listen", "old-server", "::", PORT)
        near = Helper(client, "connect", "old-client", server.v4, PORT)
        check(listener.line() == "accepted", "the server ended")
        pipeline.Collector(directory).wait()
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        lose_until_known(exporter, client, server, (near.pid, listener.pid),
                         ("old-client", "old-server"))
        for _ in range(3):
            Helper(client, "connect", "short", server.v6, PORT).stop()
        listener.stop()
        until("the end of the new connections", lambda: by_process(
            exporter.scrape(), server, ENDED).get("old-server", 0) >= 4)
        # A new exporter receives all names before the first event.
        exporter.stop()
        again = Helper(server, "listen", "old-server", "::", PORT)
        Helper(client, "connect", "short", server.v6, PORT).stop()
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()
        again.stop()
        until("a connection that no exporter saw live",
              lambda: by_process(exporter.scrape(), server, ENDED) == {"old-server": 1})


def main():
    if len(sys.argv) > 1:
        return help_test(*sys.argv[1:])
    need_root_and_namespaces()
    new_connections(pipeline.private_directory())
    older_connections(pipeline.private_directory())
    return None


run_test(main)
