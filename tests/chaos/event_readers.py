#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs clients that read /events over TLS with a password, until SIGTERM arrives.

event_readers.py PORT CA COUNT AUTHORIZATION

Each client reads for up to a minute, closes its connection, and connects again. Every fourth client
reads too slowly. If the exporter refuses or closes a connection, the client tries again later. At
the end the program prints the number of lines, of lost events, of closed connections, and of
answers with each HTTP status.
"""
import asyncio
import collections
import contextlib
import json
import random
import signal
import ssl
import sys

READ_S, AGAIN_S = (1, 60), (5, 40)
SLOW_EVERY = 4  # every fourth client pauses between lines

counts = collections.Counter()


async def read(reader, slow):
    """Reads and counts lines until the exporter closes the connection."""
    while (line := await reader.readline()).endswith(b"\n"):
        event = json.loads(line)
        if "lost" in event:
            counts["lost"] += event["lost"]
        else:
            counts["lines"] += 1
        if slow:
            await asyncio.sleep(random.random())


async def follow(port, context, request, slow):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(request)
        header = await reader.readuntil(b"\r\n\r\n")
        status = header.split()[1].decode()
        counts[status] += 1
        if status != "200":
            return False
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(read(reader, slow), random.uniform(*READ_S))
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
