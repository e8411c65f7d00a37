#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""reader.py PORT LAST: a client of /events that reads as fast as it can.

The member "bytes" of an event is the event's number, from 1 to LAST. Before each gap a line must
have the number of lost lines. At the end the client prints how many lines it received and lost. The
status is 75 if the exporter refuses the client, and 76 if it closes the stream.
"""
import json
import re
import socket
import sys

NUMBER = re.compile(rb'"bytes":([0-9]+)')


def main(port, last):
    sock = socket.create_connection(("127.0.0.1", port), timeout=60)
    sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    stream = sock.makefile("rb", buffering=1 << 20)
    if b" 200 " not in stream.readline():
        return 75
    while stream.readline() != b"\r\n":
        pass
    received = lost = number = 0
    print("reading", flush=True)
    while received + lost < last:
        line = stream.readline()
        if not line:
            print(f"the stream ended after {received} received and {lost} lost lines")
            return 76
        if line.startswith(b'{"lost":'):
            lost += json.loads(line)["lost"]
            continue
        received += 1
        number = int(NUMBER.search(line)[1])
        if number != received + lost:
            print(f"event {number} follows {received - 1} received and {lost} lost lines")
            return 1
    print(received, lost)
    return 0


sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
