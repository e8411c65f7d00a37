#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The documents and the code have the same numbers."""
import re
import unittest

from tree import ROOT

NUMBER = r"(\d[\d ]*(?:\.\d+)?)"
HTTP_LIMITS, COLLECTOR = "exporter/http/limits.c", "collector/server.c"
LOOKOUT = "collector/lookout.h"
# (document, its text, file, its text[, factor between their units]). "#" stands for the number.
SAID = (
    ("SECURITY.md", "A request has # seconds", HTTP_LIMITS, ".request_seconds = #,"),
    ("SECURITY.md", "# KiB of headers", HTTP_LIMITS, ".header_bytes = #,", 1024),
    ("SECURITY.md", "A response has # seconds", HTTP_LIMITS, ".response_seconds = #,"),
    ("SECURITY.md", "at most # seconds, as long", HTTP_LIMITS, ".scrape_seconds = #,"),
    ("SECURITY.md", "idle for # seconds", HTTP_LIMITS, ".idle_seconds = #,"),
    ("SECURITY.md", "At most # connections are open", HTTP_LIMITS, ".connections = #,"),
    ("SECURITY.md", "reading share # MiB", HTTP_LIMITS, ".output_bytes = # << 20,"),
    ("SECURITY.md", "sent nothing for # ms", "exporter/http/admission.c", "SILENT_MS #\n"),
    ("SECURITY.md", "of their response for # ms", "exporter/http/admission.c", "STALLED_MS #\n"),
    ("SECURITY.md", "until it is # ms old", "exporter/metrics/exposition.h", "EXPOSITION_SHARED_MS #\n"),
    ("SECURITY.md", "have # more places. At most 128", HTTP_LIMITS, ".readers = #,"),
    ("SECURITY.md", "most # KiB of lines", HTTP_LIMITS, ".reader_bytes = # <<"),
    ("SECURITY.md", "nothing for # second although", "exporter/http/admission.c", "READER_MS #\n", 1000),
    ("docs/api.md", "At most # clients read", HTTP_LIMITS, ".readers = #,"),
    ("docs/api.md", "most # KiB of lines", HTTP_LIMITS, ".reader_bytes = # <<"),
    ("docs/api.md", "nothing for # second although", "exporter/http/admission.c", "READER_MS #\n", 1000),
    ("docs/api.md", "nothing for # seconds although", HTTP_LIMITS, ".response_seconds = #,"),
    ("docs/api.md", "after # seconds without", "exporter/events/live.c", "SILENT_SECONDS #\n"),
    ("SECURITY.md", "At most # wait", "exporter/web_config/attempts.h", "ATTEMPTS_QUEUED # "),
    ("SECURITY.md", "last # wrong passwords", "exporter/web_config/networks.h", "NETWORKS_WRONG #\n"),
    ("SECURITY.md", "address: # lines at once", "exporter/web_config/login_log.h",
     "LOGIN_LINES_AT_ONCE #\n"),
    ("SECURITY.md", "No RESUME within # seconds", COLLECTOR, "RESUME_SECONDS #"),
    ("SECURITY.md", "start, for at most # seconds", "collector/walker.c", "START_SECONDS #\n"),
    ("docs/protocol.md", "| 2 | 2 | version | # |", "protocol/wire.h", "WIRE_VERSION #\n"),
    ("docs/protocol.md", "A packet is 1 to # whole", "protocol/wire.h", "WIRE_PACKET_RECORDS #\n"),
    ("docs/protocol.md", "within # seconds of the connect", COLLECTOR, "RESUME_SECONDS #"),
    ("docs/protocol.md", "| from connect to RESUME | # s |", COLLECTOR, "RESUME_SECONDS #"),
    ("docs/protocol.md", "every # ms, sooner", LOOKOUT, "INTERVAL_MS #"),
    ("docs/protocol.md", "at once after # ms", LOOKOUT, "INTERVAL_MS #", 1 / 4),
    ("docs/performance.md", "After # polls", LOOKOUT, "EMPTY_READS #"),
    ("docs/protocol.md", "again after at most # ms", "exporter/intake/link.c", "BACK_OFF_FIRST_MS #\n"),
    ("docs/protocol.md", "time, up to # seconds", "exporter/intake/link.c", "LAST_MS #\n", 1000),
    ("docs/protocol.md", "each of # slots", "protocol/wire.h", "WIRE_CGROUP_SLOTS # "),
    ("docs/protocol.md", "the last # ids", "protocol/wire.h", "WIRE_CGROUP_WAYS # "),
    ("docs/protocol.md", "paths of the # cgroups", "bpf/cgroup.bpf.h", "CGROUP_PATHS #\n"),
    ("docs/metrics.md", "paths of the # cgroups", "bpf/cgroup.bpf.h", "CGROUP_PATHS #\n"),
    ("docs/metrics.md", "bytes or # levels", "bpf/cgroup.bpf.h", "CGROUP_DEPTH # "),
    ("docs/metrics.md", "heard in the last # s", "exporter/intake/link.h", "LINK_SILENT_SECONDS #\n"),
    ("docs/metrics.md", "at most # ms old", "exporter/metrics/exposition.h", "EXPOSITION_SHARED_MS #\n"),
    ("docs/metrics.md", "`--max-series N` (#)", "exporter/exporter_options.c", ".max_series = #,"),
    ("docs/api.md", "at most # KiB", "tests/unit/exporter/test_summary.c", "SUMMARY_BYTES (# << 10)"),
    ("docs/api.md", "the # [connection groups]", "exporter/counts/top.h", "TOP_GROUPS #\n"),
    ("docs/api.md", "the oldest first: at most #", "exporter/counts/history.h", "HISTORY_SAMPLES # "),
    ("docs/api.md", "a sample every # seconds", "exporter/counts/history.h", "HISTORY_SECONDS #\n"),
    ("docs/web-config.md", "up to # names", "exporter/web_config/web_config.h", "WEB_USERS_MAX #\n"),
    ("docs/web-config.md", "of cost # to", "exporter/web_config/web_config.c", "COST_MIN #\n"),
    ("docs/web-config.md", "of cost 4 to #.", "exporter/web_config/web_config.c", "COST_MAX #\n"),
    ("docs/man/rexmit-collector.8.scd", "(default #,", "collector/collector_options.c", "1 GiB (default #)"),
    ("docs/man/rexmit-exporter.8.scd", "up to # (", "exporter/counts/table.h", "TABLE_LIMIT_MAX #\n"),
    ("docs/man/rexmit-exporter.8.scd", "000 (default #)", "exporter/exporter_options.c", ".max_series = #,"),
    ("docs/man/rexmit-exporter.8.scd", "at most #d)", "exporter/exporter_options.c", "up to #d"),
    ("docs/performance.md", "polls the ring # times", LOOKOUT, "INTERVAL_MS #"),
)
CALLS = {
    "collector/collector_system_calls.c": (
        ("SECURITY.md", "# system calls, none"), ("SECURITY.md", "only the # system calls"),
        ("docs/fleet.md", "its own # calls"),
        ("docs/man/rexmit-collector.8.scd", "and # system calls"),
        ("collector/collector_system_calls.h", "The # system calls"),
        ("packaging/debian/control", "capabilities and # system calls"),
        ("packaging/rpm/rexmit.spec", "capabilities and # system calls")),
    "collector/walker_system_calls.c": (
        ("SECURITY.md", "connects, and # in its walker"),
        ("docs/man/rexmit-collector.8.scd", "make # system calls"),
        ("collector/walker_system_calls.h", "The # system calls"),
        ("collector/walker.h", "with # system calls")),
}


def number(path, pattern):
    """Returns the number in place of "#". A space of the pattern may be a line's end in the
    document."""
    words = "".join(NUMBER if part == "#" else r"\s+" if part.isspace() else re.escape(part)
                    for part in re.split(r"(#|\s+)", pattern))
    found = re.findall(words, (ROOT / path).read_text())
    assert len(found) == 1, f"{path}: {len(found)} times '{pattern}'"
    return float(found[0].replace(" ", ""))


class Limits(unittest.TestCase):
    def test_are_the_code_s(self):
        for document, said, source, made, *unit in SAID:
            value = number(source, made) / (unit[0] if unit else 1)
            if said == "polls the ring # times":
                value = 1000 / value
            self.assertEqual(number(document, said), value, f"{document}: {said}")

    def test_system_calls(self):
        for source, said in CALLS.items():
            calls = set(re.findall(r"SCMP_SYS\((\w+)\)", (ROOT / source).read_text()))
            for document, words in said:
                self.assertEqual(number(document, words), len(calls), f"{document}: {words}")


if __name__ == "__main__":
    unittest.main()
