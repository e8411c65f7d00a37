# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Boots a system that tests/systemd/emulated.py packed, with Debian's own kernel in qemu.

The system writes lines to the second serial port. The last line is "status NUMBER".
"""
import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import debian_kernel
import debian_root
import guest
import initramfs
from lifetime import on_exit, run_test
from machine import EMULATED, MACHINES

MEMORY_MIB = 2048
# The kernel must log every denial, so it has no rate limit, and a buffer for all lines.
LOG = "sysctl.kernel.printk_ratelimit=0 audit_backlog_limit=8192 log_buf_len=4M"
SYSTEMD = "systemd.getty_auto=no systemd.show_status=no"


def write_initramfs(kernel, root, system, path):
    """Joins both archives. The kernel reads both, in this order."""
    archive = initramfs.Initramfs(root)
    archive.add_program("busybox")
    archive.add_modules(kernel)
    archive.add_file("init", Path(__file__).with_name("init_system"))
    archive.write(path)
    with open(path, "ab") as file, open(system, "rb") as packed:
        shutil.copyfileobj(packed, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--append", default="", help="arguments for the kernel")
    parser.add_argument("--architecture", choices=EMULATED, default="amd64")
    parser.add_argument("suite", help="Debian's, such as trixie")
    parser.add_argument("system", help="a cpio archive whose files are below system/")
    options = parser.parse_args()
    machine = MACHINES[options.architecture]
    guest.need(machine, "busybox")
    kernel = debian_kernel.kernel_or_skip(options.suite, machine.debian)
    root = "/" if machine.debian == "amd64" else debian_root.root_or_skip(machine)
    work = Path(tempfile.mkdtemp(prefix="rexmit-system-"))
    on_exit(shutil.rmtree, work, True)
    write_initramfs(kernel, root, options.system, work / "initramfs")
    print(f"kernel {kernel.version}", flush=True)
    sys.exit(guest.follow(
        guest.command(machine, kernel.image, work / "initramfs", work / "console",
                      f"{LOG} {SYSTEMD} {options.append}", MEMORY_MIB),
        work / "console"))


run_test(main)
