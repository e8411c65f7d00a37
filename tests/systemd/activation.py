# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The units in any order: by the first scrape, the exporter alone, the collector alone."""
import loss
from lifetime import check, run_test, until
from machine import COLLECTOR, EXPORTER, SOCKETS, UNITS, Machine


def check_first_scrape(machine):
    for unit in UNITS:
        check(machine.show(unit, "ActiveState") == "inactive", f"{unit} is not enabled, but runs")
    # The scrape starts the exporter, whose connection starts the collector.
    machine.scrape()
    machine.wait_until_connected()
    for unit in UNITS:
        check(machine.is_active(unit), f"{unit} was not started by its socket")


def check_stop(machine):
    """Stopped by its service's name alone, none comes back by way of its socket."""
    machine.systemctl("stop", *UNITS)
    for unit in UNITS + SOCKETS:
        check(machine.show(unit, "ActiveState") == "inactive", f"{unit} is not stopped")
    check(machine.try_scrape() is None, "the port of a stopped exporter is open")


def check_exporter_first(machine):
    collector = ("rexmit-collector.socket", COLLECTOR)
    machine.systemctl("mask", "--runtime", *collector)
    machine.systemctl("start", EXPORTER)
    check(not machine.connected(), "there is no collector, but the exporter is connected")
    process = machine.process(EXPORTER)
    machine.systemctl("unmask", "--runtime", *collector)
    machine.systemctl("start", COLLECTOR)
    machine.wait_until_connected()
    check(machine.process(EXPORTER) == process, "the exporter was started again")


def check_collector_first(machine):
    """It counts, and keeps its events, before anybody asks."""
    check_stop(machine)
    before = machine.namespace.counters()["Tcp.RetransSegs"]
    check(before == 0, f"{before} segments were sent again before")
    machine.systemctl("start", COLLECTOR)
    check(not machine.is_active(EXPORTER), "the collector starts the exporter")
    segments = loss.retransmit(machine)
    machine.systemctl("start", EXPORTER)
    machine.wait_until_connected()
    loss.wait_until_exact(machine, segments)


def check_restart(machine):
    for unit in UNITS:
        process = machine.process(unit)
        machine.systemctl("restart", unit)
        check(machine.process(unit) != process, f"{unit} was not restarted")
        machine.wait_until_connected()


def hang(machine, unit):
    """Stops a process as a bug in its loop would: its watchdog ends it."""
    restarts = int(machine.show(unit, "NRestarts"))
    machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", unit)
    until(f"the watchdog of {unit}", lambda: machine.is_active(unit)
          and int(machine.show(unit, "NRestarts")) > restarts)
    log = machine.run("journalctl", "--unit", unit)
    check("Watchdog timeout" in log, f"{unit} was started again, but not by its watchdog")
    machine.wait_until_connected()


def check_watchdogs(machine):
    for unit in UNITS:
        machine.add_drop_in(unit, "watchdog", "[Service]\nWatchdogSec=3s\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", *UNITS)
    machine.wait_until_connected()
    for unit in UNITS:
        hang(machine, unit)


def main():
    machine = Machine()
    machine.enable(*SOCKETS)
    machine.boot()
    check_first_scrape(machine)
    check_stop(machine)
    check_exporter_first(machine)
    check_collector_first(machine)
    check_restart(machine)
    check_watchdogs(machine)


run_test(main)
