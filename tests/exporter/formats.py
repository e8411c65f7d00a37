#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Serves both text formats, with and without compression. Prometheus's parsers accept both.

Prometheus requests OpenMetrics by default. So a server in this test sends the plain format to
Prometheus.
"""
import gzip
import http.server
import threading
import time

import fake_collector as fake
from rig import Rig, check, expect, on_exit, exposition, run_test
from prometheus import Prometheus, need_prometheus

INSTANCE = b"f" * 16
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# Every special character of this name must be escaped.
CGROUP = '/sys "a" \\ b.service'


def start():
    rig = Rig("--group-by", "ip_version,src_ip,dst_ip,cgroup,cause", "--openmetrics",
              "created,exemplars")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE, clock_offset_ns=1700000000 * 10**9), fake.name(7, CGROUP),
              fake.event(fake.STRIDE, segments=3, sent=9, cgroup=7, srtt_us=12000, nbytes=4344, flags=1),
              fake.event(2 * fake.STRIDE, local="2001:db8::1", remote="2001:db8::2", cause=fake.TIMEOUT,
                         segments=4000000000, sent=1, srtt_us=3000000),
              fake.counter(fake.FAILURES, 5, label=16), fake.counter(fake.KERNEL_OUT_SEGS, 2**64 - 1))
    peer.acks(2 * fake.STRIDE)
    threading.Thread(target=keep_alive, args=(peer,), daemon=True).start()
    return rig


def keep_alive(peer):
    """Sends counters, as a collector does. Otherwise the exporter would close the connection."""
    while True:
        peer.send(fake.counter(fake.KERNEL_OUT_SEGS, 2**64 - 1))
        time.sleep(1)


def get(rig, **headers):
    answer = exposition.get(rig.exporter.port, **headers)
    check(answer and answer[0] == 200, f"{answer}")
    return answer[1], answer[2]


def negotiation(rig):
    accept_om = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    get(rig)  # the next exposition then has metrics about this scrape
    headers, plain = get(rig)
    expect(headers["Content-Type"], PLAIN, "Content-Type")
    expect(headers["Vary"], "Accept, Accept-Encoding", "Vary")
    expect(headers.get("Content-Encoding"), None, "Content-Encoding")
    headers, openmetrics = get(rig, **accept_om)
    expect(headers["Content-Type"], OPENMETRICS, "Content-Type")
    check(openmetrics.endswith(b"\n# EOF\n") and b"# EOF" not in plain,
          "# EOF is not the last line of OpenMetrics only")
    check(b"_created{" in openmetrics and b"_created{" not in plain,
          "_created is not in OpenMetrics only")
    for accept, kind in (({}, PLAIN), (accept_om, OPENMETRICS)):
        headers, packed = get(rig, **accept, **{"Accept-Encoding": "br, gzip;q=0.5"})
        expect(headers["Content-Encoding"], "gzip", "Content-Encoding")
        expect(headers["Content-Type"], kind, "Content-Type")
        text = gzip.decompress(packed)
        check(len(packed) < len(text) / 3, f"{len(text)} bytes were compressed to {len(packed)}")
        expect(len(text.splitlines()),
               len((openmetrics if accept else plain).splitlines()), "the compressed exposition")


def check_values(prometheus, what):
    wanted = {f'tcp_retransmissions_total{{dst_ip="198.51.100.7"}}': 3,
              'tcp_retransmissions_total{dst_ip="2001:db8::2",cause="timeout"}': 4000000000,
              'tcp_retransmissions_total{cgroup="/sys \\"a\\" \\\\ b.service"}': 3,
              "sum(tcp_segments_sent_total)": 10,
              'tcp_retransmission_srtt_seconds_bucket{le="0.025"}': 1,
              'tcp_retransmission_srtt_seconds_bucket{le="+Inf"}': 2,
              "tcp_retransmission_srtt_seconds_sum": 3.012,
              'rexmit_retransmit_failures_total{errno="EBUSY"}': 5,
              "rexmit_kernel_out_segments_total": 2**64,
              "rexmit_collector_up": 1,
              "up": 1}
    for query, value in wanted.items():
        samples = prometheus.query(query)
        expect([sample[1] for sample in samples], [value], f"{query} of {what}")


class PlainOnly(http.server.BaseHTTPRequestHandler):
    """Sends the exporter's plain exposition, whatever format the client requests."""
    rig = None

    def do_GET(self):
        headers, body = get(self.rig)
        self.send_response(200)
        self.send_header("Content-Type", headers["Content-Type"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def plain_port(rig):
    PlainOnly.rig = rig
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PlainOnly)
    on_exit(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    rig = start()
    negotiation(rig)
    need_prometheus()
    check_values(Prometheus(rig.exporter.port).wait(), "OpenMetrics")
    check_values(Prometheus(plain_port(rig)).wait(), "plain text")
    rig.stop()


run_test(main)
