# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Sets the clock of a virtual machine that inside.py started. Other clocks stay unchanged."""
import time

HOUR_S = 3600


def may_be_set():
    with open("/proc/cmdline", encoding="ascii") as file:
        return {"rdinit=/init", "scenario=command"} <= set(file.read().split())


def step(by_s):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + by_s)
