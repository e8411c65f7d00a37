#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""deploy/lima/rexmit.yaml has Lima's fields. Its script sets up a Debian 13 that counts the demo.

The test does not run Lima. It runs the script twice in a container with systemd, because Lima runs
the script at each start. In CI the container already has the packages that the script would
download, and this tree's package. With --whole it has none of these. It then gets Debian's packages
through a proxy, because it has no network.
"""
import argparse
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))

import manifest  # noqa: E402  (it skips without python3-yaml)
from lifetime import check, command, on_exit, run_test, skip, until  # noqa: E402
from machine import SOCKETS, UNITS, Machine, overlay, own_mount_namespace  # noqa: E402
from release import SOURCE, Release, layer  # noqa: E402

SUITE = "trixie"
FILE = Path(SOURCE) / "deploy/lima/rexmit.yaml"
# The used fields with their types or values. Lima refuses a file with unknown fields. Source:
# github.com/lima-vm/lima at v2.2.0, pkg/limatype/lima_yaml.go. templates/default.yaml explains the
# fields.
FIELDS = {
    "minimumLimaVersion": str,
    "images": [{"location": str, "arch": str}],
    "mounts": [{"location": str, "mountPoint": str, "writable": bool}],
    "mountTypesUnsupported": [str],
    "containerd": {"system": bool, "user": bool},
    "portForwards": [{"guestPort": int, "hostPort": int}],
    "provision": [{"mode": str, "script": str}],
    "probes": [{"description": str, "script": str, "hint": str}],
    "message": str,
}
# mounts[].mountPoint in pkg/limayaml/validate.go
REFUSED = {"/", "/bin", "/dev", "/etc", "/home", "/opt", "/sbin", "/tmp", "/usr", "/var"}
GROUPS = "demo monitor package"
PACKAGE = "/var/lib/rexmit-package"
SCRIPT, PROBE = "/root/provision", "/root/probe"
ENVIRONMENT = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
DEMO = {"dst_ip": "198.18.0.2"}  # scripts/make-loss


def unknown(value, form, path="."):
    """Yields the paths of fields that are not in the form, or have another type in it."""
    if isinstance(form, list):
        return ([] if isinstance(value, list) else [path]) + [
            found for entry in value for found in unknown(entry, form[0], f"{path}[]")]
    if isinstance(form, dict):
        return [found for key, entry in value.items() for found in (
            unknown(entry, form[key], f"{path}.{key}") if key in form else [f"{path}.{key}"])]
    return [] if isinstance(value, form) else [path]


def check_file(machine):
    wrong = unknown({**machine, "portForward": [], "containerd": {"user": "no"}}, FIELDS)
    check(wrong == ["..containerd.user", "..portForward"],
          f"the check does not find wrong fields: {wrong}")
    check(not unknown(machine, FIELDS), f"fields that Lima does not have: {unknown(machine, FIELDS)}")
    check({image["arch"] for image in machine["images"]} == {"x86_64", "aarch64"}, "an architecture is missing")
    for image in machine["images"]:
        suffix = {"x86_64": "amd64", "aarch64": "arm64"}[image["arch"]]
        check(image["location"].endswith(f"/debian-13-genericcloud-{suffix}.qcow2"), image["location"])
    for mount in machine["mounts"]:
        point = PurePosixPath(mount["mountPoint"])
        check(point.is_absolute() and str(point) not in REFUSED, f"{point} is refused")
    check([part["mode"] for part in machine["provision"]] == ["system"],
          "a script does not run as root")
    check([port["guestPort"] for port in machine["portForwards"]] == [2112, 9090],
          "the forwarded ports are wrong")


def check_shell(script):
    check(script.startswith("#!/bin/bash\n"), "Lima needs a line with the shell")
    done = subprocess.run(["shellcheck", "-"], input=script, capture_output=True, text=True, check=False)
    check(done.returncode == 0, done.stdout)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Forwards apt-get's requests to Debian's servers only."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not urllib.parse.urlsplit(self.path).hostname.endswith(".debian.org"):
            self.send_error(403)
            return
        try:
            with urllib.request.urlopen(self.path, timeout=60) as answer:
                self.send_response(answer.status)
                self.send_header("Content-Length", answer.headers["Content-Length"])
                self.end_headers()
                shutil.copyfileobj(answer, self.wfile)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)

    def log_message(self, *_):
        pass


def serve_packages(machine):
    """Starts the proxy. It listens in the machine's network namespace, and connects from the
    host's.
    """
    with machine.namespace.inside():
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    on_exit(server.shutdown)
    with open(machine.path("/etc/apt/apt.conf.d/90proxy"), "w", encoding="ascii") as file:
        file.write(f'Acquire::http::Proxy "http://127.0.0.1:{server.server_port}";\n')


def prepared(release, package):
    """Returns the layers of a root with all packages that the script downloads, except rexmit."""
    words = command(f"{SOURCE}/scripts/install-dependencies", "--all", *GROUPS.split()).split()
    depends = command("dpkg-deb", "--field", package, "Depends").strip()
    return layer(f"lima-{SUITE}", release.tools(), "sh", "-c", f"""
        : {' '.join(words)!r}
        apt-get -qq update && /tree/scripts/install-dependencies {GROUPS} &&
        apt-get -qq -y --no-install-recommends satisfy '{depends}' &&
        systemctl disable prometheus && apt-get clean""")


def make_machine(whole):
    release = Release(SUITE)
    package = None if whole else release.package()
    layers = release.minimal() if whole else prepared(release, package)
    machine = Machine(lambda: overlay(layers))
    if package:
        os.mkdir(f"{machine.root}{PACKAGE}")
        shutil.copy(package, f"{machine.root}{PACKAGE}")
    return machine


def add_script(machine, path, text):
    with open(f"{machine.root}{path}", "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(f"{machine.root}{path}", 0o755)


def query(machine, expression):
    """Returns the values of Prometheus's answer."""
    url = "http://127.0.0.1:9090/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    answer = machine.curl("--fail", url).stdout
    return [float(found["value"][1]) for found in json.loads(answer)["data"]["result"]] if answer else []


def check_counts(machine):
    for unit in (*UNITS, *SOCKETS, "prometheus.service"):
        check(machine.is_active(unit), f"{unit} is not active")
        check(machine.show(unit, "UnitFileState") == "enabled", f"{unit} is not enabled")
    until("an exit of the probe", lambda: machine.try_run(*ENVIRONMENT, PROBE).returncode == 0, every=1)
    segments = until("a retransmission of the demo",
                     lambda: machine.scrape().sum("tcp_retransmissions_total", **DEMO))
    print(f"{segments:.0f} segments of the demo", flush=True)
    until("the demo in Prometheus", lambda: query(
        machine, 'sum(tcp_retransmissions_total{job="rexmit", dst_ip="198.18.0.2"}) > 0'), every=1)
    rules = json.loads(machine.curl("--fail", "http://127.0.0.1:9090/api/v1/rules").stdout)
    files = {Path(group["file"]).name for group in rules["data"]["groups"]}
    check(files == {path.name for path in Path(SOURCE).glob("monitoring/rules/*.yml")}, f"rules: {files}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole", action="store_true", help="download and build everything")
    whole = parser.parse_args().whole
    own_mount_namespace()
    if not shutil.which("shellcheck"):
        skip("no shellcheck command")
    content = manifest.yaml.safe_load(FILE.read_text(encoding="utf-8"))
    check_file(content)
    script, probe = content["provision"][0]["script"], content["probes"][0]["script"]
    check_shell(script)
    check_shell(probe)
    machine = make_machine(whole)
    add_script(machine, SCRIPT, script)
    add_script(machine, PROBE, probe)
    machine.boot(f"--bind-ro={SOURCE}:{content['mounts'][0]['mountPoint']}")
    if whole:
        serve_packages(machine)
    machine.run(*ENVIRONMENT, SCRIPT)
    check_counts(machine)
    before = {unit: machine.process(unit) for unit in UNITS}
    machine.run(*ENVIRONMENT, SCRIPT)
    check(before == {unit: machine.process(unit) for unit in UNITS}, "the second run restarted rexmit")
    check_counts(machine)


run_test(main)
