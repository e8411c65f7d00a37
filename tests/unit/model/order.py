#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A model of the races in docs/exactness.md, which runs all interleavings of single memory
accesses.

With all rules, each segment is reported once. Then the model removes one rule at a time: it swaps
two steps, or splits an atomic operation. Without any one rule, some interleaving must lose or
repeat a segment. This shows that the model finds such errors.
"""
import copy
import itertools
import unittest


def outcomes(threads, shared):
    """Yields the final shared state of each interleaving. A thread is a list of step(shared,
    own)."""
    ends, stack, known = [], [(shared, [(0, {}) for _ in threads])], set()
    while stack:
        state, places = stack.pop()
        key = repr((sorted(state.items()), places))
        if key in known:
            continue
        known.add(key)
        if all(at == len(steps) for (at, _), steps in zip(places, threads)):
            ends.append(state)
        for i, steps in enumerate(threads):
            if places[i][0] < len(steps):
                after, moved = copy.deepcopy(state), copy.deepcopy(places)
                steps[moved[i][0]](after, moved[i][1])
                moved[i] = (moved[i][0] + 1, moved[i][1])
                stack.append((after, moved))
    return ends


def either(ordered, steps, first, second):
    """Returns the thread. If nothing orders the two steps, also returns the thread with swapped
    steps."""
    variants = [steps]
    if not ordered:
        swapped = list(steps)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        variants.append(swapped)
    return variants


def load(name, of):
    def step(shared, own):
        own[name] = shared[of]
    return step


def store(of, value):
    def step(shared, _):
        shared[of] = value
    return step


class Connection(unittest.TestCase):
    """`word` is (claimed, begun, role, any claimed), `total` is total_retrans, and `reported` is
    rexmit's sum."""

    @staticmethod
    def claim(own_segments=0, whole_word=True):
        """Returns the step of claim() with the loaded word and total."""
        def step(shared, own):
            claimed, begun, role, any_claimed = own["word"]
            base = claimed
            if own_segments and not any_claimed:
                base = min(base, own["total"] - own_segments)
            same = shared["word"] == own["word"] if whole_word \
                else shared["word"][0] == own["word"][0]
            if role and own["total"] > base and same:
                shared["word"] = (own["total"], shared["word"][1], role, True)
                shared["reported"] += own["total"] - base
        return step

    def again(self, loads=True, whole_word=True, zeroes=True):
        """The sweep visits a socket whose connection ends. The socket connects again. The
        connections have 3 segments and 1 segment."""
        sweep = [load("word", "word"), load("total", "total"), self.claim(whole_word=whole_word)]
        events = [load("word", "word"), load("total", "total"), self.claim(),
                  store("total", 0), store("word", (0, 1, 1, False)), store("total", 1),
                  load("word", "word"), load("total", "total"), self.claim()]
        shared = {"word": (0, 0, 1, False), "total": 3, "reported": 0}
        for one, other in itertools.product(either(loads, sweep, 0, 1),
                                            either(zeroes, events, 3, 4)):
            for end in outcomes([one, other], dict(shared)):
                yield end["reported"] + max(0, end["total"] - end["word"][0])

    def test_connected_again(self):
        self.assertEqual(set(self.again()), {4})
        self.assertNotEqual(set(self.again(loads=False)), {4})
        self.assertNotEqual(set(self.again(whole_word=False)), {4})
        self.assertNotEqual(set(self.again(zeroes=False)), {4})

    def sent(self, loads=True):
        """The same case for segments sent: 5 were sent and reported before, and 1 after."""
        def advance(shared, own):
            if own["role"] and own["segs"] > own["sent"] == shared["sent"]:
                shared["sent"] = own["segs"]
                shared["reported"] += own["segs"] - own["sent"]
        sweep = [load("role", "role"), load("sent", "sent"), load("segs", "segs"), advance]
        begin = [store("segs", 0), store("role", 0), store("sent", 0), store("role", 1),
                 store("segs", 1)]
        for one in either(loads, sweep, 1, 2):
            for end in outcomes([one, begin],
                                {"role": 1, "sent": 5, "segs": 5, "reported": 0}):
                yield end["reported"] + max(0, end["segs"] - end["sent"])

    def test_sent(self):
        self.assertLessEqual(max(self.sent()), 1)
        self.assertGreater(max(self.sent(loads=False)), 1)

    def ended(self, compare=True):
        """The ring had no room for a connection's end, so the sweep reports it. At the same time
        the socket connects again, and that connection ends, too."""
        is_not, reported, due = range(3)

        def report(shared, _):
            shared["reported"] += shared["ended"] == due
            shared["ended"] = reported

        def sweep(shared, own):
            if own["ended"] == due and (shared["ended"] == due or not compare):
                report(shared, own)

        def end(shared, _):
            shared["ended"] = shared["ended"] or due
        for after in outcomes([[load("ended", "ended"), sweep],
                               [report, store("ended", is_not), end]],
                              {"ended": due, "reported": 0}):
            yield after["reported"] + (after["ended"] == due)

    def test_ended(self):
        self.assertEqual(set(self.ended()), {2})
        self.assertNotEqual(set(self.ended(compare=False)), {2})

    def published(self, ordered=True):
        """The sweep visits new storage of an older connection that has sent 5 segments."""
        def advance(shared, own):
            if own["role"]:
                shared["reported"] += own["segs"] - own["sent"]
        sweep = [load("role", "role"), load("sent", "sent"), load("segs", "segs"), advance]
        walk = [store("sent", 5), store("role", 1)]
        for one in either(ordered, walk, 0, 1):
            for end in outcomes([one, sweep], {"role": 0, "sent": 0, "segs": 5, "reported": 0}):
                yield end["reported"]

    def test_published(self):
        self.assertEqual(set(self.published()), {0})
        self.assertNotEqual(set(self.published(ordered=False)), {0})

    def found(self, exchange=True, minimum=True):
        """The sweep and an event both find new storage of a connection with 4 older segments."""
        def init(own_segments, compare):
            def step(shared, own):
                if not compare or not shared["word"][2]:
                    shared["word"] = (own["total"] - own_segments, 0, 1, False)
            return step
        walk = [load("total", "total"), init(0, exchange)]
        event = [store("total", 5), load("total", "total"), init(1, True), load("word", "word"),
                 self.claim(own_segments=1 if minimum else 0)]
        for end in outcomes([walk, event], {"word": (0, 0, 0, False), "total": 4, "reported": 0}):
            yield end["reported"] + max(0, end["total"] - end["word"][0])

    def test_found_new(self):
        self.assertEqual(set(self.found()), {1})
        self.assertNotEqual(set(self.found(exchange=False)), {1})
        self.assertNotEqual(set(self.found(minimum=False)), {1})


class Taken(unittest.TestCase):
    """Values that an exchange removes: deferred segments, and a newcomer's entry."""

    @staticmethod
    def take(atomic):
        def take(shared, _):
            shared["reported"] += shared["there"]
            shared["there"] = 0

        def account(shared, own):
            shared["reported"] += own["there"]
        return [take] if atomic else [load("there", "there"), store("there", 0), account]

    def waiting(self, atomic=True):
        def add(shared, _):
            shared["there"] += 1
        for end in outcomes([self.take(atomic), [add, add]], {"there": 1, "reported": 0}):
            yield end["reported"] + end["there"]

    def test_waiting(self):
        self.assertEqual(set(self.waiting()), {3})
        self.assertNotEqual(set(self.waiting(atomic=False)), {3})

    def newcomer(self, atomic=True):
        for end in outcomes([self.take(atomic), self.take(atomic)], {"there": 1, "reported": 0}):
            yield end["reported"]

    def test_newcomer(self):
        self.assertEqual(set(self.newcomer()), {1})
        self.assertNotEqual(set(self.newcomer(atomic=False)), {1})


class Bare(unittest.TestCase):
    """A newcomer without storage has two events of one segment each. At the same time the walk
    gives it storage, without the socket's lock."""

    @staticmethod
    def events(compare):
        def loss(shared, _):
            shared["total"] += 1

        def look(shared, own):
            own["entry"] = shared["entry"]
            own["base"] = shared["reported"] if own["entry"] == "lost" else 0

        def claim(shared, own):
            if shared["entry"] != "taken" and shared["entry"] == own["entry"]:
                shared["entry"] = "lost"
            elif compare:
                return
            shared["reported"] = shared["total"]
            shared["sum"] += shared["total"] - own["base"]
        # A socket with storage reports its segments there. reported() adds them at the end.
        return [loss, look, claim] * 2

    @staticmethod
    def walk(leaves):
        def look(shared, own):
            own["entry"] = shared["entry"]
            own["reported"] = shared["reported"] if own["entry"] == "lost" else 0

        def take(shared, own):
            if shared["entry"] == own["entry"] and not (leaves and own["entry"] == "lost"):
                shared["entry"], shared["claims"] = "taken", own["reported"]
        return [look, take]

    def reported(self, compare=True, leaves=True):
        for end in outcomes([self.events(compare), self.walk(leaves)],
                            {"entry": "new", "reported": 0, "claims": 0, "total": 0, "sum": 0}):
            base = {"new": 0, "lost": end["reported"], "taken": end["claims"]}[end["entry"]]
            yield end["sum"] + end["total"] - base

    def test_reported(self):
        self.assertEqual(set(self.reported()), {2})
        self.assertNotEqual(set(self.reported(compare=False)), {2})
        self.assertNotEqual(set(self.reported(leaves=False)), {2})


class Woken(unittest.TestCase):
    """The collector wants to sleep while each program submits a record."""

    @staticmethod
    def program(ordered, exchange):
        def reserve(shared, _):
            shared["position"] += 1

        def clear(shared, own):
            if own["awaited"] and (shared["awaited"] or not exchange):
                shared["wakeups"] += 1
                shared["awaited"] = 0
        return either(ordered, [reserve, load("awaited", "awaited"), clear], 0, 1)

    def sleep(self, programs=1, program_ordered=True, collector_ordered=True, exchange=True):
        """Yields (whether the collector sleeps forever although the ring has a record, number of
        wakeups)."""
        def decide(shared, own):
            shared["sleeps"] = own["position"] == 0
        collector = [store("awaited", 1), load("position", "position"), decide]
        threads = [either(collector_ordered, collector, 0, 1)] + \
            [self.program(program_ordered, exchange)] * programs
        for variant in itertools.product(*threads):
            for end in outcomes(list(variant), {"awaited": 0, "position": 0, "sleeps": False,
                                                "wakeups": 0}):
                yield end["sleeps"] and not end["wakeups"], end["wakeups"]

    def test_sleep(self):
        self.assertFalse(any(missed for missed, _ in self.sleep()))
        self.assertTrue(any(missed for missed, _ in self.sleep(program_ordered=False)))
        self.assertTrue(any(missed for missed, _ in self.sleep(collector_ordered=False)))

    def test_one_wakeup(self):
        self.assertEqual(max(wakeups for _, wakeups in self.sleep(programs=2)), 1)
        self.assertGreater(max(wakeups for _, wakeups in self.sleep(programs=2, exchange=False)), 1)


if __name__ == "__main__":
    unittest.main()
