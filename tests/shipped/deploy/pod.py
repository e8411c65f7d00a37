# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs the pod of deploy/kubernetes without Kubernetes. The pod must count exactly.

Each container has the manifest's command, users, groups, capabilities and no_new_privs. It has a
read-only root, its own mount and IPC namespaces, the pod's network, and the host's processes. The
socket is in an emptyDir. The collector has the seccomp profile of deploy/. The test emulates
neither the seccomp and AppArmor profiles of a runtime nor its masks over /proc.
"""
import errno
import os
import secrets
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "exactness"))

import audit  # noqa: E402
import manifest  # noqa: E402
import network  # noqa: E402
import processes  # noqa: E402
import workloads  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until  # noqa: E402
from exposition import Exposition  # noqa: E402
from pipeline import COLLECTOR, EXPORTER, Program  # noqa: E402

BUILT = {"/usr/sbin/rexmit-collector": COLLECTOR, "/usr/bin/rexmit-exporter": EXPORTER}
NUMBERS = {"BPF": 39, "PERFMON": 38}  # linux/capability.h
HERE = Path(__file__).resolve().parent
PROFILE = HERE.parents[2] / "deploy" / "seccomp-collector.json"
FILTERS = {"collector": [sys.executable, HERE / "under_profile.py", PROFILE], "exporter": []}
# A root that is read-only, as a container's. Its /run is writable, and has the volume.
ENTER = """
    mount --make-rprivate / && mount --rbind / {root} && mount -t tmpfs tmpfs {root}/run &&
    mkdir {root}{mount} && mount --bind {volume} {root}{mount} &&
    mount -o remount,bind,{volume_mode} {root}{mount} && mount -o remount,ro {root}/run &&
    mount -o remount,bind,ro {root} && exec chroot {root} {filter} setpriv {flags} -- {command}
"""


def file_capabilities(path, names):
    """Sets file capabilities as setcap(8) with =ep does (struct vfs_cap_data, version 2)."""
    low = high = 0
    for name in names:
        low, high = low | (1 << NUMBERS[name]) & 0xFFFFFFFF, high | (1 << NUMBERS[name]) >> 32
    os.setxattr(path, "security.capability",
                struct.pack("<5I", 0x02000000 | 1, low, 0, high, 0))


def privileges(container, pod):
    """Returns flags of setpriv(1)."""
    context = container["securityContext"]
    added = [name.lower() for name in context["capabilities"].get("add", [])]
    check(context["capabilities"]["drop"] == ["ALL"], "not all capabilities are dropped")
    flags = ["--reuid", str(context["runAsUser"]), "--regid", str(context["runAsGroup"]),
             "--groups", str(pod["securityContext"]["fsGroup"]), "--inh-caps=-all",
             "--bounding-set", ",".join(["-all", *(f"+{name}" for name in added)])]
    return flags + ([] if context["allowPrivilegeEscalation"] else ["--no-new-privs"])


class Pod:
    def __init__(self, spec):
        check(spec["hostPID"] and not spec.get("hostNetwork"),
              "the pod is not what this test emulates")
        self.directory = tempfile.mkdtemp(prefix="rexmit-pod-")
        on_exit(shutil.rmtree, self.directory, True)
        os.chmod(self.directory, 0o755)
        tag = secrets.token_hex(4)
        self.network = network.OwnNamespace(f"rexmit-{tag}-pod", "127.0.0.1", "::1")
        self.volume = f"{self.directory}/volume"
        os.mkdir(self.volume)
        os.chown(self.volume, 0, spec["securityContext"]["fsGroup"])
        os.chmod(self.volume, 0o2777)  # for an fsGroup the kubelet makes an emptyDir with this mode
        self.spec = spec
        self.collector, self.exporter = map(self._start, spec["containers"])

    def _program(self, container):
        """Copies the built program. The copy has the file capabilities of the image's program."""
        copy = shutil.copy(BUILT[container["command"][0]], self.directory)
        if container["securityContext"]["capabilities"].get("add"):
            file_capabilities(copy, NUMBERS)
        return copy

    def _start(self, container):
        mount, = container["volumeMounts"]
        root = f"{self.directory}/{container['name']}"
        os.mkdir(root)
        check(container["securityContext"]["readOnlyRootFilesystem"], "the root is not read-only")
        flags = list(container["command"][1:])
        if container["name"] == "exporter":
            # The audit needs other labels than the manifest's.
            flags = [f for f in flags if not f.startswith("--group-by=")] + list(audit.GROUP_BY)
        script = ENTER.format(
            root=root, volume=self.volume, mount=mount["mountPath"],
            volume_mode="ro" if mount.get("readOnly") else "rw",
            filter=shlex.join(map(str, FILTERS[container["name"]])),
            flags=shlex.join(privileges(container, self.spec)),
            command=shlex.join([self._program(container), *flags]))
        return Program([*self.network.enter, "unshare", "--mount", "--ipc", "--uts", "--",
                        "sh", "-c", script], self.directory)

    def scrape(self):
        done = subprocess.run([*self.network.enter, "curl", "--silent", "--max-time", "30",
                               "http://127.0.0.1:2112/metrics"], capture_output=True, text=True,
                              check=False)
        check(done.returncode == 0,
              f"the exporter does not answer in the pod: {self.exporter.log()}")
        return Exposition(done.stdout)

    def wait(self):
        def ready():
            return self.collector.running() and self.exporter.running() \
                and "serving" in self.exporter.log() \
                and self.scrape().sum("rexmit_collector_up") == 1
        until("an exporter that is connected to its collector", ready, every=0.1)


def check_probes(pod, container):
    """Sends the kubelet's probes, to the ports that the manifest names."""
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for name in ("livenessProbe", "readinessProbe"):
        probe = container[name]["httpGet"]
        done = subprocess.run(
            [*pod.network.enter, "curl", "--silent", "--fail", "--max-time", "30",
             f"http://127.0.0.1:{ports[probe['port']]}{probe['path']}"], check=False)
        check(done.returncode == 0, f"the {name} fails: curl exited with {done.returncode}")


def check_process(program, container, spec):
    """Checks what the kernel shows of a process."""
    have = processes.status(program.process.pid)
    context = container["securityContext"]
    wanted = sum(1 << NUMBERS[name] for name in context["capabilities"].get("add", []))
    for name in ("CapPrm", "CapEff", "CapBnd"):
        check(int(have[name], 16) == wanted, f"{container['name']}: {name} {have[name]}")
    for name in ("CapInh", "CapAmb"):
        check(int(have[name], 16) == 0, f"{container['name']}: {name} {have[name]}")
    check(set(have["Uid"].split()) == {str(context["runAsUser"])}, f"users {have['Uid']}")
    check(have["Groups"].split() == [str(spec["securityContext"]["fsGroup"])],
          f"groups {have['Groups']}")
    check((have["NoNewPrivs"], have["Seccomp"]) == ("1", "2"),
          "no_new_privs or the filter is missing")


def check_root(program, container):
    """Checks that not even root can write to the container's root."""
    for place in ("", "/etc", "/run"):
        try:
            os.mkdir(f"/proc/{program.process.pid}/root{place}/rexmit-{secrets.token_hex(4)}")
        except OSError as error:
            check(error.errno == errno.EROFS, f"{container['name']}: {error}")
        else:
            check(False, f"{container['name']} can write to its root, at {place}/")


def check_host(pod):
    """Only with hostPID can the collector distinguish the host's network from its own."""
    host = network.of_host()
    check(pod.network.inode != host, "the pod has the host's network")
    check(f"host network namespace {host}," in pod.collector.log(),
          f"the host's network namespace is {host}, but the log has: {pod.collector.log()}")

    def retrans():
        lines = [line.split() for line in Path("/proc/1/net/snmp").read_text().splitlines()
                 if line.startswith("Tcp:")]
        return int(lines[1][lines[0].index("RetransSegs")])
    before = retrans()
    until("the host's RetransSegs in the exposition", lambda: before <= pod.scrape().sum(
        "rexmit_kernel_retrans_segments_total") <= retrans())


def check_exact(pod):
    with network.make_pair() as pair:
        both = audit.sides(pair, pod.scrape())
        workloads.prepare(*pair)
        workloads.run(workloads.WORKLOADS["bulk"], *pair)
        exposition = audit.wait_for_equality(pod, both)
        for side in both:
            print(f"{side.name}: RetransSegs {side.retrans_segs()}, counted {side.counted(exposition)}",
                  flush=True)


def main():
    need_root_and_namespaces()
    spec = manifest.load()["DaemonSet"]["spec"]["template"]["spec"]
    pod = Pod(spec)
    pod.wait()
    for program, container in zip((pod.collector, pod.exporter), spec["containers"]):
        check_process(program, container, spec)
        check_root(program, container)
    check_probes(pod, spec["containers"][1])
    check_host(pod)
    check_exact(pod)
    pod.exporter.stop()
    pod.collector.stop()


run_test(main)
