# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Installs the example drop-ins as a user would."""
import os
import re

import processes
from lifetime import check, until
from machine import UNITS


def find(root, name):
    for directory, _, files in os.walk(f"{root}/usr"):
        if name in files:
            return f"{directory}/{name}"
    return check(False, f"{name} is not installed")


def add(machine, name):
    """Copies an example to the path in its comment. Returns (unit, text of the example)."""
    with open(find(machine.root, name), encoding="utf-8") as file:
        return place(machine, file.read())


def place(machine, text):
    target = re.search(r"^# /etc/systemd/system/(\S+)\.d/(\S+)\.conf$", text, re.M)
    machine.add_drop_in(target.group(1), target.group(2), text)
    return target.group(1), text


def check_tasks(machine, unit):
    """The running unit must have room for each command of systemd.

    If the host has only cgroup v2, systemd 256 and later start each command in the unit's cgroup,
    before they collect the command before the start. They may prepare a command for the reload,
    too, in a process. Without room the start or the reload fails: Failed to spawn executor, or
    Failed to set up special execution directory.
    """
    tasks = 1 + len(processes.children(machine.process(unit)))
    needed = max(tasks, 2 if machine.show(unit, "ExecStartPre") else 0,
                 tasks + 2 if machine.show(unit, "ExecReload") else 0)
    check(int(machine.show(unit, "TasksMax")) >= needed, f"{unit}: TasksMax= is below {needed}")


def use(machine, *names):
    """Installs only these drop-ins. Returns the text of the last one."""
    machine.run("sh", "-c", "rm -rf /etc/systemd/system/rexmit-*.d")
    added = [add(machine, name) for name in names]
    machine.systemctl("daemon-reload")
    # Restarts one unit at a time. A process that systemd forks for a unit briefly holds the sockets
    # of the other units, which systemd then cannot create again. Sockets restart first, so no
    # service starts with a changed socket.
    for unit in sorted({unit for unit, _ in added}, key=lambda unit: unit.endswith(".service")):
        machine.systemctl("restart", unit)
    for unit in UNITS:
        if machine.show(unit, "ActiveState") != "inactive":  # some tests start only one unit
            until(f"the start of {unit}", lambda unit=unit: machine.is_active(unit))
            check_tasks(machine, unit)
    return added[-1][1]


def mount_bpffs(machine):
    """Mounts bpffs so that only root can enter it, as systemd does on a host.

    The container has no bpffs, and its /sys is read-only.
    """
    machine.run("sh", "-c", "mount -o remount,rw /sys && mkdir -p /sys/fs/bpf && "
                "mount -t bpf -o mode=0700 bpf /sys/fs/bpf && mount -o remount,ro /sys")


def unpin(machine):
    machine.run("rexmit-collector", "--unpin", "/sys/fs/bpf/rexmit")
    machine.run("sh", "-c", "! test -e /sys/fs/bpf/rexmit")


def kill(machine, unit):
    """Kills the process with SIGKILL. systemd restarts it."""
    before = int(machine.show(unit, "NRestarts"))
    machine.systemctl("kill", "--signal=KILL", unit)
    until("the next start", lambda: int(machine.show(unit, "NRestarts")) > before
          and machine.is_active(unit))
    machine.wait_until_connected()
