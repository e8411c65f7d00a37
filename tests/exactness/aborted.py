#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The threads of a process reset connections, and the kernel goes on calling the BPF programs.

On some arm64 kernels, a BPF program that reads through NULL may sleep. If its thread continues on
another CPU, the kernel skips the program until the collector ends (docs/exactness.md). Since Linux
7.0 the kernel skips a few calls in any case.
"""
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import network  # noqa: E402
import pipeline  # noqa: E402
from ends import Ends  # noqa: E402
from lifetime import need_root_and_namespaces, run_test, until  # noqa: E402
from resets import abort  # noqa: E402

GROUP_BY = ("--group-by", "netns,src_ip,dst_ip")
CONNECTORS, TIMES = 6, 80
MOST = 0.9  # share of the resets that must be counted
PORT = 5000


def connect_and_abort(ends, port):
    with ends.listen(port, 1) as listener:
        for _ in range(TIMES):
            connection = ends.client_socket()
            connection.connect((ends.address, port))
            accepted, _ = listener.accept()
            abort(connection)
            accepted.close()


def abort_in_threads(ends):
    threads = [threading.Thread(target=connect_and_abort, args=(ends, PORT + number))
               for number in range(CONNECTORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(version, exporter):
    """OutRsts includes answers to segments that arrive after a connection's reset."""
    with network.make_pair() as (client, server):
        abort_in_threads(Ends(client, server, version))
        own, aborts = client.v4 if version == 4 else client.v6, CONNECTORS * TIMES

        def counted():
            return exporter.scrape().sum("tcp_resets_total", netns=client.inode, src_ip=own,
                                         direction="sent")
        try:
            until("most resets", lambda: MOST * aborts <= counted() <= aborts, 20)
        finally:
            print(f"aborted IPv{version}: {aborts}, OutRsts {client.counters()['Tcp.OutRsts']}, "
                  f"counted {counted():.0f}", flush=True)


def main():
    need_root_and_namespaces()
    _, exporter = pipeline.start_pair(exporter_flags=GROUP_BY)
    for version in (4, 6):
        run(version, exporter)


if __name__ == "__main__":
    run_test(main)
