# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Measures a scrape from connect(2) to the last byte. The floor is a write(2) of as many bytes.

"N series" has one metric with N series, and rexmit's own metrics. "4 x N series" has the metrics
that real loss causes for N groups: retransmissions, segments sent, bytes and connections.
"""
import subject

SERIES = (1_000, 10_000, 100_000)
RING_BYTES = 16 << 20  # has room for one record of each series


def milliseconds(done):
    return done["ns"] / 1e6


def measure_plain(report, port, title, rounds, goal=""):
    """Measures a plain scrape and its floor. Returns the floor."""
    times, floors = [], []
    for _ in range(rounds):
        done = subject.tool("rexmit-transfer", "scrape", port)
        times.append(milliseconds(done))
        floors.append(milliseconds(subject.tool("rexmit-transfer", "page", done["bytes"])))
    floor = report.add(f"{title}, plain: a page by write(2)", "ms", floors)
    report.add(f"{title}, plain: scrape", "ms", times, floor, goal)
    report.add(f"{title}, plain: size", "kB", [done["bytes"] / 1000])
    return floor


def measure_gzip(report, port, title, rounds, floor):
    done = [subject.tool("rexmit-transfer", "scrape", port, "gzip")
            for _ in range(rounds)]
    report.add(f"{title}, gzip: scrape", "ms", [milliseconds(one) for one in done], floor)
    report.add(f"{title}, gzip: size", "kB", [done[-1]["bytes"] / 1000])


def measure(report, quick):
    report.section("Scrape")
    for count in SERIES:
        for title, options in ((f"{count} series", ["bare"]), (f"4 x {count} series", [])):
            with subject.Subject("--max-series", "200000", ring_bytes=RING_BYTES) as rexmit:
                rexmit.make_series(count, *options)
                rounds = 5 if quick else 15
                port = rexmit.exporter.port
                floor = measure_plain(report, port, title, rounds, goal="ratio <= 2")
                measure_gzip(report, port, title, rounds, floor)
