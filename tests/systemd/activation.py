# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts the units by the first scrape, with the exporter first, and with the collector first."""
import os
import signal

import loss
import processes
from lifetime import check, run_test, until
from machine import COLLECTOR, EXPORTER, SOCKETS, UNITS, Machine

SINCE = "ActiveEnterTimestampMonotonic"


def check_first_scrape(machine):
    for unit in UNITS:
        check(machine.show(unit, "ActiveState") == "inactive", f"{unit} is not enabled, but runs")
    # The scrape starts the exporter. The exporter's connect starts the collector.
    machine.scrape()
    machine.wait_until_connected()
    for unit in UNITS:
        check(machine.is_active(unit), f"{unit} was not started by its socket")


def check_stop(machine):
    """The collector stops with its service, and the exporter with its socket. Neither starts
    again."""
    machine.systemctl("stop", COLLECTOR)
    until("rexmit_collector_up 0", lambda: not machine.connected())
    machine.systemctl("stop", "rexmit-exporter.socket")
    for unit in UNITS + SOCKETS:
        check(machine.show(unit, "ActiveState") == "inactive", f"{unit} is not stopped")
    check(machine.try_scrape() is None, "the port of a stopped exporter is open")


def check_exporter_first(machine):
    machine.systemctl("start", EXPORTER)
    check(not machine.connected(), "the exporter is connected, although there is no collector")
    process = machine.process(EXPORTER)
    machine.systemctl("start", COLLECTOR)
    machine.wait_until_connected()
    check(machine.process(EXPORTER) == process, "the exporter was restarted")


def check_collector_first(machine):
    """The collector counts, and keeps its events until an exporter connects."""
    def attempt():
        check_stop(machine)
        since = loss.Account(loss.kernel_account(machine), 0, 0)
        machine.systemctl("start", COLLECTOR)
        loss.retransmit(machine)
        check(not machine.is_active(EXPORTER), "the collector started the exporter")
        machine.systemctl("start", EXPORTER)
        machine.wait_until_connected()
        return loss.becomes_exact(machine, since)
    loss.check_attempts(attempt)


def check_restart(machine):
    for unit in UNITS:
        process, exporters = machine.process(unit), machine.show(SOCKETS[1], SINCE)
        machine.systemctl("restart", unit)
        check(machine.process(unit) != process, f"{unit} was not restarted")
        check(machine.show(SOCKETS[1], SINCE) == exporters, "the restart closed the port")
        machine.wait_until_connected()


def check_restart_of_all(machine):
    """Stops and starts both units several times, in the order of an upgrade.

    One unit's socket could block the other's.
    """
    for _ in range(30):
        machine.systemctl("restart", *sorted(UNITS + SOCKETS))
        machine.systemctl("reset-failed", *UNITS, *SOCKETS)  # avoids the start limit
    machine.wait_until_connected()
    log = machine.run("journalctl", "--unit", COLLECTOR)
    check("remains running" not in log, "the collector has ended before its walker")


def check_hung_walk(machine):
    """systemd does not wait for a walker that hangs.

    A user's file can hold the walker, so that SIGKILL does not end it. Here SIGSTOP stops it. If
    systemd wanted the walker to end, it would also send SIGCONT.
    """
    [walker] = processes.children(machine.process(COLLECTOR))
    os.kill(walker, signal.SIGSTOP)
    machine.systemctl("restart", COLLECTOR)
    check(processes.status(walker).get("State", "").startswith("T"),
          "systemd has waited for the walker")
    machine.wait_until_connected()
    os.kill(walker, signal.SIGKILL)


def hang(machine, unit):
    """Stops the process with SIGSTOP, as if it were in an endless loop. Its watchdog must end it.
    """
    restarts = int(machine.show(unit, "NRestarts"))
    machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", unit)
    until(f"the watchdog of {unit}", lambda: machine.is_active(unit)
          and int(machine.show(unit, "NRestarts")) > restarts)
    log = machine.run("journalctl", "--unit", unit)
    check("Watchdog timeout" in log, f"{unit} was restarted, but not by its watchdog")
    machine.wait_until_connected()


def check_watchdogs(machine):
    for unit in UNITS:
        machine.add_drop_in(unit, "watchdog", "[Service]\nWatchdogSec=8s\n")
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
    check_restart_of_all(machine)
    check_hung_walk(machine)
    check_watchdogs(machine)


run_test(main)
