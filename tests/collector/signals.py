# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Some signals make the collector end in order. It logs and ignores the others.

At its end the exporter has each segment that the collector counted.
"""
import os
import re
import signal

import network
import pipeline
import traffic
import wire
import workloads
from lifetime import check, need_root_and_namespaces, run_test, until

NOTED = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE")
ENDS = ("SIGTERM", "SIGINT", "SIGQUIT")


def check_noted(collector):
    with wire.Client(collector.socket) as client:
        client.resume()
        for name in NOTED:
            collector.process.send_signal(getattr(signal, name))
            if name != "SIGPIPE":  # ignored without a log line
                until(f"the log line about {name}",
                      lambda: collector.running() and f"ignoring {name}: " in collector.log())
        until("the counters of three seconds", lambda: client.receive() and client.receive())
    for _ in range(1000):
        collector.process.send_signal(signal.SIGHUP)
    collector.running()


def check_end(collector, name):
    collector.process.send_signal(getattr(signal, name))
    status = collector.process.wait(30)
    check(status == 0, f"{name}: status {status}")
    check(f"stopped by {name} after " in collector.log(), f"{name}: {collector.log()}")
    check(not os.path.exists(collector.socket), f"{name}: the socket file is still there")


def check_all_is_sent(directory):
    """The collector detaches its programs before it sends the last records and counters.

    The exporter receives them later, while the traffic goes on.
    """
    with network.make_pair() as (client, server):
        workloads.prepare(client, server)
        collector, exporter = pipeline.start_pair(directory)
        traffic.listen(server, server.v4)
        server.drop(network.random_loss(10))
        load = traffic.Connector(client, server.v4, count=100_000, parallel=500, bytes=20_000,
                                 may_fail=True)
        until("many retransmissions", lambda: exporter.scrape().sum("rexmit_segments_total") > 2000)
        exporter.process.send_signal(signal.SIGSTOP)
        collector.process.send_signal(signal.SIGTERM)
        before = client.counters()["Tcp.RetransSegs"]
        until("more retransmissions",
              lambda: client.counters()["Tcp.RetransSegs"] > before + 20)
        exporter.process.send_signal(signal.SIGCONT)
        check(collector.process.wait(30) == 0, collector.log())
        load.process.kill()
        counted, lost = map(int, re.search(r": (\d+) segments counted, (\d+) unattributed",
                                           collector.log()).groups())
        until("the end of the connection",
              lambda: exporter.scrape().sum("rexmit_collector_up") == 0)
        exposition = exporter.scrape()
        exported = exposition.sum("tcp_retransmissions_total")
        print(f"at the end: counted {counted}, exported {exported:.0f}, unattributed {lost}")
        check(exported + lost == counted == exposition.sum("rexmit_segments_total"),
              f"exported {exported} + unattributed {lost} of {counted}: "
              f"{exposition.sum('rexmit_segments_total')}")
        exporter.stop()


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    check_all_is_sent(directory)
    for name in ENDS:
        collector = pipeline.Collector(directory).wait()
        check_noted(collector)
        check_end(collector, name)
        print(f"{name}: the collector ended in order")


run_test(main)
