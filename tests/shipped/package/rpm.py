# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The RPM package passes rpmlint, can be installed and removed, and counts exactly.

This host is a Debian, whose containers have no rpm. So the test runs the scripts of the removal in
the container, and rpm outside.
"""
import glob
import os
import shutil
import subprocess
import tempfile
import time

import beside
import debian_root
import processes
from installed import check_serves
from lifetime import check, command, on_exit, run_test, skip
from machine import SOCKETS, UNITS, Machine, overlay, own_mount_namespace
from release import SOURCE, tarball


def directory():
    path = tempfile.mkdtemp(prefix="rexmit-rpm-")
    on_exit(shutil.rmtree, path, True)
    return path


def build():
    """The name of the directory has characters that rpmbuild cannot use."""
    path = f"{directory()}/a b%%c"
    os.mkdir(path)
    shutil.copy(tarball(), path)
    name = os.path.basename(tarball())
    built = command(f"{SOURCE}/scripts/rpm", f"{path}/{name}").strip()
    return shutil.move(built, directory())  # rpm cannot use these characters, either


def check_rpmlint(package):
    done = subprocess.run(
        ["rpmlint", "-c", f"{SOURCE}/packaging/rpm/rpmlint.toml", package,
         f"{SOURCE}/packaging/rpm/rexmit.spec"], capture_output=True, text=True, check=False)
    print(done.stdout, flush=True)
    check("1 packages and 1 specfiles checked; 0 errors, 0 warnings" in done.stdout,
          f"rpmlint is not content: {done.stderr}")


def rpm(root, *words):
    """Runs rpm. On this Debian its database is empty."""
    return command("rpm", "--root", root, "--nodeps", *words)


def files(root):
    return {f"{place}/{name}"[len(root):] for place, _, names in os.walk(root) for name in names}


def check_empty_root(package):
    """The package has all files that it needs, and its list of files is complete."""
    root = directory()
    os.mkdir(f"{root}/dev")
    command("mknod", "-m", "666", f"{root}/dev/null", "c", "1", "3")
    rpm(root, "--install", "--noscripts", package)
    listed = set(command("rpm", "--query", "--list", "--package", package).splitlines())
    installed = {path for path in files(root) if not path.startswith("/var/lib/rpm/")
                 and not path.startswith(("/dev/", "/root/", "/usr/lib/sysimage/"))}
    check(installed <= listed, f"files outside the list: {sorted(installed - listed)}")
    for program in ("sbin/rexmit-collector", "bin/rexmit-exporter",
                    "libexec/rexmit/rexmit-exporter-tls"):
        said = command("chroot", root, f"/usr/{program}", "--version")
        print(program, said, flush=True)
    rpm(root, "--erase", "--noscripts", "rexmit")
    left = {path for path in files(root) if path in listed}
    check(not left, f"the removal leaves {sorted(left)}")


def minimal_root():
    return overlay([debian_root.root_of(debian_root.suite(), debian_root.PACKAGES)])


def check_beside_others(root, package):
    beside.check_refused(root, ["rpm", "--root", root, "--nodeps", "--install", package],
                         "rexmit: another installation has {}:",
                         [place for place in beside.PLACES if place.startswith("/usr/")])


def check_chroot(package):
    """The removal in a chroot that has the host's /sys and /run leaves the host's pins and sockets."""
    root = minimal_root()
    for place, kind in (("proc", "proc"), ("run", "tmpfs"), ("sys", "tmpfs"), ("sys/fs/bpf", "bpf")):
        os.makedirs(f"{root}/{place}", exist_ok=True)
        command("mount", "-t", kind, kind, f"{root}/{place}")
        on_exit(command, "umount", "--lazy", f"{root}/{place}")
    pins = f"{root}/sys/fs/bpf/rexmit"
    os.mkdir(pins)
    os.mkdir(f"{root}/run/rexmit")
    check_beside_others(root, package)
    rpm(root, "--install", package)
    rpm(root, "--erase", "rexmit")
    check(os.path.exists(pins), "the removal in a chroot removes the pins of the host")
    check(os.path.exists(f"{root}/run/rexmit"), "the removal in a chroot removes the directory of the host's socket")


def remove(machine, package):
    """One unit is masked while it runs. There is a drop-in as exporter-prepare creates it."""
    drop_ins = f"/run/systemd/system/{UNITS[1]}.d"
    machine.run("sh", "-c", f"mkdir {drop_ins}; touch {drop_ins}/no-user-namespace.conf; systemctl mask {SOCKETS[1]}")
    scripts = [command("rpm", "--query", "--queryformat", f"%{{{name}}}", "--package", package)
               for name in ("PREUN", "POSTUN")]
    machine.run("sh", "-c", scripts[0], "sh", "0")
    rpm(machine.root, "--erase", "--noscripts", "rexmit")
    machine.run("sh", "-c", scripts[1], "sh", "0")
    check(not processes.programs(machine.pid, "rexmit-"), "a program runs after the removal")
    left = [path for path in ("/run/rexmit", drop_ins) if os.path.exists(machine.path(path))]
    left += glob.glob(f"{machine.root}/etc/systemd/system/*.wants/rexmit-*")
    check(not left, f"the removal leaves {left}")


def check_counts(package):
    """Tests a machine with systemd. The script of the package creates the two users."""
    begin = time.monotonic()
    machine = Machine(minimal_root)
    rpm(machine.root, "--install", package)
    print(f"installed within {time.monotonic() - begin:.1f} s", flush=True)
    machine.boot()
    begin = time.monotonic()
    machine.systemctl("enable", "--now", *SOCKETS, *UNITS)
    machine.wait_until_connected()
    print(f"from the start to the first series: {time.monotonic() - begin:.1f} s", flush=True)
    check_serves(machine)
    remove(machine, package)


def main():
    own_mount_namespace()
    for tool in ("rpmbuild", "rpmlint", "rpm"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    package = build()
    check_rpmlint(package)
    check_empty_root(package)
    check_chroot(package)
    check_counts(package)


run_test(main)
