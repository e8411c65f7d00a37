# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""An exporter is stopped during heavy loss. While the ring is full, counts stay with the sockets.

At the end the equation of tests/lib/equation.py holds, even with the smallest ring. Repeated SYNs,
too, stay with the sockets, and each socket reports them when the ring has room.
"""
import argparse
import signal
import time

import network
import pipeline
import traffic
import workloads
from equation import METRIC, Equation
from lifetime import need_root_and_namespaces, run_test, until

SMALLEST_RING = 4096
SOCKETS = 60  # more than the smallest ring has records


def storm(client, server, seconds):
    """Causes as many events as possible. The network drops half of all segments."""
    for side, peer in ((client, server), (server, client)):
        side.sysctl(tcp_thin_linear_timeouts=1)
        side.run("ip", "link", "set", "veth", "gso_max_segs", "1")
        side.run("ip", "route", "replace", f"{peer.v4}/32", "dev", "veth", "rto_min", "1ms")
    workloads.prepare(client, server)
    listener = traffic.listen(server, server.v4)
    server.drop(network.random_loss(50, "tcp flags & (syn|fin|rst) == 0"))
    return listener, traffic.Connector(client, server.v4, parallel=1000, bytes=200_000, write=1000,
                                       seconds=seconds, may_fail=True)


def freeze(ring_bytes, seconds):
    directory = pipeline.private_directory()
    pipeline.ROOM = ("--ring-bytes", str(ring_bytes))
    surroundings = network.Surroundings()
    with network.make_pair() as sides:
        collector = pipeline.Collector(directory).wait()
        exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
        equation = Equation(surroundings, client=sides[0], server=sides[1])
        listener, load = storm(*sides, seconds + 2)
        time.sleep(1)
        before = sides[0].counters()["Tcp.RetransSegs"]
        exporter.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        rate = (sides[0].counters()["Tcp.RetransSegs"] - before) / seconds
        exporter.process.send_signal(signal.SIGCONT)
        sides[1].drop()
        load.finish()
        until("the end of all connections",
              lambda: all(workloads.quiet(side) for side in sides), 180, 0.1)
        listener.terminate()
        result = equation.settle(exporter.scrape, 120)
    print(f"ring of {ring_bytes} bytes, frozen for {seconds} s at {rate:.0f} segments/s: {result}")
    exporter.stop()
    collector.stop()


def defer_syns():
    directory = pipeline.private_directory()
    pipeline.ROOM = ("--ring-bytes", str(SMALLEST_RING))
    collector = pipeline.Collector(directory).wait()
    with network.make_pair() as (client, server):
        client.repeat_syns(6)  # no connection ends during the test
        server.drop("tcp flags syn")
        traffic.Connector(client, server.v4, count=SOCKETS, parallel=SOCKETS, may_fail=True)
        until("repeated SYNs", lambda: client.counters()["Tcp.RetransSegs"] >= SOCKETS)
        exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()

        def reported():
            kernel = client.counters()["Tcp.RetransSegs"]
            return kernel == exporter.scrape().sum(METRIC, netns=client.inode, cause="syn") and kernel
        print(f"{until('a report of each SYN', reported)} SYNs of open connections, "
              f"{exporter.scrape().sum('rexmit_deferrals_total'):.0f} segments deferred")
        exporter.stop()
    collector.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--ring-bytes", type=int, nargs="+", default=[4 << 20, SMALLEST_RING])
    options = parser.parse_args()
    need_root_and_namespaces()
    for ring_bytes in options.ring_bytes:
        freeze(ring_bytes, options.seconds)
    defer_syns()


run_test(main)
