#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter rejects a collector of another user, unless a flag names that user."""
import contextlib
import os
import shutil
import signal
import struct
import tempfile

import fake_collector as fake
from rig import FLAGS, check, on_exit, pipeline, run_test, until
from lifetime import skip

IMPOSTOR = 12345
SEGMENTS = 7


def serve_as_impostor(path):
    """Forks a collector that sends HELLO and segments to each exporter. Returns when it listens."""
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(IMPOSTOR)
            os.setuid(IMPOSTOR)
            collector = fake.FakeCollector(path)
            os.write(done, b"1")
            peers = []  # keeps the connections open
            while True:
                # An exporter that rejects the collector closes the connection and sends no
                # RESUME. accept() then raises one of these errors.
                with contextlib.suppress(OSError, struct.error):
                    peer = collector.accept()
                    peer.send(fake.hello(b"i" * 16))
                    peer.send(fake.event(fake.STRIDE, segments=SEGMENTS))
                    peers.append(peer)
        finally:
            os._exit(1)
    on_exit(os.kill, child, signal.SIGKILL)
    check(os.read(ready, 1) == b"1", "the impostor does not listen")


def main():
    if os.geteuid() != 0:
        skip("not root, so no other user can listen")
    directory = tempfile.mkdtemp(prefix="rexmit-test-")
    on_exit(shutil.rmtree, directory, True)
    os.chown(directory, IMPOSTOR, IMPOSTOR)
    os.chmod(directory, 0o755)
    serve_as_impostor(f"{directory}/collector.sock")
    exporter = pipeline.Exporter(directory, *FLAGS).wait()
    words = f"user {IMPOSTOR} listens there; to trust it, give --collector-user {IMPOSTOR}"
    until("a log line that names the user", lambda: words in exporter.log())
    exposition = exporter.scrape()
    check(exposition.sum("rexmit_collector_up") == 0,
          "the exporter shows a connection to the impostor")
    check(exposition.sum("tcp_retransmissions_total") == 0,
          "the exporter counted the impostor's segments")
    exporter.stop()
    exporter = pipeline.Exporter(directory, *FLAGS, "--collector-user", str(IMPOSTOR)).wait()
    until("the segments of the user that the flag names",
          lambda: exporter.scrape().sum("tcp_retransmissions_total") == SEGMENTS)
    exporter.stop()


run_test(main)
