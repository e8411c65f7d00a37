# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The sum of tcp_segments_sent_total over all peers is within 1 % of OutSegs.

The connections are long, short or idle, with and without losses. OutSegs also counts resets and
acknowledgements that time-wait sockets repeat. These belong to no socket, so the numbers differ. If a
machine changes the order of segments, time-wait sockets answer more of them (PAWSEstab).
"""
import argparse
import socket
import struct
from dataclasses import dataclass

import network
import pipeline
import traffic
import workloads
from lifetime import Failure, need_root_and_namespaces, run_test, until
from skipped import Skipped

HALF_CLOSED = 200  # connections
FIN_WAIT2, LISTEN = "05", "0A"  # /proc/net/tcp
SENT, RETRANSMITTED = "tcp_segments_sent_total", "tcp_retransmissions_total"


@dataclass
class Load:
    connect: dict
    reply: int = 0
    loss: int = 0  # percent


def loads(short):
    return {
        "bulk": Load({"count": 8, "parallel": 8, "bytes": 20_000_000}),
        "bulk, 2 % loss": Load({"count": 8, "parallel": 8, "bytes": 10_000_000}, loss=2),
        "short": Load({"count": short, "parallel": 100, "bytes": 500}, reply=3000),
        "short, 1 % loss": Load({"count": short, "parallel": 100, "bytes": 500,
                                 "may_fail": True}, reply=3000, loss=1),
        "mixed, 1 % loss": Load({"count": short // 10, "parallel": 50, "bytes": 100_000,
                                 "write": 1000, "may_fail": True}, reply=20_000, loss=1),
    }


class Side:
    """A namespace and its exported counts since this object's creation.

    The kernel may have reused an older namespace's inode number.
    """

    def __init__(self, namespace, exporter):
        self.namespace, self._exporter = namespace, exporter
        self._before = {name: self._sum(name) for name in (SENT, RETRANSMITTED)}

    def _sum(self, name):
        return self._exporter.scrape().sum(name, netns=self.namespace.inode)

    def exported(self, name):
        return self._sum(name) - self._before[name]


def compare(name, exporter, side, who):
    """Waits until the sum is within 1 % of OutSegs, and the retransmissions within 5 % of RetransSegs.

    A socket reports every ten seconds, and at its end. exact.py checks that every retransmitted segment
    is counted.
    """
    counters = side.namespace.counters()
    out, retrans = counters["Tcp.OutSegs"], counters["Tcp.RetransSegs"]

    def share():
        return side.exported(SENT) / out

    def is_close():
        return (0.99 * out - counters["TcpExt.PAWSEstab"] <= side.exported(SENT) <= 1.01 * out
                and abs(side.exported(RETRANSMITTED) - retrans) <= 2 + retrans * 0.05)
    try:
        until("equality", is_close, 30, 0.2)
    except Failure:
        exposition = exporter.scrape()
        raise Failure(f"{name}, {who}: {share():.4f} of OutSegs {out}, "
                      f"{side.exported(RETRANSMITTED):.0f} of RetransSegs {retrans}; missed invocations "
                      f"{exposition.sum('rexmit_missed_invocations_total')}, unattributed "
                      f"{exposition.sum('rexmit_sent_unattributed_segments_total')}") from None
    ratio = side.exported(RETRANSMITTED) / out
    print(f"{name:22} {who:7} OutSegs {out:8} sent/OutSegs {share():.4f} "
          f"ratio {ratio:.4f} kernel's {retrans / out:.4f}")


def run(name, load, exporter):
    with network.make_pair() as (client, server):
        sides = Side(client, exporter), Side(server, exporter)
        listener = traffic.listen(server, server.v4, reply=load.reply)
        workloads.prepare(client, server)
        if load.loss:
            server.drop(network.random_loss(load.loss))
        traffic.Connector(client, server.v4, **load.connect).finish()
        until("the end of all connections",
              lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)
        listener.terminate()
        for side, who in zip(sides, ("client", "server")):
            compare(name, exporter, side, who)


def run_idle(exporter):
    """Connections stay open and send little, so only the sweep reports them."""
    with network.make_pair() as (client, server):
        sides = Side(client, exporter), Side(server, exporter)
        traffic.listen(server, server.v4)
        idle = traffic.Connector(client, server.v4, count=50, parallel=50, bytes=1000, rounds=2)
        idle.wait_for_round(1)
        for side, who in zip(sides, ("client", "server")):
            compare("idle, long-lived", exporter, side, who)
        idle.next_round()
        idle.finish()


def connections(client, server):
    """Yields connections, one after the other, as (client's end, server's end)."""
    with server.inside():
        listener = socket.create_server((server.v4, traffic.PORT))
    with listener:
        for _ in range(HALF_CLOSED):
            with client.inside():
                connection = socket.socket()
            connection.connect((server.v4, traffic.PORT))
            yield connection, listener.accept()[0]


def run_half_closed(exporter, how, close):
    """The peer acknowledges the client's FIN, and then resets. The reset acknowledges nothing new.
    """
    with network.make_pair() as (client, server):
        client.sysctl(tcp_fin_timeout=120)  # otherwise a time-wait socket soon replaces the orphan
        side = Side(client, exporter)
        for connection, accepted in connections(client, server):
            close(connection)
            until("an acknowledgement of the FIN", lambda: FIN_WAIT2 in client.tcp_states())
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()
            until("a reset", lambda: not client.tcp_states())
            connection.close()
        compare(f"half closed by {how}, reset", exporter, side, "client")


def run_reset(exporter, how, end):
    """One end resets before the server's socket has sent anything.

    Only the server's request has sent a segment, the SYN-ACK. Health checks and port scans do this.
    """
    with network.make_pair() as (client, server):
        sides = Side(client, exporter), Side(server, exporter)
        for ends in connections(client, server):
            ends[end].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            ends[end].close()
            until("the reset", lambda: not set(client.tcp_states() + server.tcp_states())
                  - {LISTEN})
            ends[1 - end].close()
        for side, who in zip(sides, ("client", "server")):
            compare(f"reset by the {how}", exporter, side, who)


def repeated_syns(client, server):
    """Returns open connections whose client's sockets have storage, because they repeated a SYN."""
    with server.inside():
        listener = socket.create_server((server.v4, traffic.PORT), backlog=HALF_CLOSED)
    server.drop("tcp flags syn")
    waiting = []
    for _ in range(HALF_CLOSED // 4):
        with client.inside():
            waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex((server.v4, traffic.PORT))
    until("repeated SYNs", lambda: client.counters()["Tcp.RetransSegs"] >= len(waiting))
    server.drop()
    with listener:
        accepted = [listener.accept()[0] for _ in waiting]
    by_port = {end.getpeername()[1]: end for end in accepted}
    return [(near, by_port[near.getsockname()[1]]) for near in waiting]


def run_closed_first(exporter, how, make):
    """The client closes before the peer. A time-wait socket acknowledges the peer's FIN."""
    with network.make_pair() as (client, server):
        side = Side(client, exporter)
        for connection, accepted in make(client, server):
            connection.close()
            # The client shows FIN_WAIT2 before and after a time-wait socket replaces its socket.
            until("an acknowledgement of the FIN", lambda: FIN_WAIT2 in client.tcp_states())
            accepted.close()
            until("the peer's FIN", lambda: FIN_WAIT2 not in client.tcp_states())
        compare(f"closed first, {how}", exporter, side, "client")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", type=int, default=2000, help="short connections")
    options = parser.parse_args()
    need_root_and_namespaces()
    collector, exporter = pipeline.start_pair(exporter_flags=("--group-by", "netns,dst_ip"))
    repeat = Skipped(exporter).repeat
    for name, load in loads(options.short).items():
        repeat(run, name, load, exporter)
    repeat(run_idle, exporter)
    repeat(run_half_closed, exporter, "shutdown", lambda end: end.shutdown(socket.SHUT_WR))
    repeat(run_half_closed, exporter, "close", socket.socket.close)
    repeat(run_reset, exporter, "client", 0)
    repeat(run_reset, exporter, "server", 1)
    repeat(run_closed_first, exporter, "no storage", connections)
    repeat(run_closed_first, exporter, "storage", repeated_syns)
    exporter.stop()
    collector.stop()


run_test(main)
