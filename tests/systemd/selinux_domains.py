# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The SELinux domains allow the work of both programs, and deny an intruder all else.

The module runs with Debian's reference policy, in an emulated machine (emulated.py --policy
selinux) that boots in permissive mode. By default the test enforces the domains. If the argument
is "permissive", it only prints all denials.
"""
import os
import re
import shutil
import sys

import confined_intruder
import confined_work
import processes
from lifetime import check, command, run_test
from machine import SOCKETS, UNITS, Machine

PROGRAMS = ("/usr/sbin/rexmit-collector", "/usr/bin/rexmit-exporter")
DOMAINS = ["rexmit_collector_t", "rexmit_exporter_t"]


def type_of(context):
    return context.strip("\0\n").split(":")[2]


def install(machine):
    print(machine.run("dpkg", "--install", "/root/rexmit.deb"), flush=True)
    labels = [type_of(os.getxattr(path, "security.selinux").decode()) for path in PROGRAMS]
    check(labels == ["rexmit_collector_exec_t", "rexmit_exporter_exec_t"], f"labels: {labels}")
    machine.wait_until_connected()
    check_domains(DOMAINS)


def check_domains(domains):
    """The processes have exactly these domains."""
    found = set()
    for process in processes.programs(1, "rexmit-"):
        with open(f"/proc/{process}/attr/current", encoding="ascii") as context:
            found.add(type_of(context.read()))
    check(found == set(domains), f"domains: {found}")


def denials():
    return re.findall(r".*avc:  denied.*[st]context=\S*:rexmit_.*", command("dmesg"))


def in_place(program, python, words):
    """Runs Python in place of the program, under the program's label.

    This test has the domain of start scripts. From that domain the file's label selects the
    program's domain.
    """
    shutil.copyfile(python, program)
    return confined_intruder.outcomes(["env", "PYTHONHOME=/usr", program, *words])


def main():
    machine = Machine()
    install(machine)
    if sys.argv[1:] == ["permissive"]:
        confined_work.check_work(lambda: None)
        print("\n".join(denials()))
        return
    command("setenforce", "1")
    confined_work.check_work(lambda: check_domains(DOMAINS))
    found = denials()
    check(not found, "\n".join(["SELinux denied:", *found]))
    machine.systemctl("stop", *SOCKETS, *UNITS)
    for program in PROGRAMS:
        confined_intruder.check_denied(program, in_place)
    check(denials(), "the log has no line about the intruders")


run_test(main)
