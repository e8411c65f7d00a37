#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs clients that read /events over TLS with a password, until SIGTERM arrives.

event_readers.py PORT CA COUNT AUTHORIZATION

Each client reads for up to a minute, closes its connection, and connects again. Every fourth client
reads too slowly. If the exporter refuses or closes a connection, the client tries again later. At
the end the program prints the number of lines, of lost events, of closed connections, of answers
with each HTTP status, and of clients that read for LONG_S seconds and received no event. It fails
if the first line of an answer is not a status line (docs/api.md).
"""
import asyncio
import collections
import contextlib
import json
import os
import random
import signal
import ssl
import sys
import time

READ_S, AGAIN_S = (1, 60), (5, 40)
SLOW_EVERY = 4  # every fourth client pauses between lines
# The exporter is without its collector only for a few seconds at a time.
LONG_S = 20 * float(os.environ.get("REXMIT_PATIENCE", 1))

counts = collections.Counter()


async def read(reader, slow, received):
    """Reads and counts lines until the exporter closes the connection."""
    while (line := await reader.readline()).endswith(b"\n"):
        event = json.loads(line)
        if not received and "lost" not in event:
            raise ValueError(f"the first line is {event}")
        received["lost"] += event.get("lost", 0)
        received["lines"] += "lost" not in event
        if slow:
            await asyncio.sleep(random.random())


async def read_for_a_while(reader, slow):
    received, begin = collections.Counter(), time.monotonic()
    try:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(read(reader, slow, received), random.uniform(*READ_S))
    finally:
        counts.update(received)
        counts["silent"] += time.monotonic() - begin >= LONG_S and not received["lines"]


async def follow(port, context, request, slow):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(request)
        header = await reader.readuntil(b"\r\n\r\n")
        status = header.split()[1].decode()
        counts[status] += 1
        if status != "200":
            return False
        await read_for_a_while(reader, slow)
        return True
    finally:
        writer.transport.abort()


async def client(number, *arguments):
    while True:
        followed = False
        try:
            followed = await follow(*arguments, number % SLOW_EVERY == 0)
        except (OSError, asyncio.IncompleteReadError):  # the exporter closed it to accept another
            counts["closed"] += 1
        if not followed:
            await asyncio.sleep(random.uniform(*AGAIN_S))


async def main():
    port, ca, count, authorization = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca)
    request = (f"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}"
               "\r\n\r\n").encode()
    clients = [asyncio.ensure_future(client(i, int(port), context, request))
               for i in range(int(count))]
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await end.wait()
    for task in clients:
        raise_failure(task)
        task.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    print(json.dumps(counts))


def raise_failure(task):
    """Raises the exception that ended a client, for example after a line that was not JSON."""
    if task.done():
        task.result()


asyncio.run(main())
