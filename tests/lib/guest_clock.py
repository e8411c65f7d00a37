# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The clock of a guest that inside.py started. No other machine's clock may be set."""
import time

HOUR_S = 3600


def may_be_set():
    with open("/proc/cmdline", encoding="ascii") as file:
        return {"rdinit=/init", "scenario=command"} <= set(file.read().split())


def step(by_s):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + by_s)
