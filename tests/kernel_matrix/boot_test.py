# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Boots the kernel of a Debian suite in qemu, and tests both programs on it.

On a supported kernel the programs count every workload of tests/lib/ exactly (exactness.py), and
leave nothing in the kernel. The collector must refuse to run without BTF, under
lockdown=confidentiality, and on a kernel that is too old. It must refuse before it loads anything.
With --tarball, the guest installs a release's tarball, tests its programs, and uninstalls them.
"""
import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path

import debian_kernel
import debian_root
import exactness
import guest
import initramfs
import traffic
from lifetime import check, on_exit, run_test
from machine import EMULATED, MACHINES
from workloads import WORKLOADS

TOOLS = ("busybox", "ip", "nft", "setpriv", "strace")
DEADLINE_S = {"amd64": 280, "arm64": 500}
BULK_BYTES = 2_000_000  # for each flow, because an emulated processor is slow


class Side:
    """One side of a pair of namespaces. All pairs use the same addresses."""

    def __init__(self, number):
        self.v4, self.v6 = f"192.0.2.{number}", f"2001:db8::{number}"


SIDES = {"client": Side(1), "server": Side(2)}


def nft_table(drops):
    chain = "".join(f"meta l4proto tcp {drop} drop\n" for drop in drops)
    return f"table inet loss {{ chain input {{ type filter hook input priority 0\n{chain} }}\n}}\n"


def add_workload(archive, name, workload):
    """Adds the directory from which workload() of init reads."""
    folder = f"workloads/{name}"
    address = workload.address.format(server=SIDES["server"])
    options = dict(workload.connect)
    if workload.bulk:
        options["bytes"] = min(options["bytes"], BULK_BYTES)
    listen = ["::" if ":" in address else address, traffic.PORT, "--reply", workload.reply]
    connect = [address, traffic.PORT, *traffic.flags(options)]
    archive.add_text(f"{folder}/listen", " ".join(map(str, listen)))
    archive.add_text(f"{folder}/connect", " ".join(map(str, connect)))
    archive.add_text(f"{folder}/server.nft", nft_table(workload.server_drops))
    archive.add_text(f"{folder}/client.nft", nft_table(workload.client_drops))


def build_initramfs(kernel, root, programs, tarball, path):
    archive = initramfs.Initramfs(root)
    users = initramfs.USERS
    if tarball:
        programs = [program for program in programs if Path(program).name not in initramfs.USERS]
        archive.add_file("tarball.tar.gz", tarball)
        users = {"root": 0}  # the installation creates the other users
    for program in (*TOOLS, *programs):
        archive.add_program(program)
    archive.add_modules(kernel)
    for name, side in SIDES.items():
        archive.add_text(f"addresses/{name}.v4", side.v4)
        archive.add_text(f"addresses/{name}.v6", side.v6)
    for name, workload in WORKLOADS.items():
        add_workload(archive, name, workload)
    archive.add_users(users)
    archive.add_file("init", Path(__file__).with_name("init"))
    archive.write(path)


def check_held(report, when):
    begin, now = report["held/begin"].text, report[f"held/{when}"].text
    check(begin == now, f"BPF objects at the start:\n{begin}\n{when}:\n{now}")


def check_refused(report, name, word):
    """--check and the start must print the reason in one line, and must not load anything."""
    preflight, start = report[f"{name}/check"], report[f"{name}/start"]
    trace = report[f"{name}/trace"].text
    missing = [line for line in preflight.lines if line.startswith("missing")]
    print(f"{name}: {start.text}")
    check(preflight.status == 1 and len(missing) == 1 and word in missing[0],
          f"{name}: --check, status {preflight.status}:\n{preflight.text}")
    check(start.status == 1 and len(start.lines) == 1 and word in start.text,
          f"{name}: the start, status {start.status}:\n{start.text}")
    check("exit_group(1)" in trace, f"{name}: the trace is incomplete:\n{trace}")
    check(not re.search(r"BPF_(PROG|BTF)_LOAD|BPF_MAP_CREATE", trace), f"{name}: loaded:\n{trace}")
    check_held(report, name)


def check_supported(report):
    check(report["check"].status == 0, f"--check:\n{report['check'].text}")
    check("exposition" in report, "the programs did not start")
    exactness.check_exact(report)
    disturbed = report["disturbed"].lines
    print(f"processor 1 was removed, and the clock was set, {len(disturbed)} times")
    check(disturbed and set(disturbed) == {"done"}, f"the disturbances failed: {disturbed}")
    check(report["stop"].lines == ["exporter 0", "collector 0"],
          f"status at the end: {report['stop'].text}")
    check_held(report, "stopped")
    check_refused(report, "no-btf", "BTF")
    check_refused(report, "lockdown", "lockdown")


def print_all(report, console):
    """Prints all output of the guest, to find the cause of a failure."""
    for name, section in report.items():
        if not name.endswith(("/snmp", "/netstat")):
            print(f"--- {name}, status {section.status}\n{section.text}")
    print(f"--- the end of the console\n{console.read_text(errors='replace')[-4000:]}")


def check_no_storage(report):
    """Tests a processor without CMPXCHG16B. Debugged slabs could replace that instruction, so they
    are off.
    """
    preflight = report["check"]
    missing = [line for line in preflight.lines if line.startswith("missing")]
    print(preflight.text)
    check(preflight.status == 1 and len(missing) == 1 and "storage" in missing[0],
          f"--check, status {preflight.status}:\n{preflight.text}")
    check("gives no storage to sockets" in report["start"].text, report["start"].text)


CHECKS = {"old": lambda report: check_refused(report, "old", "too old"),
          "supported": check_supported, "no-storage": check_no_storage}
ARGUMENTS = {"old": "", "supported": guest.DEBUGGED_SLABS, "no-storage": ""}


def emulator_failed(report, console):
    """Describes a failure that only the emulator can cause. Returns None for other failures."""
    if not report:
        return "the guest's init did not start"
    return guest.HALVED if guest.was_halved(console) else None


def check_tarball(report):
    for name, words in (("install", ("created the user rexmit-exporter", "there is no systemd")),
                        ("uninstall", ("removed", "the user rexmit-collector remains"))):
        print(f"{name}: {report[name].text}")
        check(report[name].status == 0 and all(word in report[name].text for word in words),
              f"{name}: status {report[name].status}")


def run(machine, kernel, root, programs, options):
    scenario = options.scenario
    work = Path(tempfile.mkdtemp(prefix="rexmit-kernels-"))
    on_exit(shutil.rmtree, work, True)
    build_initramfs(kernel, root, programs, options.tarball, work / "initramfs")
    began = time.monotonic()
    for _ in range(2):
        report = guest.boot(machine, kernel.image, work / "initramfs", work / "console",
                            began + DEADLINE_S[machine.debian] - time.monotonic(),
                            ARGUMENTS[scenario] + f" scenario={scenario}")
        failure = None if report.whole else emulator_failed(report, work / "console")
        if not failure:
            break
        print(f"booted again: {failure}")
    print(f"kernel {kernel.version}: {time.monotonic() - began:.0f} s")
    try:
        check(report.whole, "the guest's init did not reach its end")
        CHECKS[scenario](report)
        if options.tarball:
            check_tarball(report)
    except Exception:
        print_all(report, work / "console")
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", choices=CHECKS, default="supported")
    parser.add_argument("suite")
    parser.add_argument("programs", nargs="*", help="rexmit's programs, and others for init")
    parser.add_argument("--architecture", choices=EMULATED, default="amd64")
    parser.add_argument("--build", help="where to build the programs for another architecture")
    parser.add_argument("--tarball", help="install the two programs from this file of scripts/tarball")
    options = parser.parse_args()
    machine, root, programs = MACHINES[options.architecture], "/", options.programs
    guest.need(machine, *TOOLS)
    kernel = debian_kernel.kernel_or_skip(options.suite, machine.debian)
    if options.build:
        guest.need(machine, f"{machine.triplet}-gcc")
        root = debian_root.root_or_skip(machine)
        programs = debian_root.build(machine, root, options.build).values()
    run(machine, kernel, root, programs, options)


run_test(main)
