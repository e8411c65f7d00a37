# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The example drop-ins, as they are installed: each does what it says, and all still counts."""
import os
import re

import loss
import processes
from lifetime import check, run_test
from machine import COLLECTOR, UNITS, Machine


def find(root, name):
    for directory, _, files in os.walk(f"{root}/usr"):
        if name in files:
            return f"{directory}/{name}"
    return check(False, f"{name} is not installed")


def use(machine, name):
    """Copies an example to where its own comment says; none but this is in effect afterwards."""
    with open(find(machine.root, name), encoding="utf-8") as file:
        text = file.read()
    target = re.search(r"^# /etc/systemd/system/(\S+)\.d/(\S+)\.conf$", text, re.M)
    machine.run("sh", "-c", "rm -rf /etc/systemd/system/rexmit-*.d")
    machine.add_drop_in(target.group(1), target.group(2), text)
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", target.group(1))
    return text


def check_collector(machine, name, **sets):
    use(machine, name)
    user = machine.user("rexmit-collector")
    processes.check_privileges(machine.process(COLLECTOR), user, **sets)
    machine.wait_until_connected()
    loss.check_exact(machine)


def check_address(machine):
    text = use(machine, "exporter-listen-address.conf")
    address = re.search(r"^ListenStream=(\S+)$", text, re.M).group(1)
    machine.namespace.run("ip", "address", "add", address.split(":")[0], "dev", "lo")
    # The service was started again with its socket, which it requires.
    machine.wait_until_connected(address)
    check(machine.try_scrape() is None, "the default address is still served")


def check_no_user_namespace(machine):
    """Its processes are then of the machine's own user namespace, as the collector's are."""
    use(machine, "exporter-no-user-namespace.conf")
    machine.wait_until_connected()
    namespaces = {os.readlink(f"/proc/{machine.process(unit)}/ns/user") for unit in UNITS}
    check(len(namespaces) == 1, "the exporter has a user namespace of its own")


def check_filters_suffice(machine):
    """A call beyond the units' lists, which they only refuse, now kills: there is none."""
    for unit in UNITS:
        machine.add_drop_in(unit, "kill", "[Service]\nSystemCallErrorNumber=kill\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", *UNITS)
    machine.wait_until_connected()
    loss.check_exact(machine)
    for unit in UNITS:
        check(machine.show(unit, "NRestarts") == "0", f"{unit} was killed")


def main():
    machine = Machine()
    machine.enable(*UNITS)
    machine.boot()
    kept = {"CapPrm": processes.BPF_AND_PERFMON, "CapEff": processes.BPF_AND_PERFMON}
    check_collector(machine, "collector-start-as-root.conf", **kept)
    check_collector(machine, "collector-keep-no-capability.conf",
                    CapBnd=processes.BPF_AND_PERFMON)
    check_no_user_namespace(machine)
    check_filters_suffice(machine)
    check_address(machine)


run_test(main)
