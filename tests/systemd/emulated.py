#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a test in an emulated Debian, whose kernel has mandatory access control.

Example: tests/systemd/emulated.py bookworm tests/systemd/apparmor.py. The machine has its own
kernel and systemd, and the package in /root/rexmit.deb. The test runs in the machine
(this_machine.py).

The file of --package may be for another architecture, which the machine then has. REXMIT_TRAFFIC
must be for the same one.
"""
import argparse
import glob
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile

import debian_root
from initramfs import newc_entry
from lifetime import command, on_exit, run_test
from machine import overlay, own_mount_namespace
from release import SOURCE, Release, layer

PACKAGES = ["curl", "iproute2", "nftables", "openssl", "python3"]
# {name: (packages, kernel arguments, command in the root)}
POLICIES = {
    "apparmor": (["apparmor"], "apparmor=1 security=apparmor", "true"),
    "selinux": (["make", "policycoreutils", "selinux-policy-default", "selinux-policy-dev"],
                "policy=selinux selinux=1 security=selinux enforcing=0",
                "cd /rexmit/selinux && make -f /usr/share/selinux/devel/Makefile rexmit.pp && "
                "semodule --noreload --install rexmit.pp rexmit_port.cil "
                "/rexmit/tests/systemd/emulated.cil && find / -xdev | "
                "xargs -d '\\n' matchpathcon -f /etc/selinux/default/contexts/files/file_contexts "
                ">/labels"),
}
# No program reads these files.
LEFT_OUT = {"usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/selinux",
            "var/lib/apt/lists"}
UNIT = """\
[Unit]
After=basic.target

[Service]
ExecStart=/bin/sh /rexmit/run
"""
# The last output must leave the serial port before the machine powers off.
RUN = """\
port=/dev/$(sed 's/.*report=\\([^ ]*\\).*/\\1/' /proc/cmdline)
stty -F "$port" raw -echo
exec >"$port" 2>&1
cd /rexmit
env PYTHONPATH=tests/lib:tests/systemd:tests/privileges PYTHONUNBUFFERED=1 \\
    REXMIT_BUILD=/rexmit REXMIT_SOURCE=/rexmit REXMIT_TRAFFIC=/rexmit/rexmit-traffic \\
    REXMIT_PATIENCE=4 python3 tests/systemd/this_machine.py {}
echo "status $?"
sleep 1
poweroff --force --force
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def native_layers(release, package, packages):
    return layer(f"emulated-{release.codename}", release.root(package), "sh", "-c",
                 "apt-get -qq update && apt-get -qq -y --no-install-recommends install "
                 f"{' '.join(packages)} && apt-get clean")


def unpack(root):
    """Unpacks the packages that debootstrap downloaded. dpkg regards them as installed.

    Their scripts do not run, because this host cannot run programs of the other architecture.
    """
    for name in filter(os.path.islink, (f"{root}/{name}" for name in ("dev", "proc", "sys"))):
        os.remove(name)  # debootstrap made it in place of a mount
        os.mkdir(name)
    with open(f"{root}/var/lib/dpkg/status", "w", encoding="utf-8") as status:
        for package in sorted(glob.glob(f"{root}/var/cache/apt/archives/*.deb")):
            command("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | '
                    'tar --extract --keep-directory-symlink --directory "$2"', "sh", package, root)
            fields = command("dpkg-deb", "--field", package).strip()
            status.write(f"{fields}\nStatus: install ok installed\n\n")
            os.remove(package)
    for name in ("passwd", "group"):
        shutil.copy(f"{root}/usr/share/base-passwd/{name}.master", f"{root}/etc/{name}")
    write(f"{root}/etc/shadow", "root:*:::::::\n")


def foreign_layers(release, package, packages, architecture):
    depends = command("dpkg-deb", "--field", package, "Depends").split(",")
    first = {alternatives.split()[0] for alternatives in depends}
    return [debian_root.root_of(release.codename, debian_root.PACKAGES | first | set(packages),
                                "--foreign", f"--arch={architecture}")]


def architecture_of(package):
    return command("dpkg-deb", "--field", package, "Architecture").strip()


def is_native(package):
    return architecture_of(package) == command("dpkg", "--print-architecture").strip()


def make_root(release, package, packages, prepare, words):
    packages = PACKAGES + packages
    root = overlay(native_layers(release, package, packages) if is_native(package) else
                   foreign_layers(release, package, packages, architecture_of(package)))
    shutil.copy(package, f"{root}/root/rexmit.deb")
    for folder in ("lib", "systemd", "privileges"):
        shutil.copytree(f"{SOURCE}/tests/{folder}", f"{root}/rexmit/tests/{folder}")
    shutil.copytree(f"{SOURCE}/packaging/selinux", f"{root}/rexmit/selinux")
    shutil.copy(os.environ["REXMIT_TRAFFIC"], f"{root}/rexmit/rexmit-traffic")
    write(f"{root}/rexmit/run", RUN.format(shlex.join(words)))
    units = f"{root}/etc/systemd/system"
    write(f"{units}/test.service", UNIT)
    os.makedirs(f"{units}/multi-user.target.wants", exist_ok=True)
    os.symlink("../test.service", f"{units}/multi-user.target.wants/test.service")
    if is_native(package):
        command("chroot", root, "sh", "-c", f"apt-get clean && {prepare}")
    else:
        unpack(root)
    return root


def walk(root):
    """Yields the paths in the root. A directory precedes its contents."""
    for folder, folders, files in os.walk(root):
        inside = os.path.relpath(folder, root)
        folders[:] = [name for name in folders
                      if os.path.normpath(f"{inside}/{name}") not in LEFT_OUT]
        yield from (os.path.normpath(f"{inside}/{name}") for name in folders + files)


def content(path, mode):
    if stat.S_ISLNK(mode):
        return os.fsencode(os.readlink(path))
    if stat.S_ISREG(mode):
        with open(path, "rb") as file:
            return file.read()
    return b""


def pack(root, path):
    """Packs the root for boot_system.py. All files belong to root."""
    with open(path, "wb") as archive:
        archive.write(newc_entry(1, "system", stat.S_IFDIR | 0o755, b"", (0, 0)))
        for number, name in enumerate(walk(root), 2):
            status = os.lstat(f"{root}/{name}")
            archive.write(newc_entry(
                number, f"system/{name}", status.st_mode, content(f"{root}/{name}", status.st_mode),
                (os.major(status.st_rdev), os.minor(status.st_rdev))))
        archive.write(newc_entry(0, "TRAILER!!!", 0, b"", (0, 0)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policy", choices=POLICIES, default="apparmor")
    parser.add_argument("--package", help="a .deb of rexmit (default: builds this tree's)")
    parser.add_argument("suite", help="Debian's, such as trixie")
    parser.add_argument("test", nargs=argparse.REMAINDER, help="a Python file and its arguments")
    options = parser.parse_args()
    own_mount_namespace()
    packages, arguments, prepare = POLICIES[options.policy]
    directory = tempfile.mkdtemp(prefix="rexmit-emulated-")
    on_exit(shutil.rmtree, directory, True)
    release = Release(options.suite)
    package = options.package or release.package()
    pack(make_root(release, package, packages, prepare, options.test), f"{directory}/system")
    # A separate process, because both folders have a machine.py.
    sys.exit(subprocess.run(
        [sys.executable, f"{SOURCE}/tests/kernel_matrix/boot_system.py", "--append", arguments,
         "--architecture", architecture_of(package), options.suite, f"{directory}/system"],
        check=False,
        env={**os.environ, "PYTHONPATH": f"{SOURCE}/tests/lib"}).returncode)


run_test(main)
