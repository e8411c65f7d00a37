# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks the enabled units after a boot: users, privileges, and access to the collector's
socket."""
import errno
import os
import socket
import stat

import processes
from lifetime import check, run_test, until
from machine import COLLECTOR, EXPORTER, SOCKETS, UNITS, Machine

NOBODY = 65534


def check_units(machine):
    for unit in UNITS + SOCKETS:
        check(machine.is_active(unit), f"{unit} is not active after the boot")
    for unit in UNITS:
        check(machine.show(unit, "NRestarts") == "0", f"{unit} was restarted")
        check(machine.show(unit, "WatchdogTimestampMonotonic") != "0", f"{unit} has no watchdog")


def check_status_lines(machine):
    for unit, word in ((COLLECTOR, "Exporter connected; "), (EXPORTER, "collector: connected")):
        until(f"'{word}' in the status of {unit}",
              lambda: machine.show(unit, "StatusText").startswith(word))


def check_processes(machine):
    collector, exporter = machine.process(COLLECTOR), machine.process(EXPORTER)
    users = [machine.user(f"rexmit-{name}") for name in ("collector", "exporter")]
    check(users[0] != users[1], "both units have the same user")
    # The collector cannot empty its bounding set, because it has no CAP_SETPCAP.
    processes.check_privileges(
        collector, users[0], CapPrm=processes.BPF_AND_PERFMON, CapEff=processes.BPF_AND_PERFMON,
        CapBnd=processes.BPF_AND_PERFMON)
    processes.check_privileges(exporter, users[1])
    namespaces = {processes.network_namespace(p) for p in (collector, exporter)}
    check(len(namespaces) == 2 and machine.namespace.inode not in namespaces,
          "a program shares its network namespace with the container or the other program")


def connect(machine, uid, gid):
    """Connects to the collector as that user. Returns 0 or the errno.

    A child process connects, because its change of user is permanent.
    """
    directory = os.open(machine.path("/run/rexmit"), os.O_PATH)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os._exit(client.connect_ex(f"/proc/self/fd/{directory}/collector.sock"))
    os.close(directory)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check_socket(machine):
    group = machine.user("rexmit-exporter")[1]
    found = os.stat(machine.path("/run/rexmit/collector.sock"))
    check(stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o660,
          f"the collector's socket has mode {found.st_mode:o}")
    check((found.st_uid, found.st_gid) == (0, group),
          f"the collector's socket belongs to {found.st_uid}:{found.st_gid}")
    check(connect(machine, NOBODY, NOBODY) == errno.EACCES, "any user may connect")

    def refused():
        return machine.scrape().value("rexmit_peers_refused_total", reason="user")
    check(refused() == 0, "a user was refused before this test")
    check(connect(machine, NOBODY, group) == 0, "the exporter's group may not connect")
    until("the refusal of a user of the exporter's group", lambda: refused() == 1)
    check(machine.connected(), "a refused connection disturbed the exporter's")


def main():
    machine = Machine()
    machine.enable(*UNITS)
    machine.boot()
    check_units(machine)
    check_processes(machine)
    machine.wait_until_connected()
    check_status_lines(machine)
    check_socket(machine)


run_test(main)
