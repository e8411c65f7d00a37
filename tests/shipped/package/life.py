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

import beside
import examples
import processes
from installed import check_serves, files
from lifetime import check, command, on_exit, run_test, stop, until
from machine import COLLECTOR, EXPORTER, SOCKETS, UNITS, Machine, overlay, own_mount_namespace
from release import SOURCE, Release

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


def beside_others(root):
    beside.check_refused(root, ["chroot", root, "dpkg", "--install", "/root/rexmit.deb"],
                         "rexmit: another installation has {}:")


def in_chroot(release, package):
    """In a chroot that has the host's /sys and /run, the package leaves the host as it is."""
    root = overlay(release.root(package))
    for place, kind in (("proc", "proc"), ("sys", "tmpfs"), ("sys/fs/bpf", "bpf")):
        os.makedirs(f"{root}/{place}", exist_ok=True)
        command("mount", "-t", kind, kind, f"{root}/{place}")
        on_exit(command, "umount", "--lazy", f"{root}/{place}")
    os.makedirs(f"{root}/sys/kernel/security/apparmor")
    unload = f"{root}/sys/kernel/security/apparmor/.remove"
    with open(unload, "w", encoding="ascii"):
        pass
    os.mkdir(root + PINS)
    command("mount", "-t", "tmpfs", "tmpfs", f"{root}/run")
    on_exit(command, "umount", "--lazy", f"{root}/run")
    os.mkdir(f"{root}/run/rexmit")
    shutil.copy(package, f"{root}/root/rexmit.deb")
    beside_others(root)
    command("chroot", root, "dpkg", "--install", "/root/rexmit.deb")
    command("chroot", root, "dpkg", "--purge", "rexmit")
    check(os.path.exists(root + PINS), "the removal in a chroot removes the pins of the host")
    check(os.path.exists(f"{root}/run/rexmit"), "the removal in a chroot removes the directory of the host's socket")
    check(os.path.getsize(unload) == 0, "the purge in a chroot unloads the host's AppArmor profiles")


def remove(machine):
    objects = processes.bpf_objects(machine.process(COLLECTOR))
    check(objects, "the collector holds no BPF object")
    # The pins outlive the drop-in. The removal of the package ends them.
    machine.run("rm", "-r", f"/etc/systemd/system/{COLLECTOR}.d")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", COLLECTOR)
    check(os.listdir(machine.path(PINS)), "the pins were removed too early")
    runtime = ["/run/rexmit", f"/run/systemd/system/{EXPORTER}.d"]  # as exporter-prepare creates it
    machine.run("sh", "-c", f"mkdir -p {runtime[1]} && touch {runtime[1]}/no-user-namespace.conf")
    machine.run("dpkg", "--remove", "rexmit")
    for path in runtime:
        check(not os.path.exists(machine.path(path)), f"the removal leaves {path}")
    check(not processes.programs(machine.pid, "rexmit-"), "a program runs after the removal")
    for kind, number in objects:
        until(f"the end of {kind} {number}",
              lambda: not processes.bpf_object_exists(kind, number))
    check(not os.path.exists(machine.path(PINS)), "the removal leaves the pins")
    check(machine.try_scrape("127.0.0.2:2113") is None, "the port is open after the removal")
    check(os.path.exists(machine.path("/etc/default/rexmit-exporter")),
          "the removal, which is no purge, removed the configuration")


def add_settings(machine):
    """Adds what the documents' commands create: all example drop-ins, the state file, a rotated file of events."""
    for name in os.listdir(f"{SOURCE}/systemd/examples"):
        with open(f"{SOURCE}/systemd/examples/{name}", encoding="utf-8") as file:
            examples.place(machine, file.read())
    for unit in UNITS + SOCKETS:
        machine.add_drop_in(unit, "override", "[Unit]\n")
    machine.run("touch", *EVENTS)
    # The directory of the state file may be a mount point, which cannot be removed.
    machine.run("sh", "-c", "mkdir /var/lib/rexmit-exporter && mount -t tmpfs tmpfs /var/lib/rexmit-exporter && "
                "touch /var/lib/rexmit-exporter/state")


EVENTS = [f"/var/log/rexmit-exporter.events{end}" for end in ("", ".1", ".2.gz", "-20260101")]


def purge(machine, before):
    add_settings(machine)
    machine.run("dpkg", "--purge", "rexmit")
    check(not os.listdir(machine.path("/var/lib/rexmit-exporter")), "the purge leaves the state file")
    machine.run("umount", "/var/lib/rexmit-exporter")
    machine.run("rmdir", "/var/lib/rexmit-exporter")
    for path in EVENTS:
        check(not os.path.exists(machine.path(path)), f"the purge leaves {path}")
    left = files(machine.root) - before
    check(not left, f"the purge leaves {sorted(left)}")
    for name in ("collector", "exporter"):
        machine.user(f"rexmit-{name}")  # the user remains, as Debian's system users do


def main():
    own_mount_namespace()
    release = Release(sys.argv[1])
    package = release.package()
    in_chroot(release, package)
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
