# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a test of this folder in the emulated machine that emulated.py has prepared."""
import glob
import runpy
import subprocess
import sys

import debian_root
import examples
import machine
import network
from lifetime import command, on_exit


class ThisMachine(machine.Machine):
    """The machine of this process, which has booted. The namespace of PID 1 has scope="host"."""

    def __init__(self):
        self.root, self._pid = "", 1
        self.namespace = network.Namespace("/proc/1/ns/net", "127.1.2.3", "::1")

    def enable(self, *units):
        command("systemctl", "enable", *units)

    def boot(self, *options):
        command("systemctl", "start", *machine.UNITS)
        return self

    def process(self, unit):
        return int(self.show(unit, "MainPID"))

    def path(self, path):
        return path

    def try_run(self, *words):
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)


def explain():
    subprocess.run(["journalctl", "--no-pager", "--output=short-monotonic", "--unit=rexmit-*"],
                   check=False)


def main():
    machine.Machine = ThisMachine
    examples.mount_bpffs = lambda _: None  # systemd has mounted it
    debian_root.PROGRAMS = ["/usr/sbin/rexmit-collector", "/usr/bin/rexmit-exporter",
                            *glob.glob("/usr/lib/*/rexmit/rexmit-web-config.so")]
    on_exit(explain)
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
