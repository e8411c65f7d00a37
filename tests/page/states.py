#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Chromium shows the page in every state, with a simulated collector.

The states are: before the first collector, without losses, with the most and the longest values,
open for hours, without an exporter, and with a new exporter. --pictures DIRECTORY saves a picture
of each state on each form of screen.
"""
import argparse
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "exporter"))

import fake_collector as fake  # noqa: E402
from chromium import need_chromium  # noqa: E402
from lifetime import check, run_test, until  # noqa: E402
from rig import Rig  # noqa: E402
from shown import Shown, number  # noqa: E402

GROUPS = ("--group-by", "ip_version,src_ip,src_port,dst_ip,dst_port,cgroup,netns,role,cause")
PEERS = 3000
MOST = 2**53 - 1  # the largest integer that a double represents exactly
CGROUP = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" \
    "0d1c4a2e_52b7_4d9c_a4b0_3f5d0d8f1c22.slice/cri-containerd-" + "5e" * 32 + ".scope"

HEADS = """
return [...document.querySelectorAll("#peers tbody th, #resetting tbody th")]
    .map(head => [head.textContent, head.title]);
"""


class GrowingCollector:
    """A connected collector. Each call sends totals, which are larger than those before."""

    def __init__(self, rig, instance, totals):
        self.peer = rig.accept()
        self.peer.send(fake.hello(instance))
        self._totals = totals
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self):
        while not self._ended.wait(0.5):
            self.peer.send(*self._totals())

    def close(self):
        self._ended.set()
        self._thread.join()
        self.peer.close()


def quiet_totals(sent):
    """Returns the totals of a host that sends more segments each time and loses none."""
    segments = 1000
    while True:
        segments += sent
        yield [fake.counter(fake.KERNEL_OUT_SEGS, segments),
               fake.counter(fake.KERNEL_RETRANS_SEGS, 0),
               fake.counter(fake.RING_SIZE, 4 << 20), fake.counter(fake.RING_USED, 0),
               fake.counter(fake.DEFERRED, 0),
               *(fake.counter(fake.SEGMENTS, 0, cause, scope)
                 for cause in range(fake.SYN, fake.UNKNOWN + 1) for scope in (0, 1))]


def huge_totals():
    """Returns the longest possible numbers."""
    return [fake.counter(number, MOST, label, scope)
            for number, labels, scopes in ((fake.SEGMENTS, range(1, 8), (0, 1)),
                                           (fake.UNATTRIBUTED, range(1, 8), (0,)),
                                           (fake.RESETS, (0, 1), (0, 1)),
                                           (fake.RESETS_UNATTRIBUTED, (0,), (0,)),
                                           (fake.RESETS_WITHOUT_CONNECTION, (0,), (0,)),
                                           (fake.DEFERRED, (0,), (0,)), (fake.DEFERRALS, (0,), (0,)),
                                           (fake.KERNEL_OUT_SEGS, (0,), (0,)),
                                           (fake.KERNEL_RETRANS_SEGS, (0,), (0,)))
            for label in labels for scope in scopes]


def crowd(peer):
    """Sends peers with the longest addresses and names. The last peer has lost the most."""
    peer.send(fake.name(7, CGROUP))
    position = 0
    for begin in range(0, PEERS, 100):
        records = []
        for i in range(begin, begin + 100):
            position += fake.STRIDE
            records.append(fake.event(
                position, local="2001:db8:1111:2222:3333:4444:5555:6666",
                remote=f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{0x1000 + i:x}", cgroup=7,
                netns=4026531840, segments=100_000 * i + 1, sent=4_000_000_000,
                resets_sent=i, resets_received=2 * i))
            position += fake.STRIDE
            records.append(fake.event(
                position, local="2001:db8:1111:2222:3333:4444:5555:6666",
                remote=f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{0x1000 + i:x}", cgroup=7,
                netns=4026531840, cause=fake.NONE, segments=0, stall_us=2**32 - 1, timers=3,
                received=2**32 - 1, out_of_order=2**32 - 1, spurious=50_000 * i,
                flags=fake.ENDED, timed_out=1 + i % 3))
        peer.send(*records)
        peer.drain()
    peer.acks(position)


def check_hidden(shown, hidden):
    for name in ("peers", "resetting"):
        have = shown.browser.run("return document.getElementById(arguments[0]).checkVisibility()", name)
        check(have != hidden, f"{name}: expected {'hidden' if hidden else 'shown'}")


def before_a_collector(pictures):
    rig = Rig()
    rig.collector.close()
    shown = Shown(rig.exporter, "No collector")
    check_hidden(shown, True)
    check(shown.text("rate") == "–", shown.text("rate"))
    check(shown.text("rate-note") == "no collector connected", shown.text("rate-note"))
    shown.check_forms(pictures, "before")
    shown.check_quiet()
    rig.stop()


def without_a_segment(shown):
    until("two samples", lambda: len(shown.refresh()["history"]["time"]) > 1)
    check(shown.text("ratio") == "–", shown.text("ratio"))
    check(shown.text("ratio-note") == "nothing was sent", shown.text("ratio-note"))
    for change, note in (("audit: null", "OutSegs is not known"),
                         ("history: {...summary.history, kernel_retrans_segments:"
                          " summary.history.kernel_retrans_segments.fill(3)}", "retransmitted, nothing else sent")):
        shown.browser.run(f"showRate({{...summary, {change}}})")
        check(shown.text("ratio") == "–", shown.text("ratio"))
        check(shown.text("ratio-note").endswith(note), shown.text("ratio-note"))


def without_a_loss(shown, pictures):
    until("a ratio", lambda: shown.refresh() and shown.text("ratio") == "0 %")
    check_hidden(shown, True)
    check(shown.text("rate-note") == "no retransmissions", shown.text("rate-note"))
    for change in ("", ", audit: null"):  # with the audit, and without it
        shown.browser.run(f"showRate({{...summary{change}}})")
        check(shown.text("ratio-note").endswith(" segments"), shown.text("ratio-note"))
    check(shown.text("peers-note") == "There are no retransmissions.", shown.text("peers-note"))
    check(shown.text("resets-note") == "No connection was reset.", shown.text("resets-note"))
    shown.check_forms(pictures, "quiet")


def crowded(rig, shown, pictures):
    """The largest possible page, compared with /metrics."""
    shown.refresh()
    check_hidden(shown, False)
    check(len(shown.rows("#peers tbody")) == 20, "expected 20 peers")
    note = shown.text("peers-note")
    check(note.startswith("The 20 of 3,000 groups with the most retransmissions in the last "), note)
    rows = shown.rows("#resetting tbody")
    check([number(cells[1]) for cells in rows.values()] == list(range(2999, 2989, -1)), f"{rows}")
    check([number(cells[2]) for cells in rows.values()] == list(range(5998, 5978, -2)), f"{rows}")
    cgroup = "…/cri-containerd-" + "5e" * 9 + "5…" + "e5e5e.scope"
    heads = shown.browser.run(HEADS)
    check(len(heads) == 30 and all(cgroup in text and title == CGROUP for text, title in heads), heads)
    check("port scan" in shown.text("resets-note"), shown.text("resets-note"))
    shown.check_forms(pictures, "crowded")


# Counts of elements and listeners, and bytes of JavaScript's heap, after a garbage collection.
HELD = ("Nodes", "JSEventListeners", "JSHeapUsedSize")
SHOW_OFTEN = """
for (let i = 0; i < arguments[0]; i++) {
    // Numbers, their widths, and all of the peers change.
    summary.time += 5;
    for (const group of summary.resets.groups) group.labels.dst_port = String(i);
    for (const group of summary.groups) {
        group.recent_retransmitted++;
        group.labels.dst_port = String(i);
        for (const cause of CAUSES) group.causes[cause] = (group.causes[cause] || 1) * 7 % 1000003;
    }
    show(summary);
}
"""


def held(shown):
    shown.browser.devtools("HeapProfiler.collectGarbage")
    shown.browser.devtools("HeapProfiler.collectGarbage")
    metrics = shown.browser.devtools("Performance.getMetrics")["metrics"]
    values = {metric["name"]: metric["value"] for metric in metrics}
    return [values[name] for name in HELD]


def left_open(shown):
    """Hundreds of summaries with different peers leave nothing in the browser's memory.

    A row uses about a kilobyte, and a summary has thirty rows.
    """
    shown.browser.devtools("Performance.enable")
    with shown.paused():
        shown.refresh()
        shown.browser.run(SHOW_OFTEN, 50)
        shown.refresh()
        before = held(shown)
        for _ in range(4):
            shown.browser.run(SHOW_OFTEN, 50)
        shown.refresh()
        after = held(shown)
    print(dict(zip(HELD, zip(before, after))))
    check(after[0] <= before[0] + 100, f"the nodes increased from {before[0]} to {after[0]}")
    check(after[1] == before[1], f"the listeners changed from {before[1]} to {after[1]}")
    check(after[2] < before[2] + (1 << 20), f"the heap grew from {before[2]} to {after[2]} bytes")


def exporter_goes(rig, shown, pictures):
    """The page reports an exporter that does not answer, and continues with the next exporter."""
    rig.stop()
    shown.until_announced("The exporter does not answer")
    check(shown.browser.run("return document.title") == "No answer – rexmit", "the title is wrong")
    check(shown.browser.run("return document.body.classList.contains('stale')"),
          "the page does not mark old numbers")
    shown.browser.run("document.querySelector('input[value=host]').click()")
    check(shown.text("state") == "The exporter does not answer",
          "another scope hides that the exporter does not answer")
    shown.check_forms(pictures, "gone")
    # Chromium itself logs each request that failed.
    messages = [m for m in shown.browser.log("browser") if "ERR_CONNECTION_REFUSED" not in m["message"]]
    check(not messages, f"in the console: {messages}")
    rig.start(*GROUPS, "--web.listen-address", f"127.0.0.1:{shown.exporter.port}")
    shown.until_announced("No collector")
    check(not shown.browser.run("return document.body.classList.contains('stale')"),
          "the page marks new numbers as old")


def not_understood(shown):
    """The page reports an answer that it cannot show, and continues to send requests."""
    with shown.paused():
        shown.browser.run("window.whole = fetchSummary;"
                          "fetchSummary = async () => ({exporter: {version: loadedFrom}}); poll()")
        until("the failure", lambda: shown.text("state") == "The exporter’s answer cannot be shown")
        messages = [m["message"] for m in shown.browser.log("browser")]
        check(len(messages) == 1 and "TypeError" in messages[0], f"in the console: {messages}")
        shown.browser.run("fetchSummary = whole")
    until("the next answer", lambda: shown.text("state") == "No collector")
    shown.check_quiet()


def exporter_changes(shown):
    """The browser reloads the page after another version of the exporter has started."""
    shown.browser.run("window.old = true; loadedFrom = 'another version'; poll()")
    until("the reloaded page", lambda: shown.browser.run("return !window.old && document.title"))
    until("its first summary", lambda: shown.text("state") == "No collector")


def test(pictures):
    before_a_collector(pictures)
    rig = Rig(*GROUPS)
    totals_now = [quiet_totals(0).__next__]
    collector = GrowingCollector(rig, b"q" * 16, lambda: totals_now[0]())
    shown = Shown(rig.exporter)
    with shown.paused():  # the page must not undo showRate()
        without_a_segment(shown)
        totals_now[0] = quiet_totals(500).__next__
        without_a_loss(shown, pictures)
    crowd(collector.peer)
    totals_now[0] = huge_totals
    until("the last totals", lambda: rig.value("rexmit_resets_without_connection_total") == MOST)
    crowded(rig, shown, pictures)
    left_open(shown)
    shown.check_quiet()
    collector.close()
    rig.collector.close()
    shown.until_announced("No collector")
    shown.check_forms(pictures, "after")
    exporter_goes(rig, shown, pictures)
    not_understood(shown)
    exporter_changes(shown)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", metavar="DIRECTORY", type=os.path.abspath)
    options = parser.parse_args()
    need_chromium()
    test(options.pictures)


run_test(main)
