#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The page at /, its files and its data, for a browser and for a plain client."""
import gzip
import http.client
import json
import re
import time

import fake_collector as fake
from rig import Rig, check, expect, exposition, run_test, until

INSTANCE = b"w" * 16
CGROUP = '/a "b" \\ \x01\u00e9<script>.service'
SHOWN = CGROUP.replace("\x01", "?")
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'")
SUMMARY = "/api/v1/summary"


def get(rig, path, **headers):
    """Returns (headers, body)."""
    status, answer, body = exposition.get(rig.exporter.port, path, **headers)
    expect(status, 200, f"status of {path}")
    expect(answer["X-Content-Type-Options"], "nosniff", f"{path}: X-Content-Type-Options")
    return answer, body


def head(rig, path):
    connection = http.client.HTTPConnection("127.0.0.1", rig.exporter.port, timeout=30)
    connection.request("HEAD", path)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def without_date(headers):
    """Removes the date, which can differ between two answers."""
    return {name: value for name, value in headers.items() if name != "Date"}


def check_forms(rig, path):
    """Checks that the plain response, the compressed response and HEAD agree. Returns the plain
    (headers, body).
    """
    headers, plain = get(rig, path)
    packed_headers, packed = get(rig, path, **{"Accept-Encoding": "gzip, br"})
    expect(packed_headers["Content-Encoding"], "gzip", f"{path}: Content-Encoding")
    expect(packed_headers["Vary"], "Accept-Encoding", f"{path}: Vary")
    check(len(packed) < len(plain), f"{path}: {len(plain)} bytes were compressed to {len(packed)}")
    if path != SUMMARY:
        expect(gzip.decompress(packed), plain, f"{path}, expanded")
        status, only, body = head(rig, path)
        expect((status, without_date(only), body), (200, without_date(headers), b""),
               f"HEAD {path}")
    return headers, plain


def files(rig):
    headers, html = check_forms(rig, "/")
    expect(headers["Content-Security-Policy"], POLICY, "Content-Security-Policy")
    expect(headers["Referrer-Policy"], "no-referrer", "Referrer-Policy")
    expect(headers["Cache-Control"], "no-cache", "Cache-Control of /")
    text = html.decode()
    check(not re.search(r"<style|\sstyle=|\son\w+=|<script>|https?:|//\w", text),
          "the page has what its policy forbids, or names another host")
    wanted = re.findall(r'(?:src|href)="([\w.]+\?[0-9a-f]{16})"', text)
    expect(sorted(name.split("?")[0] for name in wanted),
           ["consequences.js", "format.js", "icon.svg", "page.css", "page.js", "peers.js", "plot.js",
            "uplot.css", "uplot.js"], "files")
    for name in wanted:
        headers, _ = check_forms(rig, "/" + name)
        expect(headers["Cache-Control"], "max-age=31536000, immutable", f"Cache-Control of {name}")
    # The page shows this hint if it has no style sheet. That happens under a prefix, when the URL
    # has no last slash.
    _, style = check_forms(rig, "/page.css")
    check('class="unstyled"' in text and b".unstyled { display: none; }" in style,
          "the hint does not depend on the style sheet")
    for name in ("/metrics", "/healthz", "/readyz"):
        check(f'href="{name[1:]}"' in text, f"the page has no link to {name}")


def feed(peer):
    peer.send(
        fake.hello(INSTANCE), fake.name(7, CGROUP),
        fake.event(fake.STRIDE, segments=3, sent=90, cgroup=7, nbytes=4344, flags=1),
        fake.event(2 * fake.STRIDE, segments=2, sent=10, cgroup=7, cause=fake.TIMEOUT),
        fake.event(3 * fake.STRIDE, remote="2001:db8::9", local="2001:db8::1", segments=50, sent=60),
        fake.event(4 * fake.STRIDE, remote="203.0.113.7", cause=fake.NONE, segments=0, sent=70,
                   resets_sent=2, resets_received=3),
        *(fake.counter(fake.SEGMENTS, 10 * cause + scope, label=cause, scope=scope)
          for cause in range(fake.SYN, fake.UNKNOWN + 1) for scope in (0, 1)),
        fake.counter(fake.UNATTRIBUTED, 4, label=fake.FAST),
        fake.counter(fake.UNATTRIBUTED, 5, label=fake.SYN),
        fake.counter(fake.FAILURES, 6, label=16), fake.counter(fake.MISSED, 8, label=1),
        fake.counter(fake.DEFERRED, 11), fake.counter(fake.DEFERRALS, 12),
        *(fake.counter(fake.RESETS, 20 + 2 * direction + scope, label=direction, scope=scope)
          for direction in (0, 1) for scope in (0, 1)),
        fake.counter(fake.RESETS_WITHOUT_CONNECTION, 13),
        fake.counter(fake.RESETS_UNATTRIBUTED, 14), fake.counter(fake.RESETS_UNATTRIBUTED, 15, label=1),
        fake.counter(fake.RING_SIZE, 4096), fake.counter(fake.RING_USED, 272),
        fake.counter(fake.KERNEL_RETRANS_SEGS, 1000), fake.counter(fake.KERNEL_OUT_SEGS, 2000))
    peer.acks(4 * fake.STRIDE)


def check_values(summary, metrics):
    """Compares each member with its metric in docs/api.md."""
    for scope, causes in summary["segments"].items():
        for cause, segments in causes.items():
            expect(segments, metrics.value("rexmit_segments_total", cause=cause, scope=scope),
                   f"segments.{scope}.{cause}")
    for name, value in summary["ledger"].items():
        metric = f"rexmit_{name}"
        total = metrics.sum(metric) or metrics.sum(metric + "_total")
        expect(value, total, f"ledger.{name}")
    for group in summary["groups"]:
        labels = group["labels"]
        expect(group["retransmitted"], metrics.sum("tcp_retransmissions_total", **labels),
               f"retransmitted {labels}")
        expect(group["causes"], metrics.sum_by("cause", "tcp_retransmissions_total", **labels),
               f"causes {labels}")
        for member, metric in (("sent", "tcp_segments_sent_total"),
                               ("retransmitted_bytes", "tcp_retransmitted_bytes_total"),
                               ("retransmitting_connections",
                                "tcp_retransmitting_connections_total")):
            expect(group[member], metrics.sum(metric, **labels), f"{member} {labels}")
        # The last minute contains all events.
        expect((group["recent_retransmitted"], group["recent_sent"]),
               (group["retransmitted"], group["sent"]), f"recent {labels}")


def check_resets(resets, metrics):
    for scope in ("host", "other"):
        expect(resets[scope], metrics.sum_by("direction", "rexmit_resets_total", scope=scope),
               f"resets.{scope}")
    for name, metric in (("without_connection", "rexmit_resets_without_connection_total"),
                         ("unattributed", "rexmit_unattributed_resets_total"),
                         ("evicted", "rexmit_evicted_resets_total")):
        expect(resets[name], metrics.sum(metric), f"resets.{name}")
    expect(len(resets["groups"]), 1, "the number of groups with resets")
    group = resets["groups"][0]
    expect(group["labels"]["dst_ip"], "203.0.113.7", "the peer of the resets")
    expect({"sent": group["sent"], "received": group["received"]},
           metrics.sum_by("direction", "tcp_resets_total", **group["labels"]),
           "the resets of a group")
    expect(group["recent"], 5, "the recent resets")


def data(rig):
    def history():
        summary = json.loads(get(rig, SUMMARY)[1])
        return summary["history"]["time"] and summary["audit"] and summary
    peer = rig.accept()
    begun = time.monotonic()
    feed(peer)
    summary = until("a sample of the history and of the audit", history)
    elapsed = time.monotonic() - begun
    headers, body = check_forms(rig, SUMMARY)
    expect(headers["Content-Type"], "application/json", "Content-Type")
    expect(headers["Cache-Control"], "no-store", "Cache-Control")
    expect(json.loads(body)["groups"], summary["groups"], "the groups in a second summary")
    check_values(summary, rig.scrape())
    check_resets(summary["resets"], rig.scrape())
    expect([group["labels"].get("cgroup") for group in summary["groups"]], ["unknown", SHOWN],
           "the order of the groups")
    audit = summary["audit"]
    expect((audit["kernel"], audit["counted"]), (0, 0), "audit")
    check(0 <= audit["equal_seconds_ago"] <= elapsed + 1, f"audit is {audit} after {elapsed} s")
    expect(summary["collector"]["up"], True, "collector.up")
    expect(summary["collector"]["ring_used_bytes"], 272, "ring_used_bytes")
    peer.close()
    rig.collector.close()
    gone = until("the collector's end", lambda: (
        lambda s: not s["collector"]["up"] and s)(json.loads(get(rig, SUMMARY)[1])))
    expect((gone["audit"], gone["collector"]["ring_used_bytes"]), (None, None),
           "the values that only a collector knows")
    expect(gone["segments"], summary["segments"], "the segments without a collector")


def disabled():
    rig = Rig("--web.disable-page")
    headers, html = get(rig, "/")
    check(b'href="/metrics"' in html and b"<script" not in html, "the plain index is wrong")
    check("Content-Security-Policy" not in headers, "the plain index has a policy")
    for path in (SUMMARY, "/page.js"):
        expect(exposition.get(rig.exporter.port, path)[0], 404, f"status of {path}")
    rig.stop()


def main():
    rig = Rig("--group-by", "ip_version,src_ip,dst_ip,cgroup,cause")
    files(rig)
    data(rig)
    rig.stop()
    disabled()


run_test(main)
