#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The steps of both programs under chaos must be a run of stream.pml. Needs root.

A recorder forwards the packets between the programs and writes a trace. A recorder in the model
forwards packets in the trace's order, and the exporter of the model must count what each scrape of
the real one shows. spin must find a run that reaches the end of the trace. After a change of one
step, spin must find no such run.
"""
import argparse
import itertools
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chaos"))

import network  # noqa: E402
import operations  # noqa: E402
import pipeline  # noqa: E402
import script  # noqa: E402
import spin  # noqa: E402
import spoiled  # noqa: E402
import traffic  # noqa: E402
import wire  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402
from recorder import Recorder, Step  # noqa: E402
from subject import Subject  # noqa: E402
from visits import connected, receive_events  # noqa: E402


def visit(subject, choose):
    """Another exporter acknowledges events while the exporter has ended, and so sends nothing."""
    subject.kill("exporter")
    subject.recorder.add(lambda: subject.visit(choose))
    subject.start("exporter")


OPERATIONS = (operations.kill_collector, operations.restart_collector, operations.freeze_collector,
              operations.kill_exporter, operations.restart_exporter, operations.freeze_exporter,
              operations.kill_frozen_exporter, operations.kill_both, operations.second_client, visit)
STEPS = 150  # a run goes on until its trace has as many
# Few groups, which the exporter never evicts. So the sums below are those of all records.
FLAGS = (*pipeline.BY_NAMESPACE, "--idle-expiry", "0")
# The counters of replay.pml, in its order. The first is the number of segments in all records.
COUNTERS = (
    ("tcp_retransmissions_total", "tcp_segments_sent_total", "tcp_segments_received_total"),
    ("rexmit_duplicate_events_total",), ("rexmit_stream_gaps_total",),
    ("rexmit_collector_restarts_total",))


class Collector(pipeline.Collector):
    """A collector that listens at the recorder's far end, not where the exporter connects."""

    def __init__(self, directory, *flags):
        self.socket = f"{directory}/recorded.sock"
        pipeline.Program.__init__(self, [pipeline.COLLECTOR, "--socket", self.socket,
                                         "--user", pipeline.USER, "--allow-user", pipeline.USER,
                                         *flags], directory)


class Recorded(Subject):
    def __init__(self, pinned, state_file, seed):
        self._seed = seed
        self.recorder = None
        # Each run has its own pins, so that the positions start at 0.
        super().__init__(65536, pins=f"model-{int(state_file)}" if pinned else None,
                         exporter_flags=FLAGS, state_file=state_file)

    def start(self, who):
        if not self.recorder:
            path = f"{self.directory}/collector.sock"
            self.recorder = Recorder(path, f"{self.directory}/recorded.sock",
                                     random.Random(self._seed))
            Path(path).chmod(0o666)
        if who == "exporter":
            super().start(who)
        else:
            self.collector = Collector(self.directory, *self.collector_flags).wait()

    def scrape(self):
        now = self.exporter.scrape()
        return Step("scrape", numbers=[int(sum(map(now.sum, names))) for names in COUNTERS])

    def visit(self, choose):
        """Lost acknowledgements may have filled the ring, with events that the exporter has. So the
        first acknowledgement makes room for new ones.
        """
        with connected(self.collector.socket) as client:
            last = [client.hello, *receive_events(client, choose.random() / 2)][-1]
            client.send(wire.ack(last.position))
            events = receive_events(client, 0.2 + choose.random() / 2)
            position = choose.choice([last, *events][-3:]).position
            client.send(wire.ack(position))
        return Step("visit", client.hello.instance, [position])


def gaps(steps):
    """Returns the number of gaps in the last scrape."""
    return next(step.numbers[spoiled.GAPS] for step in reversed(steps) if step.what == "scrape")


def are_acknowledged(steps):
    """Whether the exporter has acknowledged all events on its connection."""
    position = None
    for step in reversed(steps):
        if step.what == "EVENT":
            return step.positions[-1] == position
        if step.what == "HELLO":
            return True
        if step.what in ("ACK", "LOST_ACK"):
            position = position or step.positions[0]
    return False


def repeated(steps):
    """Returns the number of events that came again although the exporter had applied them."""
    found, applied, resumed = 0, 0, None
    for step in list(steps):
        if step.what in ("RESUME", "LOST_POSITION"):
            applied, resumed = step.positions[0], step.instance
        elif step.what == "HELLO" and step.instance != resumed:
            applied = 0
        elif step.what == "EVENT":
            found += sum(position <= applied for position in step.positions)
    return found


def record(pinned, state_file, seconds, seed):
    subject, choose = Recorded(pinned, state_file, seed), random.Random(seed)
    recorder = subject.recorder
    with network.make_pair() as (client, server):
        workloads.prepare(client, server)
        traffic.listen(server, server.v4, reply=20_000)
        server.drop(network.random_loss(15))
        traffic.Connector(client, server.v4, parallel=2, bytes=200_000, may_fail=True, seconds=600)
        end, left = time.monotonic() + seconds, []
        while (time.monotonic() < end or len(recorder.steps) < STEPS
               or (state_file and not (repeated(recorder.steps) and gaps(recorder.steps)))):
            recorder.check_running()
            left = left or choose.sample(OPERATIONS, len(OPERATIONS))  # all, in another order
            left.pop()(subject, choose)
            recorder.add(subject.scrape)
            time.sleep(choose.random())
            recorder.add(subject.scrape)
            check(time.monotonic() < end + 120,
                  f"{repeated(recorder.steps)} events repeated, {gaps(recorder.steps)} gaps only")
    subject.exporter.wait_for_collector()
    recorder.add(subject.scrape, are_acknowledged)  # so that spoiled.py knows what it must show
    subject.exporter.stop()
    subject.collector.stop()
    recorder.check_running()
    return list(recorder.steps)


def accepted(traces, pinned, state_file):
    """Returns (whether a run of the model reaches the trace's end, number of states) of each."""
    # replay.pml takes INSTANCES=1 for pinned maps. One more than the trace has does no harm.
    instances = 1 if pinned else script.instances(traces[0]) + 1
    results = spin.search_each("stream.pml", map(script.of, traces), "TRACE",
                               f"INSTANCES={instances}", f"STATE_FILE={int(state_file)}")
    for result in results:
        check(result.error in (None, "assertion violated  !(at_end)"), result.error)
    return [(result.error is not None, result.states) for result in results]


def judge(steps, pinned, state_file):
    whats, traces = zip(("as recorded", steps), *spoiled.of(steps))
    found = accepted(traces, pinned, state_file)
    for what, (yes, states) in zip(whats, found):
        print(f"{what}: {'accepted' if yes else 'refused'} after {states} states", flush=True)
    check(found[0][0], "no run of the model has these steps: " + repr(
        [(step.what, step.positions[:1], step.positions[-1:],
          step.numbers if step.what == "scrape" else []) for step in steps]))
    for what, (yes, _) in zip(whats[1:], found[1:]):
        check(not yes, f"the model accepts a trace in which {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=6, dest="seconds")
    options = parser.parse_args()
    spin.need_spin()
    need_root_and_namespaces()
    print(f"seed {options.seed}")
    for pinned, state_file in itertools.product((True, False), repeat=2):
        steps = record(pinned, state_file, options.seconds, options.seed)
        print(f"{len(steps)} steps, {sum(step.what == 'connect' for step in steps)} connections, "
              f"{sum(step.what == 'visit' for step in steps)} visits, {gaps(steps)} gaps, "
              f"{repeated(steps)} events repeated, {'pinned' if pinned else 'not pinned'}, "
              f"{'with' if state_file else 'without'} a state file", flush=True)
        judge(steps, pinned, state_file)


run_test(main)
