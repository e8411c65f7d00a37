# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a kernel in qemu without KVM, and reads the report of its init.

The kernel's console is the first serial port, and goes to a file. The second serial port has the
report. Each section of it starts with "begin NAME" and ends with "end NAME STATUS".
"""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import threading

from lifetime import skip

# On a busy host AMD64's emulated timer is late. Without no_timer_check the kernel would panic.
COMMAND_LINE = "panic=-1 oops=panic loglevel=4 mitigations=off no_timer_check rdinit=/init"
DEBUGGED_SLABS = "slub_debug=F,kmalloc-*"  # AMD64 in machine.py explains this
MEMORY_MIB = 512
BOOT_S = 90  # until init prints something; 4 s on an idle host
PR_SET_PDEATHSIG = 1
# In an oops: the second byte of a static branch's nop, which has five or two bytes.
HALF_NOP = re.compile(r"0f <1f> 44 00 00|66 <90>")
HALVED = "the emulator executed half of an instruction that was being patched"


class Section:
    def __init__(self, lines, status):
        self.lines = lines
        self.status = status
        self.text = "\n".join(lines)


class Report(dict):
    """The sections of a report by name. `whole` is true if init reached its end."""

    whole = False


def need(machine, *tools):
    need_tools(machine.emulator[0], *tools)


def need_tools(*tools):
    for tool in tools:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip(f"no program {tool}")


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def command(machine, image, initramfs, console, arguments="", memory_mib=MEMORY_MIB):
    """Returns the command line of qemu, whose standard output is the report."""
    ports = f"console={machine.console} report={machine.report}"
    return [
        *machine.emulator, "-accel", "tcg,thread=multi", "-smp", "2", "-m", str(memory_mib),
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-kernel", str(image), "-initrd", str(initramfs),
        "-append", f"{ports} {COMMAND_LINE} {arguments}",
        "-serial", f"file:{console}", "-chardev", "stdio,id=report,signal=off",
        *machine.report_device,
    ]


def boot(machine, image, initramfs, console, deadline_s, arguments=""):
    """Runs the guest until it powers off or the deadline passes. Returns its Report.

    The Report is empty if init printed nothing within BOOT_S.
    """
    with subprocess.Popen(command(machine, image, initramfs, console, arguments),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace", preexec_fn=die_with_parent) as qemu:
        timers = [threading.Timer(seconds, qemu.kill) for seconds in (BOOT_S, deadline_s)]
        for timer in timers:
            timer.start()
        try:
            return read_report(qemu.stdout, timers[0].cancel)
        finally:
            for timer in timers:
                timer.cancel()
            qemu.kill()


def read_report(stream, begun):
    report = Report()
    name, lines = None, []
    for line in stream:
        begun()
        line = line.rstrip("\r\n")
        end = re.fullmatch(r"end (\S+) (\d+)", line)
        if name is None and line.startswith("begin "):
            name, lines = line.split()[1], []
        elif end and end[1] == name:
            report[name] = Section(lines, int(end[2]))
            name = None
        elif name is None and line == "whole":
            report.whole = True
        else:
            lines.append(line)
    return report


def was_halved(console):
    """Returns whether the guest failed for the reason HALVED, which no program in it can cause.

    The emulator (TCG) may execute the rest of a nop while the guest changes its first byte
    (text_poke_bp()).
    """
    with open(console, encoding="utf-8", errors="replace") as file:
        return bool(HALF_NOP.search(file.read()))


def _follow(words):
    """Returns 1 if the guest ends without the line."""
    status = 1
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace", preexec_fn=die_with_parent) as qemu:
        for line in qemu.stdout:
            if line.startswith("status "):
                status = int(line.split()[1])
            else:
                print(line, end="", flush=True)
    return status


def follow(words, console):
    """Runs the guest and prints its report. Returns the number of the line "status NUMBER".

    Boots the guest again if the emulator failed.
    """
    status = _follow(words)
    if status and was_halved(console):
        print(f"booted again: {HALVED}", flush=True)
        status = _follow(words)
    if status:
        with open(console, encoding="utf-8", errors="replace") as file:
            print(f"--- the end of the console\n{file.read()[-2000:]}")
    return status
