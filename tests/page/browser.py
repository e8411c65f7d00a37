#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Chromium shows the values of /metrics during real loss, and contacts no other host.

The page violates no rule of its policy, and is accessible. With --images DIRECTORY the program
makes the pictures of the README instead, which takes eleven minutes.
"""
import argparse
import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import accessibility
import network
import exposition
import pipeline
import traffic
from chromium import need_chromium
from lifetime import check, command, need_root_and_namespaces, on_exit, run_test, skip, stop, until
from shown import Shown, number

ROOT = Path(__file__).resolve().parents[2]
CAUSES = ("fast", "probe", "slow_start", "timeout", "syn", "synack", "unknown")
LEFT = "\ue012"  # WebDriver, 17.4.2


def check_between(before, shown, after, what):
    check(before <= shown <= after,
          f"{what}: the page shows {shown}, /metrics has {before} to {after}")


def check_causes(shown, before, after):
    rows = shown.rows("#causes tbody")
    check(tuple(rows) == CAUSES, f"causes: {list(rows)}")
    for cause, cells in rows.items():
        for scope, cell in (("host", cells[3]), ("other", cells[4])):
            check_between(*(value for value in (
                before.value("rexmit_segments_total", cause=cause, scope=scope), number(cell),
                after.value("rexmit_segments_total", cause=cause, scope=scope))),
                f"{cause}, {scope}")


def check_ledger(shown, before, after):
    rows = shown.rows("#ledger tbody")
    check(len(rows) == 13, f"ledger: {list(rows)}")
    for name, (cell,) in rows.items():
        # A gauge may change between the two scrapes.
        if name == "deferred_segments":
            continue
        metric = f"rexmit_{name}_total"
        check_between(before.sum(metric), number(cell), after.sum(metric), name)


def check_peers(shown, before, after):
    rows = shown.rows("#peers tbody")
    check(0 < len(rows) <= 20, f"{len(rows)} peers")
    for key, cells in rows.items():
        labels = json.loads(key)[0]
        retransmitted = [metrics.sum("tcp_retransmissions_total", **labels)
                         for metrics in (before, after)]
        sent = [metrics.sum("tcp_segments_sent_total", **labels) for metrics in (before, after)]
        check_between(retransmitted[0], number(cells[3]), retransmitted[1], f"{labels}: segments")
        check_between(sent[0], number(cells[4]), sent[1], f"{labels}: sent")
        if number(cells[4]):
            ratio = 100 * number(cells[3]) / number(cells[4])
            shows = cells[5] == "< 0.01 %" if ratio < 0.005 else \
                abs(number(cells[5]) - ratio) <= max(0.005, ratio / 100)
            check(shows, f"{labels}: ratio {cells}")
        check_shown_consequences(cells, labels, before, after)


def check_shown_consequences(cells, labels, before, after):
    """Checks the consequences of one peer."""
    for cell, metric in ((cells[7], "tcp_retransmission_stall_seconds_total"),
                         (cells[8], "tcp_connections_timed_out_total")):
        was, now = (metrics.sum(metric, **labels) for metrics in (before, after))
        slack = max(0.005, now / 200) if cell.endswith(" s") else 0  # the page shows three digits
        check(was - slack <= number(cell) <= now + slack,
              f"{labels}: the page shows {cell}, /metrics has {was} to {now}")
    check(cells[6].endswith("%") or cells[6] == "–", f"{labels}: spurious {cells[6]}")


def check_consequences(shown, before, after):
    """Checks the consequences of all peers. The sums include removed groups."""
    rows = shown.rows("#consequences tbody")
    phases = {phase: ("tcp_connections_timed_out_total", {"phase": phase})
              for phase in ("connect", "established", "closing")}
    wanted = {"spurious": ("tcp_spurious_retransmissions_total", {}),
              "out_of_order": ("tcp_out_of_order_segments_received_total", {}), **phases}
    check(set(rows) == {"stalls", *wanted}, f"consequences: {rows}")
    for key, (metric, labels) in wanted.items():
        was, now = (metrics.sum(metric, **labels) for metrics in (before, after))
        check_between(was, number(rows[key][1]), now, key)
    for key, metric in (("connect", "tcp_connections_total"), ("out_of_order", "tcp_segments_received_total")):
        was, now = (metrics.sum(metric) for metrics in (before, after))
        check_between(was, number(rows[key][3]), now, metric)
    check(number(shown.text("broken")) == sum(number(rows[phase][1]) for phase in phases),
          "the number of timed-out connections is wrong")
    check(shown.text("spurious") == rows["spurious"][2],
          "the share of spurious retransmissions is wrong")
    check(shown.text("stalls") == rows["stalls"][1], "the time of stalls is wrong")


def check_resets(shown, before, after):
    rows = shown.rows("#resets tbody")
    check(list(rows) == ["sent", "received"], f"resets: {rows}")
    for direction, cells in rows.items():
        for scope, cell in (("host", cells[3]), ("other", cells[4])):
            was, now = (metrics.value("rexmit_resets_total", direction=direction, scope=scope)
                        for metrics in (before, after))
            check_between(was, number(cell), now, f"resets {direction}, {scope}")
    rows = shown.rows("#resetting tbody")
    check(0 < len(rows) <= 10, f"{len(rows)} peers with resets")
    for key, (_, *cells) in rows.items():
        for direction, cell in zip(("sent", "received"), cells):
            was, now = (metrics.sum("tcp_resets_total", direction=direction, **json.loads(key))
                        for metrics in (before, after))
            check_between(was, number(cell), now, f"resets {direction}, {key}")


def rate(summary, scopes, names):
    """Returns the rate of these counters in the last minute, summed over scopes and names."""
    times = summary["history"]["time"]
    n = seconds = 0
    for i, begin in enumerate(times[:-1]):
        if summary["time"] - begin < 65:
            n += sum(summary["history"][scope][name][i] for scope in scopes for name in names)
            seconds += times[i + 1] - begin
    return n / seconds


def check_rates(shown, summary, scopes):
    for direction, cells in shown.rows("#resets tbody").items():
        wanted = rate(summary, ("host", "other"), ["resets_" + direction])
        check(abs(number(cells[1]) - wanted) <= max(0.005, wanted / 100),
              f"rate of resets {direction}: {cells[1]}, expected {wanted}")
    have = {key: number(cells[1]) for key, cells in shown.rows("#causes tbody").items()}
    have["all"] = number(shown.rows("#causes tfoot")["sum"][1])
    for name, value in have.items():
        wanted = rate(summary, scopes, CAUSES if name == "all" else [name])
        check(abs(value - wanted) <= max(0.005, wanted / 100),
              f"rate of {name}: {value}, expected {wanted}")


def check_numbers(shown):
    """Compares the page with two scrapes of /metrics, one before and one after it."""
    before = shown.exporter.scrape()
    summary = shown.refresh()
    after = shown.exporter.scrape()
    check_causes(shown, before, after)
    check_ledger(shown, before, after)
    check_peers(shown, before, after)
    check_consequences(shown, before, after)
    check_resets(shown, before, after)
    check_rates(shown, summary, ("host", "other"))
    resets = rate(summary, ("host", "other"), ("resets_sent", "resets_received"))
    check(abs(number(shown.text("reset-rate")) - resets) <= max(0.005, resets / 100),
          "the rate of resets is wrong")
    check(number(shown.text("rate")) == number(shown.rows("#causes tfoot")["sum"][1]),
          "the page shows two different rates")
    audit = summary["audit"]
    rows = shown.rows("#audit-table tbody")
    check(number(rows["Counted by rexmit"][0]) == audit["counted"], f"audit: {rows}")
    check(number(rows["RetransSegs of the kernel"][0]) == audit["kernel"], f"audit: {rows}")
    if audit["kernel"] == audit["counted"]:
        check(shown.text("audit") == "✓ equal", shown.text("audit"))
    return summary


def check_slider(shown):
    """Each key press in the plot shows another sample. The plot starts with the newest sample."""
    browser = shown.browser
    summary = shown.refresh()
    times = summary["history"]["time"]
    browser.run("document.getElementById('when').focus()")
    for back in range(1, len(times)):
        segments = {cause: sum(summary["history"][scope][cause][-back] for scope in ("host", "other"))
                    for cause in CAUSES}
        seconds = times[-back] - times[-back - 1]
        readout = dict(re.findall(r"([a-z_]+) ([0-9.,]+)", shown.text("readout")))
        check(set(readout) == {cause for cause in CAUSES if segments[cause]},
              f"the plot reads out {readout}, expected {segments}")
        for cause, value in readout.items():
            wanted = segments[cause] / seconds
            check(abs(number(value) - wanted) <= max(0.005, wanted / 100), f"{cause}: {readout}")
        announced = browser.run("return document.getElementById('when').getAttribute('aria-valuetext')")
        check(announced == shown.text("readout"), f"a screen reader receives {announced}")
        browser.press(LEFT)


def check_scopes(shown):
    for scope in ("host", "other", "all"):
        shown.browser.run("document.querySelector(`input[value=${arguments[0]}]`).click()", scope)
        summary = shown.refresh()
        check_rates(shown, summary, ("host", "other") if scope == "all" else (scope,))


def check_pause(shown):
    with shown.paused():
        shown.refresh()
        shown.browser.requests()
        time.sleep(6)  # an unpaused page sends a request every 5 seconds
        check(not shown.browser.requests(), "the page sends requests while it is paused")
        pressed = shown.browser.run("return document.getElementById('pause').ariaPressed")
        check(pressed == "true", f"aria-pressed is {pressed}")
    until("a request", shown.browser.requests)


def check_states(shown, directory, collector):
    """Checks the page after a program ends, and after it starts again."""
    collector.stop()
    shown.until_announced("No collector")
    check(shown.rows("#collector tbody")["Ring in use"][0] == "– of –",
          "the page shows a ring without a collector")
    check(shown.text("audit") == "unknown", shown.text("audit"))
    shown.browser.screen(320, 640)
    accessibility.check_reflow(shown.browser)
    accessibility.check_names(shown.browser)
    pipeline.Collector(directory).wait()
    shown.until_announced("Counting")
    shown.check_quiet()
    shown.exporter.stop()
    shown.refresh()
    check(shown.text("state") == "The exporter does not answer", shown.text("state"))


def lose(pair):
    """Loses segments until the end of the test, and makes connections that time out."""
    client, server = pair
    client.sysctl(tcp_syn_retries=2)
    traffic.listen(server, "::")
    server.drop(network.random_loss(3), f"tcp dport {traffic.PORT + 1}")
    for address in (server.v4, server.v6):
        traffic.Connector(client, address, count=100000, parallel=3, bytes=300_000, may_fail=True)
        traffic.Connector(client, address, count=1000, abort=True, may_fail=True)


def test():
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory).wait()
    exporter = pipeline.Exporter(directory, "--max-series", "200000").wait().wait_for_collector()
    with network.make_pair() as pair:
        lose(pair)
        shown = Shown(exporter)
        until("two samples with losses", lambda: rate_of_now(shown) > 0, every=1)
        with shown.paused():  # between two answers of the browser, the page must not change
            for _ in range(5):
                check_numbers(shown)
            check_scopes(shown)
            check_slider(shown)
        shown.check_forms()
    with shown.paused():
        check_numbers(shown)
    paths = shown.check_quiet()
    check({"/", "/page.js", "/uplot.js", "/page.css", "/api/v1/summary"} <= paths, f"asked: {paths}")
    check_pause(shown)
    check_states(shown, directory, collector)


def rate_of_now(shown):
    summary = shown.refresh()
    return len(summary["history"]["time"]) > 1 and rate(summary, ("host", "other"), CAUSES)


def make_images(directory):
    """Makes pictures after ten minutes of scripts/make-loss. They also show this machine's own
    losses."""
    for tool in ("pngquant", "optipng"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    private = pipeline.private_directory()
    pipeline.Collector(private).wait()
    exporter = pipeline.Exporter(private).wait().wait_for_collector()
    stages = ((3, 200), (8, 90), (2, 320))
    for loss, seconds in stages:
        demo = subprocess.Popen([ROOT / "scripts/make-loss", "--loss", str(loss)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        on_exit(stop, demo)
        for _ in range(seconds):
            exposition.get(exporter.port)  # the host sends segments, which its ratio needs
            time.sleep(1)
        # The last workload continues while the pictures are taken.
        if (loss, seconds) != stages[-1]:
            stop(demo)
    shown = Shown(exporter)
    for scheme in ("light", "dark"):
        shown.browser.screen(1200, 1100, scheme=scheme)
        shown.refresh()
        path = f"{directory}/page-{scheme}.png"
        shown.browser.screenshot(path, 1100)
        command("pngquant", "--force", "--skip-if-larger", "--output", path, "64", path)
        command("optipng", "-quiet", "-o5", path)
    shown.check_quiet()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIRECTORY")
    options = parser.parse_args()
    need_root_and_namespaces()
    need_chromium()
    if options.images:
        make_images(options.images)
    else:
        test()


run_test(main)
