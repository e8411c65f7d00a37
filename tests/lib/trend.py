# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Decides whether a value grows, by a line that is fitted to its samples (least squares).

Consecutive samples are not independent: after a peak of load, memory stays allocated for minutes.
So each block of time counts as one point, the mean of its samples. The first samples are ignored,
because caches fill then.
"""
import math

BLOCKS = 20
WARM_UP_S = 600  # or a third of all samples, if that is shorter
SURE = 4         # standard errors; with 20 blocks, noise exceeds this limit in one of 2000 trends


def fit(points):
    """Returns (slope, its standard error) of the line through at least three points (x, y)."""
    n = len(points)
    mean_x, mean_y = (sum(column) / n for column in zip(*points))
    width = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / width
    left = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, math.sqrt(left / (n - 2) / width)


class Trend:
    """Samples of one value. Growth up to `grain` is no leak."""

    def __init__(self, name, unit, grain):
        self.name, self.unit, self.grain = name, unit, grain
        self._samples = []

    def add(self, at_s, value):
        self._samples.append((at_s, value))

    def _blocks(self):
        """Returns the mean (time, value) of each block after the warm-up."""
        begin, end = self._samples[0][0], self._samples[-1][0]
        begin += min((end - begin) / 3, WARM_UP_S)
        blocks = [[] for _ in range(BLOCKS)]
        for at, value in self._samples:
            if at >= begin:
                blocks[min(int((at - begin) / (end - begin) * BLOCKS), BLOCKS - 1)].append((at, value))
        return [tuple(sum(column) / len(block) for column in zip(*block)) for block in blocks if block]

    def growth(self):
        """Returns (growth of the line after the warm-up, its standard error, seconds)."""
        blocks = self._blocks()
        slope, error = fit(blocks)
        seconds = blocks[-1][0] - blocks[0][0]
        return slope * seconds, error * seconds, seconds

    def grows(self):
        growth, error, _ = self.growth()
        return growth > self.grain + SURE * error

    def text(self):
        growth, error, seconds = self.growth()
        values = [value for _, value in self._samples]
        return (f"{self.name}: {values[0]:.0f} {self.unit} at the start, {values[-1]:.0f} at the end, "
                f"{max(values):.0f} at most; after the warm-up {growth:+.1f} in {seconds:.0f} s, "
                f"standard error {error:.1f}; {self.grain} is allowed")
