#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs another test on Debian's own kernel, for cases that this host's kernel does not have.

Example: tests/kernel_matrix/inside.py trixie tests/chaos/chaos.py --for 600. REXMIT_COLLECTOR and
similar variables name the programs. By default they are in build/. Exits with the test's status.
"""
import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import call_lists
import debian_kernel
import debian_root
import guest
import initramfs
from lifetime import on_exit, run_test
from machine import EMULATED, MACHINES

TESTS = Path(__file__).resolve().parent.parent
# The files that tests read.
FILES = ("docs/api.md", "docs/runbook.md", "bpf/kernel.bpf.h", *call_lists.LISTS.values(),
         "systemd/rexmit-collector.service.in", "systemd/rexmit-exporter.service.in")
PROGRAMS = {"REXMIT_COLLECTOR": "build/collector/rexmit-collector",
            "REXMIT_EXPORTER": "build/exporter/rexmit-exporter",
            "REXMIT_TRAFFIC": "build/tests/lib/rexmit-traffic"}
PYTHON = "/usr/bin/python3"  # Debian's Python, whose library is in one directory
TOOLS = ("busybox", "strace", "ip", "nft", "setpriv", "nsenter", "unshare", "mount", "sh", "ethtool",
         "bpftool")
MEMORY_MIB = 3072
ENVIRONMENT = {"PYTHONHOME": "/usr", "PYTHONPATH": "/rexmit/tests/lib", "PYTHONUNBUFFERED": "1",
               "REXMIT_PID_1_THREADS": "",  # these kernels treat PID 1 like other processes
               "REXMIT_PATIENCE": "4",  # a busy host slows the emulator
               "REXMIT_SOURCE": "/rexmit", "OPENSSL_CONF": "/etc/ssl/openssl.cnf"}


def library_of(python, root):
    if root != "/":
        return next(f"/usr/lib/{path.name}" for path in Path(root).glob("usr/lib/python3.*"))
    return subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
                          check=True, text=True, capture_output=True).stdout.strip()


def add_web_config(archive, exporter):
    """Adds the exporter's TLS module, and openssl(1), which makes certificates."""
    archive.add_program("openssl")
    for module in Path(exporter).parent.glob("web_config/*.so"):
        archive.add_library(f"bin/web_config/{module.name}", module)


def build_initramfs(kernel, root, built, path, words):
    """`built` is {name: path} of programs for another architecture."""
    archive = initramfs.Initramfs(root)
    for program in (*TOOLS, PYTHON):
        archive.add_program(program)
    archive.add_modules(kernel)
    archive.add_tree(library_of(PYTHON, root), without=("test", "__pycache__", "idlelib", "lib2to3"))
    for folder in ("chaos", "collector", "exactness", "kernel_matrix", "lib", "privileges"):
        for source in (TESTS / folder).glob("*.py"):
            archive.add_file(f"rexmit/tests/{folder}/{source.name}", source)
    for name in FILES:
        archive.add_file(f"rexmit/{name}", TESTS.parent / name)
    environment = dict(ENVIRONMENT)
    for name, default in PROGRAMS.items():
        program = str(built.get(Path(default).name) or os.environ.get(name, default))
        archive.add_program(program)
        environment[name] = "/bin/" + os.path.basename(program)
    if root == "/":
        add_web_config(archive, os.environ.get("REXMIT_EXPORTER", PROGRAMS["REXMIT_EXPORTER"]))
    for name in ("intruder-collector", "intruder-walker", "intruder-exporter"):
        if name in built:
            archive.add_program(built[name])
    # The intruder may open only this file, which also has the lines that openssl(1) needs.
    archive.add_text("etc/ssl/openssl.cnf", "[req]\ndistinguished_name = dn\n[dn]\n")
    archive.add_users({**initramfs.USERS, "nobody": 65534, "nogroup": 65534, "daemon": 1})
    words = ["env", *(f"{name}={value}" for name, value in environment.items()), "python3", *words]
    archive.add_text("command", f"cd /rexmit && exec {shlex.join(words)}\n")
    archive.add_file("init", Path(__file__).with_name("init"))
    archive.write(path)


def run(machine, kernel, root, built, words):
    work = Path(tempfile.mkdtemp(prefix="rexmit-inside-"))
    on_exit(shutil.rmtree, work, True)
    build_initramfs(kernel, root, built, work / "initramfs", words)
    command = guest.command(machine, kernel.image, work / "initramfs", work / "console",
                            f"{guest.DEBUGGED_SLABS} scenario=command", MEMORY_MIB)
    return guest.follow(command, work / "console")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", help="a suite of Debian, such as trixie")
    parser.add_argument("test", nargs=argparse.REMAINDER, help="a Python file and its arguments")
    parser.add_argument("--architecture", choices=EMULATED, default="amd64")
    parser.add_argument("--build", help="another architecture: where to build the programs")
    options = parser.parse_args()
    if not options.test:
        parser.error("give a test")
    machine, root, built = MACHINES[options.architecture], "/", {}
    guest.need(machine, *TOOLS, PYTHON)
    kernel = debian_kernel.kernel_or_skip(options.suite, machine.debian)
    if machine.debian != "amd64":
        root = debian_root.root_or_skip(machine)
        built = debian_root.build(machine, root, options.build or f"build-{machine.debian}")
    print(f"kernel {kernel.version}", flush=True)
    sys.exit(run(machine, kernel, root, built, options.test))


run_test(main)
