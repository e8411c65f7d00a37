# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Debian 13's podman accepts the units of deploy/quadlet.

The units start containers with the users, capabilities and commands of the Kubernetes manifest.
"""
import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))

import manifest  # noqa: E402
from lifetime import check, on_exit, run_test  # noqa: E402
from machine import own_mount_namespace  # noqa: E402
from release import Release, layer, run_in  # noqa: E402

INSTALL = "apt-get -qq update && apt-get -qq -y --no-install-recommends install podman && apt-get clean"
GENERATE = """export QUADLET_UNIT_DIRS={directory}
exec /usr/lib/systemd/system-generators/podman-system-generator --dryrun"""


def generate(lower, directory):
    """Returns (units by name, messages) of podman's generator."""
    upper = tempfile.mkdtemp(prefix="rexmit-quadlet-")
    on_exit(shutil.rmtree, upper, True)
    os.mkdir(f"{upper}/upper")
    done = run_in(lower, f"{upper}/upper", "sh", "-c", GENERATE.format(directory=directory))
    print(done.stdout, done.stderr, flush=True)
    units = re.split(r"^---(.+)---$", done.stdout, flags=re.M)[1:]
    return dict(zip(units[::2], units[1::2])), done


def check_unit(unit, container, pod):
    words = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.M)[1])
    context = container["securityContext"]
    added = [f"--cap-add=cap_{name.lower()}" for name in context["capabilities"].get("add", [])]
    joined = re.sub(r"(--user|--cap-add|--cap-drop) ", r"\1=", " ".join(words)).lower()
    user = f"--user={context['runAsUser']}:{context['runAsGroup']} "
    for wanted in (user, "--cap-drop=all ", "--read-only", "no-new-privileges", *added):
        check(wanted in joined, f"{container['name']}: expected {wanted} in {joined}")
    mount, = container["volumeMounts"]
    volume = f"/run/rexmit-pod:{mount['mountPath']}" + (":ro" if mount.get("readOnly") else "")
    check(volume in words, f"{container['name']} does not mount {volume}")
    for flag in container["command"][1:]:
        if flag.startswith(("--socket=", "--allow-user=", "--collector-user=", "--collector-socket=")):
            check(flag in words, f"{container['name']} does not have {flag}")
    if added:
        check(f"--group-add={pod['securityContext']['fsGroup']}" in words, "the collector cannot give its socket away")


def main():
    own_mount_namespace()
    lower = layer("podman-trixie", Release("trixie").minimal(), "sh", "-c", INSTALL)
    units, done = generate(lower, "/tree/deploy/quadlet")
    check(done.returncode == 0 and "unsupported" not in done.stderr, "the generator refuses a unit")
    check(set(units) == {"rexmit-collector.service", "rexmit-exporter.service"}, f"units {set(units)}")
    pod = manifest.pod()
    for container in pod["containers"]:
        check_unit(units[f"rexmit-{container['name']}.service"], container, pod)


run_test(main)
