# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Changes a trace so that it is impossible. The model must refuse each of these traces."""
from recorder import Step

# Indices of a scrape's numbers.
SEGMENTS, DUPLICATES, GAPS, RESTARTS = range(4)


def _changed(steps, n, *instead):
    return [*steps[:n], *instead, *steps[n + 1:]]


def _counted(steps, counter, change):
    """Returns the trace with another number in its last scrape."""
    n = max(n for n, step in enumerate(steps) if step.what == "scrape")
    numbers = list(steps[n].numbers)
    numbers[counter] += change
    return _changed(steps, n, Step("scrape", numbers=numbers))


def _packets(steps):
    """Yields impossible orders of packets."""
    events = [n for n, step in enumerate(steps[:-1]) if step.what == "EVENT"]
    middle = events[len(events) // 2]
    yield "events come twice", _changed(steps, middle, steps[middle], steps[middle])
    # A position that no later step names may be that of a discarded reservation.
    for n in [n for n in events if steps[n + 1][:3] == ("ACK", None, steps[n].positions[-1:])][:1]:
        yield "events are lost", _changed(steps, n)
        following = next((step for step in steps[n + 2:] if step.what == "EVENT"), None)
        if following is steps[n + 2]:
            yield "an acknowledgement is early", _changed(
                steps, n + 1, Step("ACK", None, following.positions[-1:]))
    for n in [n for n, step in enumerate(steps)
              if step.what == "HELLO" and step.positions[0] > 0][:1]:
        yield "HELLO goes back", _changed(steps, n, steps[n]._replace(positions=[0]))
    for n in [n for n, step in enumerate(steps)
              if step.what == "RESUME" and step.positions[0] > 0][-1:]:
        yield "a position is forgotten", _changed(
            steps, n, steps[n]._replace(instance=bytes(16), positions=[0]))


def _counters(steps):
    """Yields impossible counts of the last scrape."""
    # A record of a connection's end may have no segments.
    segments = next(filter(None, (sum(step.numbers) for step in reversed(steps)
                                  if step.what == "EVENT")))
    yield "a record counts twice", _counted(steps, SEGMENTS, segments)
    yield "a record does not count", _counted(steps, SEGMENTS, -segments)
    numbers = [step for step in steps if step.what == "scrape"][-1].numbers
    if numbers[DUPLICATES]:
        yield "skipped records are not counted", _counted(steps, DUPLICATES, -numbers[DUPLICATES])
    yield "a gap counts without a gap", _counted(steps, GAPS, 1)
    if numbers[GAPS]:
        yield "a gap does not count", _counted(steps, GAPS, -1)
    yield "a restart counts without a restart", _counted(steps, RESTARTS, 1)


def of(steps):
    """Yields impossible traces as (what is wrong, steps), if the trace allows the change."""
    yield from _packets(steps)
    yield from _counters(steps)
