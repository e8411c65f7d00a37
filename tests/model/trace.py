#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The steps of both programs under chaos must be a run of stream.pml. Needs root.

A recorder forwards the packets between the programs and writes a trace. A recorder in the model
forwards packets in the trace's order. spin must find a run that reaches the end of the trace. After
a change of one step, spin must find no such run.
"""
import argparse
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
import traffic  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402
from recorder import Recorder  # noqa: E402
from subject import Subject  # noqa: E402

OPERATIONS = (operations.kill_collector, operations.restart_collector, operations.freeze_collector,
              operations.kill_exporter, operations.restart_exporter, operations.freeze_exporter,
              operations.kill_frozen_exporter, operations.kill_both, operations.second_client)


# The search visits many more states for a longer trace. The start of a run is a run, too.
STEPS = 150
# To refuse a trace, the search must visit all states up to the impossible step.
SPOILED_STEPS = 60


class Collector(pipeline.Collector):
    """A collector that listens at the recorder's far end, not where the exporter connects."""

    def __init__(self, directory, *flags):
        self.socket = f"{directory}/recorded.sock"
        pipeline.Program.__init__(self, [pipeline.COLLECTOR, "--socket", self.socket,
                                         "--user", pipeline.USER, "--allow-user", pipeline.USER,
                                         *flags], directory)


class Recorded(Subject):
    def __init__(self, pinned, state_file):
        self.recorder = None
        super().__init__(65536, pins="test" if pinned else None, state_file=state_file)

    def start(self, who):
        if not self.recorder:
            path = f"{self.directory}/collector.sock"
            self.recorder = Recorder(path, f"{self.directory}/recorded.sock")
            Path(path).chmod(0o666)
        if who == "exporter":
            super().start(who)
        else:
            self.collector = Collector(self.directory, *self.collector_flags).wait()


def record(pinned, state_file, seconds, choose):
    pipeline.ROOM = ()
    subject = Recorded(pinned, state_file)
    with network.make_pair() as (client, server):
        workloads.prepare(client, server)
        listener = traffic.listen(server, server.v4, reply=20_000)
        server.drop(network.random_loss(5))
        load = traffic.Connector(client, server.v4, parallel=2, bytes=200_000, may_fail=True,
                                 seconds=seconds)
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(subject.recorder.steps) < STEPS:
            subject.recorder.check_running()
            choose.choice(OPERATIONS)(subject, choose)
            time.sleep(choose.random())
        load.finish()
        del listener
    subject.exporter.stop()
    subject.collector.stop()
    subject.recorder.check_running()
    return list(subject.recorder.steps)[:STEPS]


def accepted(steps, state_file):
    """Whether a run of the model reaches the end of the trace."""
    result = spin.search("stream.pml", "TRACE", f"INSTANCES={script.instances(steps)}",
                         f"STATE_FILE={int(state_file)}", early=True,
                         files={"trace.h": script.of(steps)})
    check(result.error in (None, "assertion violated  !(at_end)"), result.error)
    return result.error is not None, result.states


def changed(steps, n, *instead):
    return [*steps[:n], *instead, *steps[n + 1:]]


def spoiled(steps):
    """Yields impossible traces as (what is wrong, steps), if the trace allows the change."""
    events = [n for n, step in enumerate(steps[:-1]) if step[0] == "EVENT"]
    middle = events[len(events) // 2]
    yield "events come twice", changed(steps, middle, steps[middle], steps[middle])
    # A position that no later step names may be that of a discarded reservation.
    for n in [n for n in events if steps[n + 1] == ("ACK", None, steps[n][2][-1:])][:1]:
        yield "events are lost", changed(steps, n)
        following = next((step[2][-1] for step in steps[n + 2:] if step[0] == "EVENT"), None)
        if following and steps[n + 2][0] == "EVENT":
            yield "an acknowledgement is early", changed(steps, n + 1, ("ACK", None, [following]))
    for n in [n for n, step in enumerate(steps) if step[0] == "HELLO" and step[2][0] > 0][:1]:
        what, instance, _ = steps[n]
        yield "HELLO goes back", changed(steps, n, (what, instance, [0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--for", type=int, default=6, dest="seconds")
    options = parser.parse_args()
    spin.need_spin()
    need_root_and_namespaces()
    print(f"seed {options.seed}")
    # One of the two exporters has a state file.
    state_files = random.Random(options.seed).sample((True, False), 2)
    for pinned, state_file in zip((True, False), state_files):
        steps = record(pinned, state_file, options.seconds, random.Random(options.seed))
        print(f"{len(steps)} steps, {sum(step[0] == 'connect' for step in steps)} connections, "
              f"{'pinned' if pinned else 'not pinned'}, "
              f"{'with' if state_file else 'without'} a state file", flush=True)
        yes, states = accepted(steps, state_file)
        print(f"{'accepted' if yes else 'refused'} after {states} states", flush=True)
        check(yes, "no run of the model has these steps: " + repr(
            [(what, positions[:1], positions[-1:]) for what, _, positions in steps]))
        for wrong, others in spoiled(steps[:SPOILED_STEPS]):
            yes, states = accepted(others, state_file)
            print(f"{wrong}: {'accepted' if yes else 'refused'} after {states} states", flush=True)
            check(not yes, f"the model accepts a trace in which {wrong}")


run_test(main)
