# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The tarball is installed, upgraded and removed on a minimal Debian with systemd.

tarball.py RELEASE installs it twice, upgrades it, uses TLS, and removes it. Only the two users
remain. The machine needs no package except systemd.
"""
import os
import shutil
import sys
import tempfile
import time

import debian_root
import examples
import own_cgroup
import processes
from certificates import Authority
from installed import check_serves, files
from lifetime import check, command, on_exit, run_test, until
from machine import EXPORTER, SOCKETS, UNITS, Machine, overlay, own_mount_namespace
from release import tarball

HOME = "/root/rexmit"
# The bcrypt hash of "secret".
SECRET = "$2b$10$oN40.OoIMtfVWg1DfZafWunIXbhsLbEhhWsyTD/E8wVAvRHrizTbG"
OLD = "share/doc/rexmit/old.md"  # a file that only the older version has


def unpack(machine, path):
    """Hardened hosts forbid programs in the directories where users unpack files."""
    machine.run("mkdir", HOME)
    machine.run("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", HOME)
    command("tar", "--extract", "--gzip", f"--file={path}", "--strip-components=1",
            f"--directory={machine.path(HOME)}")


def install(machine):
    """After "su", root may have an ordinary user's PATH, without useradd."""
    said = machine.run("env", "PATH=/usr/bin:/bin", "sh", f"{HOME}/install")
    print(said, flush=True)
    return said


UNIT = "/etc/systemd/system/rexmit-collector.service"


def refused(machine, reason):
    done = machine.try_run("sh", f"{HOME}/install")
    check(done.returncode == 1 and reason in done.stderr, f"the installation was not refused: {done}")
    check(not os.path.exists(f"{machine.root}/usr/local/libexec/rexmit"), "a refused installation wrote files")


def beside_others(machine):
    """Another installation's units, and a package's program in the same place, are not replaced."""
    machine.run("sh", "-c", f"printf '[Service]\\nExecStart=/opt/sbin/rexmit-collector --socket /x\\n' >{UNIT}")
    machine.systemctl("daemon-reload")
    refused(machine, f"another installation has {UNIT}")
    machine.run("rm", UNIT)
    machine.systemctl("daemon-reload")
    listed = f"{machine.root}/var/lib/dpkg/info/base-files.list"
    with open(listed, "r+", encoding="utf-8") as file:
        size = len(file.read())
        file.write("/usr/local/sbin/rexmit-collector\n")
        file.flush()
        refused(machine, "a package of this host has")
        file.truncate(size)


def without_sysusers(machine):
    """The group of one user exists already."""
    machine.run("groupadd", "--system", "rexmit-exporter")
    machine.run("mv", "/usr/bin/systemd-sysusers", "/root/systemd-sysusers")


def unfinished(machine):
    """The first installation fails after it has written the files: there is no user."""
    machine.run("sh", "-c", "printf '#!/bin/sh\\nexit 1\\n' >/usr/local/sbin/useradd; chmod 755 /usr/local/sbin/useradd")
    done = machine.try_run("sh", f"{HOME}/install")
    check(done.returncode != 0 and "files written" in done.stdout, f"the installation did not fail: {done}")
    machine.run("rm", "/usr/local/sbin/useradd")


def first(machine):
    """Prints the time from the tarball to the first exposition with the collector's counts."""
    begin = time.monotonic()
    with open(f"{machine.path(HOME)}/files/{OLD}", "w", encoding="ascii") as file:
        file.write("old\n")
    said = install(machine)
    for created in ("user rexmit-collector", "user rexmit-exporter"):
        check(f"created the {created}" in said, f"did not create the {created}")
    machine.run("grep", "-q", "^rexmit-exporter:", "/etc/shadow")
    machine.wait_until_connected()
    check(machine.scrape().values("rexmit_segments_total"), "there is no series")
    print(f"from the tarball to the first series: {time.monotonic() - begin:.1f} s", flush=True)
    check_serves(machine)


def again(machine):
    before = {unit: machine.process(unit) for unit in UNITS}
    check("0 files written" in install(machine), "the second installation wrote files")
    check(before == {unit: machine.process(unit) for unit in UNITS}, "a program was restarted")


def upgrade(machine):
    os.unlink(f"{machine.path(HOME)}/files/{OLD}")
    with open(f"{machine.path(HOME)}/files/share/doc/rexmit/NEWS.md", "a", encoding="utf-8") as file:
        file.write("next\n")
    before = {unit: machine.process(unit) for unit in UNITS}
    said = install(machine)
    check("1 files written" in said and f"removed /usr/local/{OLD}" in said,
          "the upgrade did not replace the files")
    check(not os.path.exists(f"{machine.root}/usr/local/{OLD}"), "an old file remains")
    for unit, process in before.items():
        check(machine.process(unit) != process, f"{unit} still runs the old program")
    machine.wait_until_connected()


def with_tls(machine):
    """The exporter executes a second program for TLS, under the unit's restrictions."""
    directory = tempfile.mkdtemp(prefix="rexmit-tarball-")
    on_exit(shutil.rmtree, directory, True)
    authority = Authority(directory, "ca")
    certificate, key = authority.issue("server")
    where = machine.path("/etc/rexmit")
    os.mkdir(where)
    shutil.copy(certificate, f"{where}/server.pem")
    shutil.copy(key, f"{where}/server.key")
    with open(f"{where}/web.yml", "w", encoding="ascii") as file:
        file.write("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
                   f"basic_auth_users:\n  prometheus: {SECRET}\n")
    examples.add(machine, "exporter-web-config.conf")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", EXPORTER)
    fetched = until("an exposition over TLS", lambda: machine.curl(
        "--cacert", authority.pem, "--user", "prometheus:secret", "https://127.0.0.1:2112/metrics").stdout)
    check("rexmit_collector_up" in fetched, f"another answer: {fetched[:200]}")
    status = machine.curl("--cacert", authority.pem, "--output", "/dev/null", "--write-out",
                          "%{http_code}", "https://127.0.0.1:2112/metrics").stdout
    check(status == "401", f"without a password the answer is {status}")
    program = os.readlink(f"/proc/{machine.process(EXPORTER)}/exe")
    check(program.endswith("/usr/local/libexec/rexmit/rexmit-exporter-tls"), f"{program} serves")
    machine.run("rm", "-r", "/etc/rexmit", f"/etc/systemd/system/{EXPORTER}.d")


REMAINS = ["/etc/default/rexmit-exporter", "/etc/rexmit", f"/etc/systemd/system/{EXPORTER}.d", UNIT,
           f"/etc/systemd/system/{SOCKETS[1]}", "/var/log/rexmit-exporter.events",
           "/var/log/rexmit-exporter.events.1.gz"]
RUNTIME = ["/run/rexmit", f"/run/systemd/system/{EXPORTER}.d"]


def use_everything(machine):
    """Creates what an administrator and exporter-prepare can create. One unit is a copy
    ("systemctl edit --full"), another one is masked while it runs."""
    machine.run("sh", "-c", f"""
        cp /usr/local/lib/systemd/system/rexmit-collector.service {UNIT}
        mkdir -p /etc/rexmit /etc/systemd/system/{EXPORTER}.d /run/systemd/system/{EXPORTER}.d
        printf '[Service]\\nPrivateUsers=no\\n' >/run/systemd/system/{EXPORTER}.d/no-user-namespace.conf
        touch /etc/default/rexmit-exporter /var/log/rexmit-exporter.events /var/log/rexmit-exporter.events.1.gz
        systemctl mask {SOCKETS[1]}""")


def remove(machine, before):
    objects = processes.bpf_objects(machine.process(UNITS[0]))
    use_everything(machine)
    said = machine.run("/usr/local/libexec/rexmit/uninstall")
    print(said, flush=True)
    for path in REMAINS:
        check(f"{path} remains\n" in said, f"{path} is not reported")
    for path in RUNTIME:
        check(not os.path.exists(machine.path(path)), f"the removal leaves {path}")
    machine.run("rm", "-r", *REMAINS)
    machine.systemctl("daemon-reload")
    check(not processes.programs(machine.pid, "rexmit-"), "a program runs after the removal")
    for kind, number in objects:
        until(f"the end of {kind} {number}",
              lambda: not processes.bpf_object_exists(kind, number))
    left = files(machine.root) - before
    check(not left, f"the removal leaves {sorted(left)}")
    check(before <= files(machine.root),
          f"the removal also removed {sorted(before - files(machine.root))}")
    said = machine.run("sh", f"{HOME}/uninstall")
    check("nothing is installed" in said, f"the second removal says {said}")


def main():
    codename = sys.argv[1]
    own_mount_namespace()
    own_cgroup.only_version2()
    machine = Machine(lambda: overlay([debian_root.root_of(codename, debian_root.PACKAGES)]))
    machine.boot()
    print(machine.run("systemctl", "--version").splitlines()[0], flush=True)
    without_sysusers(machine)
    before = files(machine.root)
    unpack(machine, tarball())
    beside_others(machine)
    unfinished(machine)
    first(machine)
    again(machine)
    upgrade(machine)
    with_tls(machine)
    remove(machine, before)


run_test(main)
