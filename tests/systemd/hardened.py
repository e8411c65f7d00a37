# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter's unit restricts the exporter, even on a host that forbids some restrictions.

If the host allows no user namespaces, the installed exporter still starts and answers. The test
sets that limit only in the container's user namespace. In /run the exporter sees only the paths to
systemd and to its collector, even after restarts of both. The README's command stops both programs.
"""
import os
import re
import subprocess

from lifetime import check, run_test, until
from machine import EXPORTER, SOCKETS, UNITS, Machine

LIMIT = "/proc/sys/user/max_user_namespaces"


def set_limit(machine, number):
    """Sets the limit of user namespaces in the container's user namespace."""
    done = subprocess.run(
        ["nsenter", f"--user=/proc/{machine.pid}/ns/user", "--", "sh", "-c",
         f"echo {number} >{LIMIT} && cat {LIMIT}"], capture_output=True, text=True, check=False)
    check(done.stdout.strip() == str(number), f"{LIMIT} is {done.stdout} {done.stderr}")


def namespaces(machine):
    """Returns the user namespaces of PID 1 and of the exporter."""
    return {os.readlink(f"/proc/{process}/ns/user")
            for process in (machine.pid, machine.process(EXPORTER))}


def check_start(machine, many):
    machine.systemctl("restart", EXPORTER)
    check(machine.show(EXPORTER, "NRestarts") == "0", "the exporter needed more than one start")
    check(len(namespaces(machine)) == many,
          f"expected {many} user namespaces, found {namespaces(machine)}")
    until("an answer", machine.try_scrape)


def in_run(machine):
    """Returns the paths that the exporter sees in /run, without the leading slash."""
    top = f"/proc/{machine.process(EXPORTER)}/root/run"
    return {os.path.relpath(f"{directory}/{name}", top)
            for directory, _, names in os.walk(top) for name in names}


def check_same(machine, path):
    """The exporter and the machine see the same file at the path."""
    own = f"/proc/{machine.process(EXPORTER)}/root{path}"
    check(os.path.samefile(own, machine.path(path)), f"the exporter sees another {path}")


def check_run(machine):
    check(in_run(machine) == {"systemd/notify", "rexmit/collector.sock"}, f"{in_run(machine)}")
    check(not os.path.exists(f"/proc/{machine.process(EXPORTER)}/root/dev/log"),
          "the exporter sees the socket of the log")
    process = machine.process(EXPORTER)
    machine.systemctl("restart", "rexmit-collector.socket")
    machine.systemctl("daemon-reexec")
    check(machine.process(EXPORTER) == process, "the exporter was restarted")
    for path in ("/run/systemd/notify", "/run/rexmit/collector.sock"):
        check_same(machine, path)


def check_without_collector(machine):
    """The exporter starts without a collector. It sees a socket that is created later."""
    machine.systemctl("stop", "rexmit-collector.socket")
    machine.run("rm", "-r", "/run/rexmit")
    machine.systemctl("restart", EXPORTER)
    check(in_run(machine) == {"systemd/notify"}, f"{in_run(machine)}")
    machine.systemctl("start", "rexmit-collector.socket")
    check_same(machine, "/run/rexmit/collector.sock")


def check_stop_of_both(machine):
    """Runs the README's command. After it a scrape must start no program."""
    machine.systemctl("stop", EXPORTER)
    until("an answer of the restarted exporter", machine.try_scrape)
    with open(f"{os.environ['REXMIT_SOURCE']}/README.md", encoding="utf-8") as file:
        line = re.search(r"^sudo (systemctl stop rexmit-.*)$", file.read(), re.M).group(1)
    machine.run(*line.split())
    check(machine.try_scrape() is None, "the port is still open")
    for unit in UNITS + SOCKETS:
        check(not machine.is_active(unit), f"{unit} is active after: {line}")


def main():
    machine = Machine()
    machine.enable(*SOCKETS)
    machine.boot("--private-users=identity")
    check_start(machine, 2)
    set_limit(machine, 0)
    check_start(machine, 1)
    check_start(machine, 1)
    # After this the next start can create a namespace again.
    set_limit(machine, 1000)
    check_start(machine, 2)
    check_run(machine)
    check_without_collector(machine)
    check_stop_of_both(machine)


run_test(main)
