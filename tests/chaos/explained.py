# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Lists the log lines that the soak may cause, each with its reason.

Any other line fails the test. Then either a program is wrong, or the list needs an entry.
"""
import os
import re
from collections import Counter

LEFT_OUT = r"(?: \(\d+ such lines were left out\))?"
LINES = {
    "collector": {
        r"counting as user \d+, host network namespace \d+, ring \d+ bytes, socket \S+":
            "each start",
        r"stopped by SIGTERM after .*; pinned programs keep counting":
            "restart_collector",
        r"exporter \(process \d+, user \d+\) connected":
            "each start of a program; a visit; second_client, if it connects before the exporter",
        r"exporter \(process \d+\) disconnected":
            "the exporter, a visit or a client of second_client ended",
        r"refused the connection of process \d+, user \d+: busy":
            "second_client or the exporter connected while the other was connected",
        # This process runs second_client. No other process may break the protocol.
        rf"closing the connection of process {os.getpid()}: it sent a packet with a wrong \w+":
            "second_client sends random bytes, and acknowledges positions that it did not receive",
    },
    "exporter": {
        r"version \S+, serving https://127\.0\.0\.1:\d+/metrics":
            "each start",
        r"stopping on signal 15":
            "restart_exporter",
        r"connected to collector \S+ at \S+":
            "each start of either program",
        r"collector at \S+: it serves another exporter .*; trying again":
            "second_client connected first; the end of a detour (visits.py)",
        r"refused a wrong password from 127\.0\.0\.1(?:; lines left out before it: \d+)?":
            "wrong_passwords",
        r"reloaded \S+/web\.yml":
            "reload: SIGHUP, or another certificate",
        r"read 2 networks from \S+":
            "reload: SIGHUP",
    },
}
# Lines of an exporter whose collector the test ends.
COLLECTOR_ENDS = {
    r"collector at \S+: it closed the connection; trying again":
        "the collector ended",
    r"collector at \S+: (?:Connection reset by peer|Broken pipe); trying again":
        "the collector was killed before it had read the exporter's last record",
    r"collector at \S+: .*(?:Connection refused|No such file or directory).*; trying again":
        "the collector has not started again yet",
    r"collector at \S+: Permission denied .*; trying again":
        "a starting collector has made its socket, but the exporter's user has no access yet",
}


def lines_of(who, ends):
    """`ends` is the program of the pair that the test ends."""
    return LINES[who] | (COLLECTOR_ENDS if (who, ends) == ("exporter", "collector") else {})


def explain(who, lines, log):
    """Returns (how often each of `lines` matched a line of the log, the other lines of the log)."""
    counts, rest = Counter(), []
    for line in log.splitlines():
        text = line.removeprefix(f"rexmit-{who}: ")
        pattern = next((p for p in lines if re.fullmatch(p + LEFT_OUT, text)), None)
        if pattern:
            counts[pattern] += 1
        else:
            rest.append(line)
    return counts, rest
