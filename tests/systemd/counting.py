# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The shipped units count every segment after the boot, and after a crash."""
import loss
import processes
from lifetime import check, run_test, until
from machine import COLLECTOR, EXPORTER, UNITS, Machine


def crash(machine, unit):
    """Kills a unit's process with SIGKILL. Returns when the next process is ready."""
    process = machine.process(unit)
    restarts = int(machine.show(unit, "NRestarts"))
    machine.systemctl("kill", "--kill-whom=main", "--signal=KILL", unit)
    until(f"a new start of {unit}", lambda: machine.is_active(unit)
          and int(machine.show(unit, "NRestarts")) == restarts + 1)
    check(machine.process(unit) != process, f"{unit} was not killed")
    machine.wait_until_connected()


def check_crashes(machine):
    """The program that did not crash keeps the counts. All later segments are counted."""
    for unit in (EXPORTER, COLLECTOR):
        before = loss.account(machine)
        crash(machine, unit)
        until(f"the counts from before the crash of {unit}",
              lambda: loss.account(machine).counted >= before.counted)
        loss.check_exact(machine)


def check_stop(machine):
    process = machine.process(COLLECTOR)
    objects = processes.bpf_objects(process)
    kinds = {kind for kind, _ in objects}
    check(kinds == {"prog", "map", "link"}, f"the collector holds only {kinds}")
    for kind, number in objects:
        check(processes.bpf_object_exists(kind, number), f"bpftool does not find {kind} {number}")
    machine.systemctl("stop", COLLECTOR)
    for kind, number in objects:
        until(f"the end of {kind} {number}",
              lambda: not processes.bpf_object_exists(kind, number))
    # The exporter tries to connect about once a second. No collector may answer.
    until("rexmit_collector_up 0", lambda: not machine.connected())
    check(machine.show(COLLECTOR, "ActiveState") == "inactive", "the collector started again")


def main():
    machine = Machine()
    machine.enable(*UNITS)
    machine.boot()
    machine.wait_until_connected()
    loss.check_exact(machine)
    check_crashes(machine)
    check_stop(machine)


run_test(main)
