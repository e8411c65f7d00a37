# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A package on a minimal Debian is installed, configured, upgraded, removed and purged.

After the installation alone the exposition has every retransmitted segment. An upgrade keeps the
operator's settings. A purge removes everything except the two users.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import examples
import processes
from installed import check_serves, files
from lifetime import check, command, on_exit, run_test, stop, until
from machine import COLLECTOR, EXPORTER, UNITS, Machine, overlay, own_mount_namespace
from release import Release

PORT, OPENED = "rexmit-exporter.socket", "ActiveEnterTimestampMonotonic"
PINS = "/sys/fs/bpf/rexmit"  # the directory in collector-pin.conf


def next_version(package):
    """Returns the same package with a higher version, for an upgrade."""
    directory = tempfile.mkdtemp(prefix="rexmit-package-")
    on_exit(shutil.rmtree, directory, True)
    command("dpkg-deb", "--raw-extract", package, f"{directory}/tree")
    with open(f"{directory}/tree/DEBIAN/control", "r+", encoding="utf-8") as file:
        text = file.read()
        version = text.split("\nVersion: ")[1].split("\n")[0]
        file.seek(0)
        file.write(text.replace(f"\nVersion: {version}\n", f"\nVersion: {version}+next\n"))
    command("dpkg-deb", "--root-owner-group", "--build", f"{directory}/tree",
            f"{directory}/next.deb")
    return f"{directory}/next.deb", f"{version}+next"


def install(machine):
    """Installs while another program uses the port. One line reports the conflict.

    When the port is free, the next start serves.
    """
    holder = subprocess.Popen(
        [*machine.namespace.enter, sys.executable, "-c", "import socket; listener = "
         "socket.create_server(('127.0.0.1', 2112)); print('listening', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    on_exit(stop, holder)
    check(holder.stdout.readline() == "listening\n", "cannot use the port")
    done = machine.try_run("dpkg", "--install", "/root/rexmit.deb")
    print(done.stdout, done.stderr, flush=True)
    check(done.returncode == 0, "the installation fails if the port is used")
    lines = [line for line in done.stderr.splitlines() if line.startswith("rexmit: ")]
    check(len(lines) == 1 and "127.0.0.1:2112" in lines[0]
          and "exporter-listen-address.conf" in lines[0], f"lines: {lines}")
    stop(holder)
    machine.systemctl("restart", "rexmit-exporter.socket")
    machine.systemctl("restart", EXPORTER)


def configure(machine):
    """Configures rexmit as in README.md: flags in /etc/default, an address and pins in drop-ins."""
    for name, flags in (("exporter", "--max-series 123"), ("collector", "--keep-caps none")):
        machine.run("sed", "-i", f's/^ARGS=.*/ARGS="{flags}"/', f"/etc/default/rexmit-{name}")
    machine.add_drop_in("rexmit-exporter.socket", "listen-address",
                        "[Socket]\nListenStream=\nListenStream=127.0.0.2:2113\n")
    examples.mount_bpffs(machine)
    examples.add(machine, "collector-pin.conf")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", "rexmit-exporter.socket")
    machine.systemctl("restart", COLLECTOR)
    check_configured(machine)
    check(os.listdir(machine.path(PINS)), "nothing is pinned")


def check_configured(machine):
    machine.wait_until_connected("127.0.0.2:2113")
    check(machine.scrape("127.0.0.2:2113").value("rexmit_series_limit") == 123,
          "the exporter does not have the flags of /etc/default/rexmit-exporter")
    have = processes.status(machine.process(COLLECTOR))["CapPrm"]
    check(int(have, 16) == 0, f"the collector has capabilities {have} despite --keep-caps none")
    check(machine.try_scrape() is None, "the default address is still served")


def upgrade(machine, version):
    before = {unit: machine.process(unit) for unit in UNITS}
    counting = processes.bpf_objects(machine.process(COLLECTOR))
    opened = machine.show(PORT, OPENED)
    machine.run("dpkg", "--install", "/root/next.deb")
    check(machine.show(PORT, OPENED) == opened, "the upgrade closed the port for a moment, "
          "in which any local user can bind it")
    check(machine.run("dpkg-query", "--show", "--showformat", "${Version}", "rexmit") == version,
          "the package was not upgraded")
    check_configured(machine)
    for unit, process in before.items():
        check(machine.process(unit) != process, f"{unit} still runs the old program")
    check(processes.bpf_objects(machine.process(COLLECTOR)) >= counting,
          "the new collector does not use the pinned programs")


def remove(machine):
    objects = processes.bpf_objects(machine.process(COLLECTOR))
    check(objects, "the collector holds no BPF object")
    # The pins outlive the drop-in. The removal of the package ends them.
    machine.run("rm", "-r", f"/etc/systemd/system/{COLLECTOR}.d")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", COLLECTOR)
    check(os.listdir(machine.path(PINS)), "the pins were removed too early")
    machine.run("dpkg", "--remove", "rexmit")
    check(not processes.programs(machine.pid, "rexmit-"), "a program runs after the removal")
    for kind, number in objects:
        until(f"the end of {kind} {number}",
              lambda: not processes.bpf_object_exists(kind, number))
    check(not os.path.exists(machine.path(PINS)), "the removal leaves the pins")
    check(machine.try_scrape("127.0.0.2:2113") is None, "the port is open after the removal")
    check(os.path.exists(machine.path("/etc/default/rexmit-exporter")),
          "the removal, which is no purge, removed the configuration")


def purge(machine, before):
    machine.run("rm", "-r", "/etc/systemd/system/rexmit-exporter.socket.d")
    machine.run("mkdir", "/var/lib/rexmit-exporter")  # the directory in exporter-state-file.conf
    machine.run("touch", "/var/lib/rexmit-exporter/state")
    machine.run("dpkg", "--purge", "rexmit")
    check(not os.path.exists(machine.path("/run/rexmit/collector.sock")),
          "the purge leaves the collector's socket")
    left = files(machine.root) - before
    check(not left, f"the purge leaves {sorted(left)}")
    for name in ("collector", "exporter"):
        machine.user(f"rexmit-{name}")  # the user remains, as Debian's system users do


def main():
    own_mount_namespace()
    release = Release(sys.argv[1])
    package = release.package()
    following, version = next_version(package)
    machine = Machine(lambda: overlay(release.root(package)))
    for path, name in ((package, "rexmit.deb"), (following, "next.deb")):
        shutil.copy(path, f"{machine.root}/root/{name}")
    machine.boot()
    before = files(machine.root)
    install(machine)
    check_serves(machine)
    configure(machine)
    upgrade(machine, version)
    remove(machine)
    purge(machine, before)


run_test(main)
