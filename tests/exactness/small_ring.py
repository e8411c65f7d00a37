# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Counts the ends and the resets of connections that a small ring has no room for.

No exporter reads the ring while the connections end. After it is half full, it accepts no more ends.
The collector counts these ends and their resets as unattributed.
"""
import socket

import network
import pipeline
from lifetime import check, need_root_and_namespaces, run_test, until
from resets import (ACK, GROUP_BY, LISTENING, SOURCE, TIMES, ResetEnds, abort, balanced, totals,
                    wait_for_reset)

MANY = 140_000  # resets: more than two records of a connection can have


def end_many(client, server):
    for connection, accepted in ResetEnds(client, server, 4).connected():
        abort(connection)
        wait_for_reset(accepted)
    return {"sent": TIMES, "received": TIMES}


def reset_often(client, server):
    """The server connects, gets no SYN-ACKs, and answers each ACK with a reset.

    Its sockets have storage, because they have repeated SYNs. At most 65 535 resets can wait there.
    """
    client.drop("tcp flags syn")
    server.repeat_syns(6)
    with server.inside():
        waiting = [socket.socket() for _ in range(2 * TIMES)]
    for i, connection in enumerate(waiting):
        connection.bind((server.v4, LISTENING + i))
        connection.setblocking(False)
        connection.connect_ex((client.v4, SOURCE))
    until("repeated SYNs", lambda: server.counters()["Tcp.RetransSegs"] >= len(waiting))
    ends = ResetEnds(client, server, 4)
    ends.send_raw([ends.segment(SOURCE, LISTENING, ACK)] * MANY)
    until("all resets", lambda: server.counters()["Tcp.OutRsts"] >= MANY)
    for connection in waiting:
        connection.close()
    return {"sent": MANY}


def run(make):
    """make() ends 2 * TIMES connections, and returns the number of resets in each direction."""
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory, "--ring-bytes", "4096").wait()
    with network.make_pair() as pair:
        made = make(*pair)
        exporter = pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()

        def complete():
            now = exporter.scrape()
            ends = now.sum("rexmit_unattributed_connections_total") + sum(
                now.sum("tcp_connections_total", netns=side.inode) for side in pair)
            return now if balanced(now) and ends >= 2 * TIMES and all(
                totals(now)[direction] >= number for direction, number in made.items()) else None
        exposition = until("the sum of all resets and ends", complete)
    for direction in made:
        lost = exposition.sum("rexmit_unattributed_resets_total", direction=direction)
        check(lost > 0, f"{direction}: the collector counted none as unattributed")
    print(f"ok {make.__name__}: {dict(totals(exposition))}, unattributed "
          f"{exposition.sum('rexmit_unattributed_resets_total'):.0f}", flush=True)
    exporter.stop()
    collector.stop()


def main():
    need_root_and_namespaces()
    for make in (end_many, reset_often):
        run(make)


run_test(main)
