# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Where no user namespace may be made, the exporter starts as it is installed, and answers.

The limit is that of the container's own user namespace, so that no other test sees it.
"""
import os
import subprocess

from lifetime import check, run_test, until
from machine import EXPORTER, SOCKETS, Machine

LIMIT = "/proc/sys/user/max_user_namespaces"


def set_limit(machine, number):
    """The sysctl of the user namespace that the writer is in."""
    done = subprocess.run(
        ["nsenter", f"--user=/proc/{machine.pid}/ns/user", "--", "sh", "-c",
         f"echo {number} >{LIMIT} && cat {LIMIT}"], capture_output=True, text=True, check=False)
    check(done.stdout.strip() == str(number), f"{LIMIT} is {done.stdout} {done.stderr}")


def namespaces(machine):
    """The user namespaces of PID 1 and of the exporter."""
    return {os.readlink(f"/proc/{process}/ns/user")
            for process in (machine.pid, machine.process(EXPORTER))}


def check_start(machine, many):
    machine.systemctl("restart", EXPORTER)
    check(machine.show(EXPORTER, "NRestarts") == "0", "it took more than one start")
    check(len(namespaces(machine)) == many, f"namespaces: {namespaces(machine)}, not {many}")
    until("an answer", machine.try_scrape)


def main():
    machine = Machine()
    machine.enable(*SOCKETS)
    machine.boot("--private-users=identity")
    check_start(machine, 2)
    set_limit(machine, 0)
    check_start(machine, 1)
    check_start(machine, 1)
    # Namespaces may be made again: the next start has one.
    set_limit(machine, 1000)
    check_start(machine, 2)


run_test(main)
