# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Kills both programs many times (SIGKILL) under loss. No segment is lost or counted twice.

Without its walker the collector ends. A frozen walker outlives its collector, and continues beside
the next walker. With --pin the kernel counts while no collector runs. With --state-file the exporter continues its
counters. At the end each namespace's sum equals the kernel's. No counter ever decreases.
"""
import argparse
import os
import random
import signal
import time

import audit
import network
import exposition
import pipeline
import traffic
import workloads
from counters import Counters
from equation import in_one_line
from lifetime import Failure, check, need_root_and_namespaces, on_exit, run_test, until
from pins import pins_directory
from witness import Witness

PROGRAMS = ("collector", "exporter")
VICTIMS = ("collector", "exporter", "collector,exporter", "walker", "frozen")


class Pair:
    """Both programs. The test kills and restarts them."""

    def __init__(self, *exporter_flags):
        self.directory, self.pins = pipeline.private_directory(), pins_directory()
        self.flags = ("--group-by", "netns,cause", "--idle-expiry", "0", "--state-file",
                      f"{self.directory}/state", *exporter_flags)
        self.counters = Counters()
        self.slowest = dict.fromkeys(PROGRAMS, 0.0)
        self.collector = self.exporter = self.frozen = None
        self.start_collector()
        self.start_exporter()
        self.exporter.wait_for_collector()

    def start_collector(self):
        self.collector = pipeline.Collector(self.directory, "--pin", self.pins).wait()

    def start_exporter(self):
        self.exporter = pipeline.Exporter(self.directory, *self.flags).wait()
        self.look()

    def look(self):
        status, _, body = exposition.get(self.exporter.port)
        check(status == 200, f"/metrics answers {status}")
        now = exposition.Exposition(body.decode())
        self.counters.see(now)
        return now

    def thaw(self):
        if self.frozen:
            os.kill(self.frozen, signal.SIGCONT)
        self.frozen = None

    def kill(self, victim):
        """Kills the programs or the walker, or the collector beside its frozen walker."""
        self.thaw()
        if victim == "frozen":
            self.frozen = self.collector.walker()
            os.kill(self.frozen, signal.SIGSTOP)
        if victim == "walker":
            os.kill(self.collector.walker(), signal.SIGKILL)
            self._restart(["collector"])
            return
        who = ["collector"] if victim == "frozen" else victim.split(",")
        for program in who:
            getattr(self, program).process.kill()
        self._restart(who)

    def _restart(self, who):
        for program in who:
            begin = time.monotonic()
            getattr(self, program).process.wait()
            getattr(self, f"start_{program}")()
            self.slowest[program] = max(self.slowest[program], time.monotonic() - begin)


def judge(pair, sides, surroundings):
    """Checks that each namespace's sum equals RetransSegs, and the bounds of each cause."""
    def equal():
        now = pair.look()
        missing = [side.retrans_segs() - side.counted(now) for side in sides]
        return now if all(0 <= n <= side.unseen for n, side in zip(missing, sides)) else None
    try:
        last = until("equality", equal, 30)
    except Failure as failure:
        raise Failure(f"{failure}: {[audit.describe(side, pair.look()) for side in sides]}"
                      ) from None
    for side in sides:
        audit.check_causes(side, side.causes(last), False, True)
    for name in ("rexmit_collector_restarts_total", "rexmit_stream_gaps_total"):
        check(last.sum(name) == 0, f"{name} {last.sum(name)}")
    counts = {side.name: (side.kernel_counters(), side.causes(last))
              for side in (*sides, surroundings)}
    return (f"{in_one_line(counts, last)}; unseen by any program at most "
            f"{sum(side.unseen for side in sides)}; "
            f"{last.sum('rexmit_duplicate_events_total'):.0f} records were received twice")


def kill_again_and_again(pair, choose, victims, kills):
    """Kills the chosen programs repeatedly. Returns the result as text."""
    with network.make_pair() as (client, server):
        surroundings = audit.Side("surroundings", network.Surroundings(), pair.look())
        sides = audit.sides((client, server), pair.look())
        witness = Witness()
        listener = traffic.listen(server, server.v4)
        workloads.prepare(client, server)
        server.drop(network.random_loss(10))
        load = traffic.Connector(client, server.v4, parallel=10, bytes=2_000_000, may_fail=True,
                                 seconds=3 + kills // 4)
        for _ in range(kills):
            time.sleep(choose.random() * 0.3)
            pair.kill(choose.choice(victims))
            pair.look()
            witness.note()
        load.finish()
        until("the end of all connections",
              lambda: workloads.quiet(client) and workloads.quiet(server), 180, 0.1)
        listener.terminate()
        for side in sides:
            side.unseen = witness.unseen(side.namespace)
        check(all(side.retrans_segs() > 0 for side in sides), "nothing was retransmitted")
        return judge(pair, sides, surroundings)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--victims", nargs="+", default=VICTIMS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    need_root_and_namespaces()
    print(f"seed {options.seed}")
    pair = Pair()
    on_exit(pair.thaw)
    done = kill_again_and_again(pair, random.Random(options.seed), options.victims, options.kills)
    print(f"{options.kills} kills of {' or '.join(options.victims)}: {done}; "
          f"no counter decreased in {pair.counters.scrapes} scrapes, slowest start "
          f"{', '.join(f'{who} {s:.2f} s' for who, s in pair.slowest.items())}")
    pair.exporter.stop()
    pair.collector.stop()


run_test(main)
