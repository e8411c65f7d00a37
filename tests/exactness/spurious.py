#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes each kind of spurious retransmission, and compares the counts with TCPDSACKRecvSegs.

A forwarder delays, reorders and repeats packets. Only in `lost` it drops packets, so that the
retransmissions are needed. The first question of docs/runbook.md must distinguish `lost` from the
other kinds.
"""
import os
import re
import socket
import threading

import forwarder
import pipeline
from lifetime import check, need_root_and_namespaces, parse_runs, run_test, until
from skipped import Skipped

METRIC, RETRANSMISSIONS = "tcp_spurious_retransmissions_total", "tcp_retransmissions_total"
MIBS = ("Tcp.RetransSegs", "TcpExt.TCPDSACKRecvSegs", "TcpExt.TCPDSACKIgnoredDubious")
REPORTS = ("TcpExt.TCPDSACKRecv", "TcpExt.TCPDSACKOfoRecv")
PORT, BLOCK, BLOCKS = 5000, 20_000, 30
RUNBOOK = os.path.join(os.environ.get("REXMIT_SOURCE", os.path.join(os.path.dirname(__file__), "../..")),
                       "docs/runbook.md")
QUESTION = r"ratio_rate5m\{instance=\"HOST\"\}` is above ([0-9.]+) for the peer. Nothing was lost"


class Every:
    """A predicate that is true for every `nth` data segment of the client."""

    def __init__(self, nth):
        self.nth, self.seen = nth, 0

    def __call__(self, packet):
        if not (packet.to_server and packet.payload):
            return False
        self.seen += 1
        return self.seen % self.nth == 0


def late_acknowledgements():
    """Acknowledgements arrive after the sender's timer, until the timer has adapted."""
    return lambda packet: [0 if packet.to_server or packet.flags & forwarder.SYN else 0.5]


def overtaken():
    """Every 30th segment arrives long after its successors."""
    chosen = Every(30)
    return lambda packet: [0.15] if chosen(packet) else [0.02]


def repeated():
    """The network duplicates segments."""
    chosen = Every(5)
    return lambda packet: [0, 0] if chosen(packet) else [0]


def lost():
    """The network loses segments, so each retransmission is needed."""
    chosen = Every(25)
    return lambda packet: [] if chosen(packet) else [0.01]


# {kind: (whether most retransmissions are spurious, whether the kernel ignores the reports)}. A
# busy machine delays acknowledgements, which causes a few more retransmissions.
KINDS = {late_acknowledgements: (True, False), overtaken: (True, False), repeated: (False, True),
         lost: (False, False)}


def transfer(client, server, policy, between):
    """Sends BLOCKS blocks. Waits for the reply to each block before it sends the next one."""
    with server.inside():
        listener = socket.create_server((server.v4, PORT))
    with client.inside():
        connection = socket.socket()
    with listener, connection:
        connection.connect((server.v4, PORT))
        accepted = listener.accept()[0]
        between.policy = policy()

        def answer():
            for _ in range(BLOCKS):
                accepted.recv(BLOCK, socket.MSG_WAITALL)
                accepted.send(b"x")
        thread = threading.Thread(target=answer)
        thread.start()
        for _ in range(BLOCKS):
            connection.sendall(bytes(BLOCK))
            connection.recv(1)
        thread.join()
        between.policy = lambda packet: [0]
        accepted.close()
        connection.recv(1)


def kernel_counts(client):
    """Returns the values of MIBS.

    Linux 4.18 has only the first one. It counts each report as one segment, and ignores none. If
    there are more reports than retransmissions, newer kernels would ignore them.
    """
    counters = client.counters()
    if MIBS[1] in counters:
        return tuple(counters[mib] for mib in MIBS)
    retrans, reports = counters[MIBS[0]], sum(counters[mib] for mib in REPORTS)
    return (retrans, reports, 0) if reports <= retrans else (retrans, 0, reports)


def run(kind, exporter):
    """Returns (RetransSegs, TCPDSACKRecvSegs, TCPDSACKIgnoredDubious, counted as spurious)."""
    with forwarder.make_pair() as (client, server, between):
        def exported(name):
            return exporter.scrape().sum(name, netns=client.inode, dst_ip=server.v4)
        transfer(client, server, kind, between)
        until("the end of the connections", lambda: not client.tcp_states(), 30)
        retrans, reported, ignored = kernel_counts(client)
        until("all retransmissions in the exposition", lambda: exported(RETRANSMISSIONS) == retrans)
        until("the record of the connection's end", lambda: exported("tcp_connections_total") == 1)
        return retrans, reported, ignored, int(exported(METRIC))


def runbook_share():
    """Returns the share above which the runbook calls retransmissions spurious."""
    with open(RUNBOOK, encoding="utf-8") as file:
        found = re.search(QUESTION, file.read())
    check(found, f"{RUNBOOK} has another question")
    return float(found[1])


def check_kind(kind, exporter):
    retrans, reported, ignored, counted = run(kind, exporter)
    print(f"{kind.__name__:22} RetransSegs {retrans:4} TCPDSACKRecvSegs {reported:4} "
          f"TCPDSACKIgnoredDubious {ignored:4} counted {counted:4}", flush=True)
    # The kernel may ignore a report and then retransmit more. rexmit may count such a report.
    check(reported <= counted <= min(reported + ignored, retrans), f"{kind.__name__}: {counted}")
    spurious, dubious = KINDS[kind]
    check((2 * reported > retrans) == spurious and (ignored > 0 or not dubious),
          f"{kind.__name__}: the numbers are not those of this kind")
    # If the network duplicates segments, a needed retransmission may look spurious.
    check(dubious or (counted > runbook_share() * retrans) == spurious,
          f"{kind.__name__}: the runbook gives the wrong answer")


def main():
    runs = parse_runs(__doc__)
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=("--group-by", "netns,dst_ip"))
    repeat = Skipped(exporter).repeat
    for _ in range(runs):
        for kind in KINDS:
            repeat(check_kind, kind, exporter)


if __name__ == "__main__":
    run_test(main)
