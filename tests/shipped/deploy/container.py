# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""crun runs the pod of deploy/kubernetes from the image, with and without hostPID.

Each container has the manifest's command, users, capabilities, no_new_privs and read-only root, the
masked paths of runtimes, and the shipped seccomp profile. Each pod must count exactly. pod.py runs
the same pod without a runtime. It also checks the probes, and what the kernel shows of the
processes.
"""
import gzip
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / "exactness"), str(TESTS / "shipped/package")]

import audit  # noqa: E402
import manifest  # noqa: E402
import network  # noqa: E402
import workloads  # noqa: E402
from exposition import Exposition  # noqa: E402
from lifetime import (check, command, need_root_and_namespaces, on_exit, run_test, skip,  # noqa: E402
                      until)
from machine import own_mount_namespace  # noqa: E402
from release import SOURCE, tarball  # noqa: E402

WITHOUT_HOST_PID = manifest.DIRECTORY.with_name("kubernetes-without-host-pid")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
PROGRAMS = {"rexmit-collector", "rexmit-exporter", "rexmit-exporter-tls"}  # and no shell
HOST_COUNTS = "rexmit_kernel_retrans_segments_total"
# The masked paths of containerd and CRI-O (containers/common, pkg/config/default.go).
MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
SAFE = ["nosuid", "noexec", "nodev"]


def mounts(volume, path):
    return [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*SAFE, "ro"]},
        {"destination": path["mountPath"], "type": "bind", "source": volume,
         "options": ["bind", "ro" if path.get("readOnly") else "rw"]}]


def process(container, pod):
    words = container["command"]
    if container["name"] == "exporter":
        # The audit needs other labels than the manifest's.
        words = [word for word in words if not word.startswith("--group-by=")] + list(audit.GROUP_BY)
    context = container["securityContext"]
    check(context["capabilities"]["drop"] == ["ALL"], "not all capabilities are dropped")
    # For an ordinary user, CRI-O and containerd make these capabilities neither inheritable nor
    # ambient.
    added = [f"CAP_{name}" for name in context["capabilities"].get("add", [])]
    return {
        "args": words, "cwd": "/", "env": ["PATH=/usr/sbin:/usr/bin"],
        "user": {"uid": context["runAsUser"], "gid": context["runAsGroup"],
                 "additionalGids": [pod["securityContext"]["fsGroup"]]},
        "noNewPrivileges": not context["allowPrivilegeEscalation"],
        "capabilities": {"bounding": added, "permitted": added, "effective": added}}


def configuration(container, pod, place):
    """Returns the runtime's config.json (OCI runtime specification)."""
    with open(f"{SOURCE}/deploy/seccomp-collector.json", encoding="utf-8") as profile:
        seccomp = json.load(profile)
    namespaces = [{"type": kind} for kind in ("mount", "ipc", "uts")]
    namespaces.append({"type": "network", "path": f"/run/netns/{place.network.name}"})
    if not pod.get("hostPID"):
        namespaces.append({"type": "pid"})
    mount, = container["volumeMounts"]
    filtered = {"seccomp": seccomp} if container["name"] == "collector" else {}
    return {
        "ociVersion": "1.0.2",
        "process": process(container, pod),
        "root": {"path": place.root, "readonly": container["securityContext"]["readOnlyRootFilesystem"]},
        "mounts": mounts(place.volume, mount),
        "linux": {"namespaces": namespaces, "maskedPaths": MASKED, "readonlyPaths": READ_ONLY,
                  **filtered}}


def blob(layout, descriptor):
    path = f"{layout}/blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"
    check(command("sha256sum", path).split()[0] in descriptor["digest"], f"another digest: {path}")
    check(os.path.getsize(path) == descriptor["size"], f"another size: {path}")
    return path


def read(layout, descriptor):
    with open(blob(layout, descriptor), encoding="utf-8") as file:
        return json.load(file)


def layers(layout):
    """Returns the paths of the layers of the only image. Its configuration is the Containerfile's.
    """
    with open(f"{layout}/index.json", encoding="utf-8") as file:
        index, = json.load(file)["manifests"]
    descriptor, = read(layout, index)["manifests"]
    image = read(layout, descriptor)
    config = read(layout, image["config"])
    platform = {name: config[name] for name in ("architecture", "os")}
    check(descriptor["platform"] == platform == {"architecture": ARCHITECTURE, "os": "linux"}, f"for {platform}")
    check(config["config"] == {"User": "1900002112:1900002112", "Entrypoint": ["/usr/bin/rexmit-exporter"]},
          f"configuration {config['config']}")
    paths = [blob(layout, layer) for layer in image["layers"]]
    unpacked = [f"sha256:{hashlib.sha256(gzip.open(path).read()).hexdigest()}" for path in paths]
    check(config["rootfs"] == {"type": "layers", "diff_ids": unpacked}, f"layers {config['rootfs']}")
    return paths


def check_same(directory, names):
    """deploy/Containerfile makes the same layers with scripts/image-root and setcap(8)."""
    command(f"{SOURCE}/scripts/image-root", tarball(), f"{directory}/containerfile")
    for name, unpacked in zip(("collector", "exporter"), names):
        command("diff", "--recursive", f"{directory}/containerfile/{name}", unpacked)
    have, want = (os.getxattr(f"{root}/usr/sbin/rexmit-collector", "security.capability")
                  for root in (names[0], f"{directory}/containerfile/collector"))
    check(have == want, f"capabilities {have}, by setcap {want}")


def image_root(directory):
    """Mounts the image's layers below a layer for mount points, as runtimes do."""
    command(f"{SOURCE}/scripts/image", f"{directory}/layout", tarball())
    names = []
    for number, path in enumerate(layers(f"{directory}/layout")):
        names.append(f"{directory}/layer{number}")
        os.mkdir(names[-1])
        command("tar", "--extract", "--gzip", "--xattrs", "--xattrs-include=*", "--file", path,
                "--directory", names[-1])
    check_same(directory, names)
    programs = {os.path.join(place, name) for root in names for place, _, files in os.walk(root)
                for name in files if os.access(os.path.join(place, name), os.X_OK)}
    check({os.path.basename(path) for path in programs} == PROGRAMS, f"programs: {programs}")
    for name in ("root", "upper", "work"):
        os.mkdir(f"{directory}/{name}")
    for name in ("proc", "dev", "sys", "run/rexmit"):  # concurrent creation fails in crun
        os.makedirs(f"{directory}/upper/{name}")
    lower = ":".join(reversed(names))
    command("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={lower},upperdir={directory}/upper,workdir={directory}/work", f"{directory}/root")
    on_exit(command, "umount", f"{directory}/root")
    return f"{directory}/root"


class Container:
    def __init__(self, container, pod, place):
        self.name = f"rexmit-test-{secrets.token_hex(4)}-{container['name']}"
        bundle = f"{place.directory}/{self.name}"
        os.mkdir(bundle)
        with open(f"{bundle}/config.json", "w", encoding="utf-8") as file:
            json.dump(configuration(container, pod, place), file)
        self._log = f"{bundle}/log"
        on_exit(self._delete)
        with open(self._log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                ["crun", "--cgroup-manager=disabled", "run", "--bundle", bundle, self.name],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        return Path(self._log).read_text(encoding="utf-8")

    def running(self):
        check(self._process.poll() is None, f"{self.name} ended: {self.log()}")
        return True

    def stop(self):
        command("crun", "--cgroup-manager=disabled", "kill", self.name, "TERM")
        check(self._process.wait(60) == 0, f"{self.name} ended with an error: {self.log()}")

    def _delete(self):
        subprocess.run(["crun", "--cgroup-manager=disabled", "delete", "--force", self.name],
                       capture_output=True, check=False)


class Pod:
    def __init__(self, spec, directory, root):
        self.directory, self.root = directory, root
        self.network = network.OwnNamespace(f"rexmit-{secrets.token_hex(4)}-pod", "127.0.0.1", "::1")
        self.volume = tempfile.mkdtemp(dir=directory)
        group = spec["securityContext"]["fsGroup"]
        os.chown(self.volume, 0, group)
        os.chmod(self.volume, 0o2777)  # for an fsGroup the kubelet makes an emptyDir with this mode
        self.collector, self.exporter = (Container(c, spec, self) for c in spec["containers"])

    def scrape(self):
        return Exposition(command(*self.network.enter, "curl", "--silent", "--max-time", "30",
                                  "http://127.0.0.1:2112/metrics"))

    def wait(self):
        def ready():
            return self.collector.running() and self.exporter.running() \
                and "serving" in self.exporter.log() and self.scrape().sum("rexmit_collector_up") == 1
        until("an exporter that is connected to its collector", ready, every=0.1)


def count(pod, sides):
    both = audit.sides(sides, pod.scrape())
    workloads.prepare(*sides)
    workloads.run(workloads.WORKLOADS["bulk"], *sides)
    page = audit.wait_for_equality(pod, both)
    return ", ".join(f"{side.name}: RetransSegs {side.retrans_segs()}, counted {side.counted(page)}"
                     for side in both)


def check_pod(spec, directory, root):
    pod = Pod(spec, directory, root)
    pod.wait()
    netns = f"host network namespace {network.of_host()},"
    check(netns in pod.collector.log(), f"expected {netns} in {pod.collector.log()}")
    with_host = bool(spec.get("hostPID"))
    check(("continuing without" in pod.collector.log()) != with_host, pod.collector.log())
    if with_host:
        until("the host's counts", lambda: HOST_COUNTS in pod.scrape().text)
    with network.make_pair() as sides:
        print(f"hostPID {with_host}: {count(pod, sides)}", flush=True)
    check((HOST_COUNTS in pod.scrape().text) == with_host,
          f"hostPID is {with_host}, but {HOST_COUNTS} is {not with_host}")
    pod.exporter.stop()
    pod.collector.stop()


def main():
    need_root_and_namespaces()
    for tool in ("crun", "setcap", "curl"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    own_mount_namespace()
    # crun refuses hosts with both versions of cgroups, even if it creates no cgroup.
    command("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    directory = tempfile.mkdtemp(prefix="rexmit-container-")
    on_exit(shutil.rmtree, directory, True)
    os.chmod(directory, 0o755)
    root = image_root(directory)
    for patches in (None, WITHOUT_HOST_PID):
        check_pod(manifest.pod(patches), directory, root)


run_test(main)
