# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a container with its own systemd and rexmit installed. Tests inspect it from outside.

The container has its own network namespace, so its connections have scope="other". Its PID 1 does
not show the host's counts, so the collector omits these. The container runs in a mount namespace of
the test, so no mount outlives the test.
"""
import os
import secrets
import shutil
import subprocess
import sys
import tempfile

import network
import own_cgroup
import exposition
import processes
from debian_root import BUILD, debian_root
from lifetime import check, command, need_root_and_namespaces, on_exit, skip, stop, until

UNITS = ["rexmit-collector.service", "rexmit-exporter.service"]
SOCKETS = ["rexmit-collector.socket", "rexmit-exporter.socket"]
COLLECTOR, EXPORTER = UNITS
ADDRESS = "127.0.0.1:2112"


def own_mount_namespace():
    """Restarts this program in a mount namespace. Its mounts do not appear outside."""
    need_root_and_namespaces()
    for tool in ("systemd-nspawn", "unshare", "bpftool", "curl"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    if "REXMIT_UNSHARED" not in os.environ:
        os.environ["REXMIT_UNSHARED"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--", sys.executable, *sys.argv])


def overlay(lower):
    """Mounts a temporary root above these directories. The first of them is the uppermost."""
    directory = tempfile.mkdtemp(prefix="rexmit-test-")
    on_exit(shutil.rmtree, directory, True)
    root, upper, work = (f"{directory}/{name}" for name in ("root", "upper", "work"))
    for path in (root, upper, work):
        os.mkdir(path)
    command("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={':'.join(lower)},upperdir={upper},workdir={work}", root)
    on_exit(command, "umount", "--lazy", root)
    # Without a machine-id systemd would treat this as a first boot and enable every unit.
    with open(f"{root}/etc/machine-id", "w", encoding="ascii") as file:
        file.write(secrets.token_hex(16) + "\n")
    return root


def installed():
    """Returns the cached root with the files of "meson install" above it."""
    root = overlay([debian_root()])
    command("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
    command("systemd-sysusers", f"--root={root}")
    return root


class Machine:
    def __init__(self, make_root=installed):
        own_mount_namespace()
        self.name = f"rexmit-{secrets.token_hex(4)}"
        self.root = make_root()
        self._nspawn = self._pid = self.namespace = None
        self._console = tempfile.TemporaryFile(mode="w+", encoding="utf-8")

    def enable(self, *units):
        command("systemctl", f"--root={self.root}", "enable", *units)

    def add_drop_in(self, unit, name, text):
        """Adds a drop-in, which takes effect at boot or with reload()."""
        directory = f"{self.root}/etc/systemd/system/{unit}.d"
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/{name}.conf", "w", encoding="utf-8") as file:
            file.write(text)

    def boot(self, *options):
        """Boots the container. `options` are options of systemd-nspawn."""
        # systemd creates a scope for the container, if the host runs systemd.
        host_has_systemd = os.path.exists("/run/systemd/system")
        keep_unit = [] if host_has_systemd else ["--keep-unit"]
        in_cgroup = [] if host_has_systemd else own_cgroup.enter(self.name)
        self._nspawn = subprocess.Popen(
            [*in_cgroup, "setpriv", "--pdeathsig", "KILL", "--", "systemd-nspawn", "--quiet", "--boot",
             f"--directory={self.root}", f"--machine={self.name}", *keep_unit, "--register=no",
             "--link-journal=no", "--console=pipe", "--private-network", "--capability=all",
             "--system-call-filter=bpf perf_event_open", *options],
            stdin=subprocess.DEVNULL, stdout=self._console, stderr=self._console)
        on_exit(stop, self._nspawn, 10)
        on_exit(self._explain)
        self._pid = until("the container's PID 1", self._first_process)
        until("the end of the boot", self._booted, every=0.1)
        # No other test has series of this loopback address.
        self.namespace = network.Namespace(
            f"/proc/{self._pid}/ns/net", f"127.{'.'.join(map(str, secrets.token_bytes(3)))}", "::1")
        return self

    def _first_process(self):
        if self._nspawn.poll() is not None:
            self._console.seek(0)
            skip(f"systemd-nspawn cannot run here: {self._console.read().strip()}")
        # The container is complete when this process is systemd.
        for child in processes.children(self._nspawn.pid):
            if processes.status(child).get("Name") == "systemd":
                return child
        return None

    def _booted(self):
        # A unit of Debian that fails in the container makes the state "degraded". The tests check
        # only rexmit's units.
        state = self.try_run("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    @property
    def pid(self):
        """Returns the pid of the container's PID 1 in the test's PID namespace."""
        return self._pid

    def try_run(self, *words):
        """Runs a program in the container. The program may fail."""
        return subprocess.run(
            ["nsenter", "--target", str(self._pid), "--mount", "--uts", "--ipc", "--net", "--pid",
             "--root", "--wd", "--", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def run(self, *words):
        done = self.try_run(*words)
        check(done.returncode == 0, f"{' '.join(words)}: status {done.returncode}: {done.stderr}")
        return done.stdout

    def systemctl(self, *words):
        return self.run("systemctl", *words)

    def show(self, unit, name):
        """Returns a property of a unit as text."""
        return self.systemctl("show", "--property", name, "--value", unit).strip()

    def is_active(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def path(self, path):
        """Returns a path from outside to a file of the container or of its mounts."""
        return f"/proc/{self._pid}/root{path}"

    def user(self, name):
        """Returns (uid, gid) of a user of the container."""
        with open(self.path("/etc/passwd"), encoding="utf-8") as file:
            for line in file:
                fields = line.split(":")
                if fields[0] == name:
                    return int(fields[2]), int(fields[3])
        return check(False, f"systemd-sysusers did not create the user {name}")

    def process(self, unit):
        """Returns the pid of a unit's main process in the test's PID namespace."""
        inside = self.show(unit, "MainPID")
        for child in processes.children(self._pid):
            if processes.status(child).get("NSpid", "").split()[-1:] == [inside]:
                return child
        return check(False, f"{unit} has no process")

    def curl(self, *words):
        return subprocess.run(
            [*self.namespace.enter, "curl", "--silent", "--show-error", "--max-time", "30", *words],
            capture_output=True, text=True, check=False)

    def fetch(self, address=ADDRESS):
        """Scrapes with curl. The scrape may fail."""
        return self.curl("--fail", f"http://{address}/metrics")

    def try_scrape(self, address=ADDRESS):
        done = self.fetch(address)
        return exposition.Exposition(done.stdout) if done.returncode == 0 else None

    def scrape(self, address=ADDRESS):
        done = self.fetch(address)
        check(done.returncode == 0, f"a scrape of {address} failed: {done.stderr.strip()}")
        return exposition.Exposition(done.stdout)

    def connected(self, address=ADDRESS):
        """Whether the exporter shows a connected collector."""
        return self.scrape(address).sum("rexmit_collector_up") == 1

    def wait_until_connected(self, address=ADDRESS):
        until("rexmit_collector_up 1", lambda: self.connected(address))

    def _explain(self):
        """Prints the container's journal, if the test failed."""
        if self._pid and self._nspawn.poll() is None:
            print(self.try_run("journalctl", "--no-pager", "--output=short-monotonic",
                               "--unit=rexmit-*").stdout)
