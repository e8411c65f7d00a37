# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks the privileges that the kernel shows of all running processes, for each way to start them.

The remaining privileges must suffice to count all segments of a lossy transfer.
"""
import os
import sys

import pipeline
import workloads
from lifetime import Failure, check, need_root_and_namespaces, run_test

KEPT = "000000c000000000"  # CAP_PERFMON is bit 38, CAP_BPF 39 (linux/capability.h)
NONE = "0000000000000000"
PR_SET_SECUREBITS = 28  # linux/prctl.h
AMBIENT = ["setpriv", "--reuid", pipeline.USER, "--regid", "nogroup", "--clear-groups",
           "--inh-caps", "+bpf,+perfmon", "--ambient-caps", "+bpf,+perfmon",
           "--pdeathsig", "KILL", "--"]
# A parent may have locked EXEC_RESTRICT_FILE and EXEC_DENY_INTERACTIVE (linux/securebits.h), from
# Linux 6.14 on. An older kernel refuses the bits, and nothing is locked.
LOCKED_BITS = [sys.executable, "-c",
               "import ctypes, os, sys\n"
               "prctl = ctypes.CDLL(None).prctl\n"
               f"prctl({PR_SET_SECUREBITS}, 0xf00, 0, 0, 0)\n"
               "os.execvp(sys.argv[1], sys.argv[1:])"]
AMBIENT_BOUND = [*AMBIENT[:-1], "--bounding-set", "-all,+bpf,+perfmon", "--"]


def status_of(pid):
    """Returns /proc/PID/status of the program that setpriv has executed."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def check_state(what, pid, permitted, bounding):
    expected = {"CapInh": NONE, "CapPrm": permitted, "CapEff": permitted, "CapAmb": NONE,
                "NoNewPrivs": "1", "Seccomp": "2", "Groups": " ", "Uid": "\t".join(["65534"] * 4),
                "Gid": "\t".join(["65534"] * 4)}
    if bounding is not None:
        expected["CapBnd"] = bounding
    state = status_of(pid)
    for name, value in expected.items():
        check(state[name] == value, f"{what}: {name} is {state[name]!r}, not {value!r}")
    print(f"{what}: CapPrm {state['CapPrm']} CapBnd {state['CapBnd']} Seccomp {state['Seccomp']}")


def check_exact(what, directory):
    """Makes a lossy transfer while this collector runs. The exporter must count all segments."""
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    check_state(f"{what}, exporter", exporter.process.pid, NONE, None)
    workloads.check_counted(what, exporter)
    exporter.stop()


def try_start(what, launcher, flags, permitted, bounding):
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory, *flags, launcher=launcher).wait()
    check_state(what, collector.process.pid, permitted, bounding)
    check_state(f"{what}, walker", collector.walker(), permitted, bounding)
    check_exact(what, directory)
    collector.stop()


def may_refuse():
    """Whether bpf(2) may require CAP_BPF for open maps: before Linux 5.19, with this sysctl."""
    with open("/proc/sys/kernel/unprivileged_bpf_disabled", encoding="ascii") as file:
        return file.read() != "0\n" and tuple(map(int, os.uname().release.split(".")[:2])) < (5, 19)


def try_no_capabilities():
    """Starts a collector that keeps no capability. Some kernels make it exit with the reason."""
    what = "as root, --keep-caps none"
    try:
        try_start(what, [], ["--keep-caps", "none"], NONE, NONE)
    except Failure as failure:
        if not may_refuse() or "cannot walk over the sockets" not in str(failure):
            raise
        print(f"{what}: refused by this kernel")


def main():
    need_root_and_namespaces()
    try_start("as root", [], [], KEPT, NONE)
    try_no_capabilities()
    try_start("as root, other bits locked", LOCKED_BITS, [], KEPT, NONE)
    try_start("ambient", AMBIENT, [], KEPT, None)
    try_start("ambient and bounded", AMBIENT_BOUND, [], KEPT, KEPT)


run_test(main)
