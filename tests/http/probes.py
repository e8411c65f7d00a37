#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--web.probe-address answers probes without a password or a certificate.

The exporter warns if other hosts can reach an address that takes passwords without TLS.
"""
import http.client
import re

from secure_rig import MUTUAL, USERS, Subject, expect, need_web_config, pipeline
import fake_collector
from lifetime import run_test, until


def status(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    return connection.getresponse().status


def probes():
    subject = Subject(MUTUAL + USERS, "--web.probe-address", "127.0.0.1:0")
    port = int(re.search(r"/readyz on 127\.0\.0\.1:([0-9]+)", subject.exporter.log()).group(1))
    expect(status(port, "/healthz"), 200, "the status of /healthz")
    expect(status(port, "/readyz"), 503, "the status of /readyz without a collector")
    peer = subject.rig.accept()
    peer.send(fake_collector.hello(b"p" * 16))
    until("/readyz with a collector", lambda: status(port, "/readyz") == 200)
    for path in ("/", "/metrics", "/api/v1/summary", "/page.js"):
        expect(status(port, path), 404, f"the status of {path}")
    subject.exporter.stop()


def warnings():
    path = f"unix:{pipeline.private_directory()}/web.sock"
    for address, wanted in (("0.0.0.0:0", 1), ("[::]:0", 1), ("[::1]:0", 0),
                            ("[::ffff:127.0.0.1]:0", 0), (path, 0)):
        subject = Subject(USERS, "--web.listen-address", address)  # also serves 127.0.0.1
        expect(subject.exporter.log().count("passwords cross"), wanted,
               f"the number of warnings for {address}")
        found = re.search(r"without TLS on (.*):\d+: add", subject.exporter.log())
        expect(found and found[1], address[:-2] if wanted else None, "the address in the warning")
        subject.exporter.stop()


def main():
    need_web_config()
    probes()
    warnings()


run_test(main)
