#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""GET /events sends each event at once to all connected clients, as one line."""
import json
import socket

import fake_collector as fake
from rig import Rig, check, expect, on_exit, run_test, until

INSTANCE = b"l" * 16


class Reader:
    """A client of /events. Its stream ends only when either side closes."""

    def __init__(self, port, query="", **headers):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        on_exit(self.sock.close)
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.sock.sendall(f"GET /events{query} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
        self.file = self.sock.makefile("rb")
        self.head = "".join(iter(lambda: self.file.readline().decode(), "\r\n"))

    def lines(self, count):
        """Returns the text of the next lines that are not empty."""
        found = []
        while len(found) < count:
            line = self.file.readline().decode()
            check(line, f"the stream ended after the lines {found}")
            if line.strip():
                found.append(line.rstrip("\n"))
        return found

    def events(self, count):
        """Returns the next events. Ignores lines about the stream itself."""
        found = []
        while len(found) < count:
            line = json.loads(self.lines(1)[0])
            if "lost" not in line:
                found.append(line)
        return found


def connected(rig):
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE, clock_offset_ns=1700000000 * 10**9),
              fake.name(77, "/kubepods.slice/a b.service"))
    rig.until("rexmit_collector_up", 1)
    return peer


def as_lines():
    """A line is the object that --print-events --format json prints. --group-by does not change it.
    """
    rig = Rig()
    peer = connected(rig)
    reader = Reader(rig.exporter.port)
    check("Content-Type: application/x-ndjson\r\n" in reader.head, reader.head)
    check("Content-Length" not in reader.head, reader.head)
    first = json.loads(reader.lines(1)[0])
    expect(first["lost"], 0, "lost lines in the first line")
    peer.send(fake.process(7, b"a\"b\n"))
    peer.send(fake.event(fake.STRIDE, segments=3, cgroup=77, nbytes=4344, srtt_us=12300, uid=1000,
                         process=7),
              fake.event(2 * fake.STRIDE, segments=0, cause=fake.NONE, sent=5),
              fake.event(3 * fake.STRIDE, segments=0, cause=fake.NONE, state=7, resets_received=1))
    event, reset = reader.events(2)
    # The exporter may have adjusted its clock offset by microseconds since HELLO.
    check(event.pop("time").startswith("2023-11-14T22:13:"), "the event's time is wrong")
    expect(event, {"cause": "fast", "segments": 3,
                   "bytes": 4344, "srtt_us": 12300, "stall_us": 0, "spurious": 0,
                   "role": "server",
                   "ip_version": 4, "src_ip": "192.0.2.1", "src_port": 443,
                   "dst_ip": "198.51.100.7", "dst_port": 50000, "state": "ESTABLISHED",
                   "resets_sent": 0, "resets_received": 0, "ended": False, "timed_out": None,
                   "netns": 1, "uid": 1000, "cgroup": "/kubepods.slice/a b.service",
                   "pod_uid": "none", "container_id": "none", "unit": "a b.service",
                   "process": "a\"b?"}, "the event")
    expect((reset["segments"], reset["resets_received"]), (0, 1), "the reset")
    expect(rig.value("rexmit_event_readers"), 1, "readers")
    reader.sock.shutdown(socket.SHUT_RDWR)
    rig.until("rexmit_event_readers", 0)
    rig.stop()


def filtered():
    rig = Rig()
    peer = connected(rig)
    readers = [Reader(rig.exporter.port, f"?{query}") for query in (
        "dst_ip=198.51.100.8", "dst_ip=198.51.100.0/24&cause=timeout",
        "cgroup=/kubepods.slice/a%20b.service", "ip_version=6")]
    peer.send(*(fake.event(1 + i, remote=f"198.51.100.{7 + i}", cause=cause, cgroup=76 + i)
                for i, cause in enumerate((fake.FAST, fake.TIMEOUT, fake.SYN))),
              fake.event(9, local="2001:db8::1", remote="2001:db8::2"))
    found = [reader.events(1)[0]["dst_ip"] for reader in readers]
    expect(found, ["198.51.100.8", "198.51.100.8", "198.51.100.8", "2001:db8::2"], "peers")
    rig.stop()


def for_browsers():
    """The stream is text/event-stream.

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    rig = Rig()
    peer = connected(rig)
    reader = Reader(rig.exporter.port, Accept="text/event-stream")
    check("Content-Type: text/event-stream\r\n" in reader.head, reader.head)
    kind, data = reader.lines(2)
    expect(kind, "event: status", "the first event")
    expect(json.loads(data.removeprefix("data: "))["lost"], 0, "its data")
    peer.send(fake.event(fake.STRIDE), fake.event(2 * fake.STRIDE))
    while (line := reader.lines(1)[0]).startswith("event: "):
        reader.lines(1)
    expect(json.loads(line.removeprefix("data: "))["dst_ip"], "198.51.100.7", "the event")
    expect(reader.file.readline(), b"\n", "the line after an event")
    rig.stop()


def refused():
    rig = Rig()
    for query, text in (("peer=192.0.2.7", "dst_ip"), ("dst_port=https", "a number"),
                        ("src_network=a", "--networks")):
        status, _, body = rig.get(f"/events?{query}")
        check(status == 400 and text in body.decode(), (query, status, body))
    rig.stop()
    rig = Rig("--web.disable-events")
    expect(rig.get("/events")[0], 404, "status with --web.disable-events")
    rig.stop()


def shows_whether_a_collector_is_connected():
    rig = Rig()
    peer = connected(rig)
    reader = Reader(rig.exporter.port)
    until("up", lambda: json.loads(reader.lines(1)[0])["collector_up"])
    peer.close()
    until("a line that shows no collector",
          lambda: not json.loads(reader.lines(1)[0])["collector_up"])
    rig.stop()


def main():
    as_lines()
    filtered()
    for_browsers()
    refused()
    shows_whether_a_collector_is_connected()


run_test(main)
