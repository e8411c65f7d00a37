# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
""""podman kube play" of Debian 12 runs deploy/podman in a container with systemd.

The pod has the privileges of the DaemonSet, and counts exactly. The runtime is runc, because crun
raises a limit for its device filter and needs CAP_SYS_RESOURCE. podman's network is in the
container's namespace, so the test does not change the host's settings.
"""
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))

import loss  # noqa: E402
import manifest  # noqa: E402
import own_cgroup  # noqa: E402
import processes  # noqa: E402
from lifetime import check, command, run_test, until  # noqa: E402
from machine import Machine, overlay, own_mount_namespace  # noqa: E402
from release import SOURCE, Release, layer, tarball  # noqa: E402

FILE = Path(SOURCE) / "deploy/podman/rexmit.yaml"
PACKAGES = "podman runc catatonit containernetworking-plugins iptables dbus"
CONFIGURATION = {
    "storage.conf": '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\n'
                    'graphroot = "/var/lib/containers/storage"\n',  # no overlay on an overlay
    "containers.conf": '[engine]\nruntime = "runc"\nevents_logger = "file"\n[containers]\nlog_driver = "k8s-file"\n'}
NUMBERS = {"BPF": 39, "PERFMON": 38}  # linux/capability.h


def check_manifest(pod):
    """Compares the manifest with the DaemonSet. podman 4.3 cannot do all that the DaemonSet has."""
    wanted = manifest.pod()
    group = wanted["securityContext"]["fsGroup"]
    for container, original in zip(pod["containers"], wanted["containers"], strict=True):
        name, context = container["name"], dict(original["securityContext"], runAsGroup=group)
        check(container["securityContext"] == context, f"{name}: {container['securityContext']}, not {context}")
        check(container["volumeMounts"] == original["volumeMounts"], f"{name}: {container['volumeMounts']}")
        check(set(container["command"]) <= set(original["command"]), f"{name}: other flags")
    check(pod["hostPID"], "no hostPID")


def make_machine():
    layers = layer("podman-bookworm", Release("bookworm").minimal(), "sh", "-c",
                   f"apt-get -qq update && apt-get -qq -y --no-install-recommends install {PACKAGES} && apt-get clean")
    machine = Machine(lambda: overlay(layers))
    root = machine.root
    command(f"{SOURCE}/scripts/image", f"{root}/root/rexmit-oci", tarball())
    os.makedirs(f"{root}/etc/rexmit")
    shutil.copy(f"{SOURCE}/deploy/seccomp-collector.json", f"{root}/etc/rexmit")
    shutil.copy(FILE, f"{root}/root")
    for name, text in CONFIGURATION.items():
        with open(f"{root}/etc/containers/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return machine.boot("--system-call-filter=@known")


def play(machine, pod):
    """Starts the pod with the commands of docs/fleet.md."""
    group = manifest.pod()["securityContext"]["fsGroup"]
    user = pod["containers"][0]["securityContext"]["runAsUser"]
    machine.run("sh", "-c", "cd /root && podman pull --quiet oci:rexmit-oci && "
                f"podman tag localhost/rexmit-oci {pod['containers'][0]['image']}")
    machine.run("install", "-d", "-m", "2770", "-o", str(user), "-g", str(group), pod["volumes"][0]["hostPath"]["path"])
    machine.run("podman", "kube", "play", "--seccomp-profile-root", "/etc/rexmit", "/root/rexmit.yaml")


def check_process(machine, container):
    inside = machine.run("podman", "inspect", "--format", "{{.State.Pid}}", f"rexmit-{container['name']}").strip()
    have = processes.status(f"{machine.pid}/root/proc/{inside}")
    context = container["securityContext"]
    wanted = sum(1 << NUMBERS[name] for name in context["capabilities"].get("add", []))
    for name in ("CapPrm", "CapEff", "CapBnd"):
        check(int(have[name], 16) == wanted, f"{container['name']}: {name} {have[name]}")
    check(set(have["Uid"].split()) == {str(context["runAsUser"])}, f"users {have['Uid']}")
    check(have["NoNewPrivs"] == "1" and int(have["Seccomp_filters"]) == 2, "no_new_privs, or not both filters")


def main():
    own_mount_namespace()
    own_cgroup.only_version2()
    pod = manifest.yaml.safe_load(FILE.read_text(encoding="utf-8"))["spec"]
    check_manifest(pod)
    machine = make_machine()
    print(machine.run("podman", "--version"), flush=True)
    play(machine, pod)
    until("an exporter that serves", machine.try_scrape)
    machine.wait_until_connected()
    for container in pod["containers"]:
        check_process(machine, container)
    loss.check_exact(machine)
    machine.run("podman", "pod", "stop", "rexmit")
    for container in pod["containers"]:
        status = machine.run("podman", "inspect", "--format", "{{.State.ExitCode}}", f"rexmit-{container['name']}")
        check(status.strip() == "0", f"{container['name']} ended with {status}")
    machine.run("podman", "kube", "down", "/root/rexmit.yaml")


run_test(main)
