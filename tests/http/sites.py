#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Pages of other web sites get no answer: no place of /events, no exposition, no check of a password.

A user may follow a link to the exporter. Clients that are no browsers, and the exporter's own page,
are answered.
"""
import ctypes
import os
import re
import socket

from secure_rig import USERS, Subject, expect, need_web_config
import fake_collector
from rig import Rig
from lifetime import check, run_test

PATHS = ("/", "/page.js", "/metrics", "/events", "/api/v1/summary", "/healthz")
CLONE_NEWUTS = 0x04000000  # include/uapi/linux/sched.h
LONGEST = "a" * 31 + "." + "b" * 32  # HOST_NAME_MAX in limits.h
EVIL = "Origin: https://evil.example\r\n"
FETCH = "Sec-Fetch-Site: %s\r\nSec-Fetch-Mode: %s\r\nSec-Fetch-Dest: %s\r\n"
HANDSHAKE = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
LINK = FETCH % ("cross-site", "navigate", "document")
FOREIGN = {
    "an EventSource": EVIL + FETCH % ("cross-site", "cors", "empty"),
    "an EventSource of a plain address": EVIL,
    "a file": "Origin: null\r\n",
    "an image": FETCH % ("cross-site", "no-cors", "image"),
    "a frame": FETCH % ("cross-site", "navigate", "iframe"),
    "another port": FETCH % ("same-site", "no-cors", "empty"),
    "a WebSocket": EVIL + FETCH % ("cross-site", "websocket", "empty") + HANDSHAKE,
    "a WebSocket of a plain address": EVIL + HANDSHAKE,
}


class Client:
    """A connection with one request."""

    def __init__(self, port, path, fields="", method="GET", host="127.0.0.1"):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{fields}\r\n".encode())

    def status(self):
        return int(self.sock.recv(4096).split()[1])

    def close(self):
        self.sock.close()


def status(*arguments, **options):
    client = Client(*arguments, **options)
    found = client.status()
    client.close()
    return found


def refused(port, paths):
    for path in paths:
        for what, fields in FOREIGN.items():
            expect(status(port, path, fields), 403, f"the status of {path} for {what}")
        expect(status(port, path, EVIL + "Content-Length: 2\r\n", "POST"), 405,
               f"the status of {path} for a form")
        expect(status(port, path, EVIL + "Access-Control-Request-Method: GET\r\n", "OPTIONS"), 403,
               f"the status of {path} before a request with credentials")


def answered(port):
    for path in PATHS:
        own = f"Origin: http://127.0.0.1:{port}\r\n"
        for what, fields in (("no browser", ""), ("the page", FETCH % ("same-origin", "cors", "empty")),
                             ("the page behind a proxy", own.replace("http:", "https:")),
                             ("the address bar", FETCH % ("none", "navigate", "document")),
                             ("the page of a plain address", own)):
            expect(status(port, path, fields), 200, f"the status of {path} for {what}")
        expect(status(port, path, LINK), 403 if path == "/events" else 200,
               f"the status of {path} for a link")


def places_of_events(rig):
    """16 requests of other sites take no place."""
    clients = [Client(rig.exporter.port, "/events", list(FOREIGN.values())[i % len(FOREIGN)])
               for i in range(16)]
    expect({client.status() for client in clients}, {403}, "the statuses")
    expect(rig.value("rexmit_event_readers"), 0, "the readers")
    for client in clients:
        client.close()


def longest_host_name():
    """The host's own name is answered, even if it has as many characters as Linux allows."""
    if os.geteuid() != 0:
        print("without the longest host name: only root may set it")
        return
    check(ctypes.CDLL(None).unshare(CLONE_NEWUTS) == 0, "unshare")
    socket.sethostname(LONGEST)
    rig = Rig()
    expect(status(rig.exporter.port, "/metrics", host=LONGEST), 200, "the status for the host's name")
    expect(status(rig.exporter.port, "/metrics", host=LONGEST[:-1]), 421, "the status for another name")
    rig.stop()


def passwords():
    """No password of another site's request is checked."""
    subject = Subject(USERS)
    wrong = "Authorization: Basic YTpi\r\n"
    for what, fields in FOREIGN.items():
        expect(status(subject.port, "/metrics", fields + wrong), 403, f"the status for {what}")
    expect(status(subject.port, "/metrics", LINK), 401, "the status for a link without a password")
    expect(subject.refusals()["password"], 1, "the refused passwords")
    subject.exporter.stop()


def main():
    rig = Rig("--web.probe-address", "127.0.0.1:0")
    probes = int(re.search(r"/readyz on 127\.0\.0\.1:([0-9]+)", rig.exporter.log()).group(1))
    peer = rig.accept()
    peer.send(fake_collector.hello(b"sites-of-the-web"))
    rig.until("rexmit_collector_up", 1)
    refused(rig.exporter.port, PATHS)
    refused(probes, ("/healthz", "/readyz"))
    answered(rig.exporter.port)
    places_of_events(rig)
    rig.stop()
    peer.close()
    longest_host_name()
    need_web_config()
    passwords()


run_test(main)
