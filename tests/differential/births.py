# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Computes when each group started to count, for the `_created` samples of docs/metrics.md."""
import time

from fuzzing import Failure

SUFFIX = "_created"
NOT_OF_GROUPS = ("cause", "direction", "phase")  # the series of a group differ in these labels


def group_of(labels):
    return frozenset(label for label in labels if label[0] not in NOT_OF_GROUPS)


def wait_for_next_second():
    """Makes the first and the last event of a group differ in their times."""
    time.sleep(1 - time.time() % 1)


class Births:
    """Times in whole seconds, because `_created` samples have no fractions."""

    def __init__(self, grouping):
        self.grouping = grouping
        self.times = {}  # {group: [(earliest, latest) time of an event]}

    def take(self, events, began):
        """`events` are pairs of an event and the labels of its cgroup, received since `began`."""
        received = int(began), int(time.time())
        for e, cgroup in events:
            labels = frozenset(self.grouping.of(e, cgroup).items())
            self.times.setdefault(labels, []).append(received)

    def are_earlier(self):
        """Returns whether a group started in an earlier second than its last event."""
        return any(self.window(group)[1] < times[-1][0] for group, times in self.times.items())

    def window(self, group):
        """Returns the earliest and the latest time.

        The limit evicts groups, which may return later, and adds the group `other`.
        """
        if not self.grouping.limited:
            return self.times[group][0]
        times = self.times.get(group, [])
        if all(value in ("other", "overflow") for _, value in group):
            times = [received for every in self.times.values() for received in every]
        return min(first for first, _ in times), max(last for _, last in times)

    def check(self, found, series):
        """Each of `series`, and nothing else, must have a sample. Returns the samples.

        `found` has all series of the exposition. Both are {(name, labels): value}.
        """
        samples = {key: value for key, value in found.items() if key[0].endswith(SUFFIX)}
        wanted = {(name.removesuffix("_total") + SUFFIX, labels) for name, labels in series}
        if samples.keys() != wanted:
            raise Failure(f"_created samples of other series: {samples.keys() ^ wanted}")
        for (name, labels), value in samples.items():
            earliest, latest = self.window(group_of(labels))
            if value != int(value) or not earliest <= value <= latest:
                raise Failure(f"{name} is {value}, expected {earliest} to {latest}: {dict(labels)}")
        return samples
