# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Sets the clock of a virtual machine that inside.py started, or suspends the machine.

Other machines stay unchanged.
"""
import time
from pathlib import Path

HOUR_S = 3600


def may_be_set():
    with open("/proc/cmdline", encoding="ascii") as file:
        return {"rdinit=/init", "scenario=command"} <= set(file.read().split())


def step(by_s):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + by_s)


def suspend(seconds):
    """Suspends the machine to memory, until the alarm of its clock. Returns how many seconds it slept."""
    def asleep_s():
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    before = asleep_s()
    Path("/sys/class/rtc/rtc0/wakealarm").write_text(f"+{seconds}", encoding="ascii")
    Path("/sys/power/state").write_text("mem", encoding="ascii")
    return asleep_s() - before
