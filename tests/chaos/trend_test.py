#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Trend finds a leak under noise. It finds none in noise or in a warm-up alone."""
import math
import random

from lifetime import check, run_test
from trend import Trend, fit

HOURS_S, EVERY_S, GRAIN_KIB = 7200, 5, 1024


def trend_of(value, noise_kib, grain=GRAIN_KIB):
    """Returns a trend whose samples are value(seconds) plus noise."""
    choose = random.Random(7)
    trend = Trend("memory", "KiB", grain)
    for at in range(0, HOURS_S, EVERY_S):
        trend.add(at, value(at) + choose.gauss(0, noise_kib))
    return trend


def peaks(at):
    """Memory peaks for a minute in every twenty. Half of the peak stays for five more minutes."""
    return 5000 + 2000 * (at % 1200 < 60) + 1000 * (at % 1200 < 360)


def main():
    slope, error = fit([(0, 1), (1, 3), (2, 5), (3, 7)])
    check((slope, error) == (2, 0), f"slope {slope}, error {error}")
    slope, error = fit([(0, 0), (1, 1), (2, 0)])
    check(slope == 0 and abs(error - math.sqrt(1 / 3)) < 1e-12, f"slope {slope}, error {error}")
    flat = {
        "constant": (lambda at: 5000, 0), "noise": (lambda at: 5000, 500), "peaks": (peaks, 50),
        "warm-up": (lambda at: 9000 - 4000 * math.exp(-at / 120), 50),
        "shrinking": (lambda at: 9000 - at, 50),
    }
    growing = {
        "a leak": (lambda at: 5000 + 3000 * at / HOURS_S, 100),
        "a leak in noise": (lambda at: 5000 + 4000 * at / HOURS_S, 500),
        "a leak under peaks": (lambda at: peaks(at) + 5000 * at / HOURS_S, 50),
    }
    for wanted, cases in ((False, flat), (True, growing)):
        for name, (value, noise) in cases.items():
            trend = trend_of(value, noise)
            print(f"{name}: {trend.text()}")
            check(trend.grows() is wanted, f"{name}: grows is {trend.grows()}")
    check(trend_of(lambda at: 20 + at // 1000, 2, grain=2).grows(), "seven descriptors are not found")


run_test(main)
