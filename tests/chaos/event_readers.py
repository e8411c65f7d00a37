#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Clients of /events of an exporter with TLS and a password, until SIGTERM.

event_readers.py PORT CA COUNT AUTHORIZATION

Each reads for up to a minute, some of them too slowly, and then makes room for another. A client that
finds no place tries again later. Prints at the end what they got.
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
SLOW = 4  # one of so many pauses between lines

counts = collections.Counter()


async def read(reader, slow):
    """Until the exporter closes the connection."""
    while line := await reader.readline():
        event = json.loads(line)
        counts["lost" if "lost" in event else "lines"] += event.get("lost", 1)
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
            followed = await follow(*arguments, number % SLOW == 0)
        except (OSError, asyncio.IncompleteReadError):  # closed to make room for others
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
        check_alive(task)
        task.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    print(json.dumps(counts))


def check_alive(task):
    """Raises what ended a client, such as a line that is not JSON."""
    if task.done():
        task.result()


asyncio.run(main())
