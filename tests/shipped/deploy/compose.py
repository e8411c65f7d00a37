# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""deploy/compose.yaml has valid fields, and the files that it uses agree with it.

docker-compose checks the file against the specification's JSON schema. Both programs must have the
privileges of the Kubernetes manifest. promtool reads Prometheus's files at their paths in the
containers. The test compares Grafana's files with Grafana's documentation:
https://grafana.com/docs/grafana/latest/administration/provisioning/
"""
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path, PurePath

import exposition
import manifest
import pipeline
from lifetime import check, command, run_test, skip

TREE = Path(__file__).resolve().parents[3]
FILE = TREE / "deploy/compose.yaml"
SHIPPED = TREE / "monitoring/prometheus.yml"
# {field: type} of a data source and of a provider of dashboards.
DATA_SOURCE = {"name": str, "type": str, "access": str, "url": str, "isDefault": bool}
PROVIDER = {"name": str, "folder": str, "type": str, "options": dict}


def checked():
    """Returns the services, after docker-compose has read the file. It refuses unknown fields."""
    wrong = subprocess.run(["docker-compose", "--file", "-", "config"], text=True, check=False,
                           input="services: {a: {image: a, read_olny: true}}", capture_output=True)
    check(wrong.returncode != 0 and "read_olny" in wrong.stderr,
          f"docker-compose accepts an unknown field: {wrong}")
    command("docker-compose", "--file", str(FILE), "config")
    return manifest.yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]


def mounts(service):
    """Returns {path in the container: path in the tree}."""
    short = [entry.split(":") for entry in service["volumes"] if isinstance(entry, str)]
    return {target: (FILE.parent / source).resolve() for source, target, *_ in short
            if source.startswith(".")}


def check_privileges(services):
    """Compares privileges with the manifest. Docker must allow file capabilities, too."""
    containers = manifest.load()["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    for container in containers:
        service, context = services[container["name"]], container["securityContext"]
        have = {"user": service["user"], "drop": service["cap_drop"],
                "add": service.get("cap_add"), "root": service["read_only"],
                "socket": [entry.get("read_only") for entry in service["volumes"]]}
        want = {"user": f"{context['runAsUser']}:{context['runAsGroup']}",
                "drop": context["capabilities"]["drop"], "root": context["readOnlyRootFilesystem"],
                "add": context["capabilities"].get("add"),
                "socket": [mount.get("readOnly") for mount in container["volumeMounts"]]}
        check(have == want, f"{container['name']} has {have}, the manifest {want}")
        program, = service.get("entrypoint", ["/usr/bin/rexmit-exporter"])
        check(container["command"][0] == program, f"{container['name']} runs {program}")
        flags = {flag for flag in container["command"][1:] if re.match("--(socket|allow|coll)", flag)}
        check(flags <= set(service["command"]), f"{container['name']} runs without {flags}")
    for name, service in services.items():
        for port in service.get("ports", ()):
            check(str(port).startswith("127.0.0.1:"), f"{name} listens at {port}")


def check_prometheus(services):
    """promtool reads the configuration and the rules at their paths in the container."""
    with tempfile.TemporaryDirectory() as directory:
        for target, source in mounts(services["prometheus"]).items():
            copy = f"{directory}/{PurePath(target).relative_to('/etc/prometheus')}"
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy)
        said = command("promtool", "check", "config", f"{directory}/prometheus.yml")
        check(said.count("rules found") == len(list(TREE.glob("monitoring/rules/*.yml"))), said)
        have = manifest.yaml.safe_load(Path(f"{directory}/prometheus.yml").read_text())
    target, = have["scrape_configs"][0]["static_configs"][0]["targets"]
    want = SHIPPED.read_text(encoding="utf-8").replace("127.0.0.1:2112", target)
    check(have == manifest.yaml.safe_load(want), f"the jobs differ from those of {SHIPPED}")
    return target


def check_host_name(services, target):
    """The exporter answers requests to the name that Prometheus uses, and to no other name."""
    names = [flag for flag in services["exporter"]["command"] if flag.startswith("--web.host-names")]
    check(target.split(":")[0] in services, f"no service for {target}")
    exporter = pipeline.Exporter(pipeline.private_directory(), *names).wait()
    for host, status in ((target, 200), ("other:2112", 421)):
        answer = exposition.get(exporter.port, Host=host)
        check(answer and answer[0] == status, f"{host}: {answer and answer[0]}, expected {status}")
    exporter.stop()


def entries(services, kind, key, fields):
    """Returns the entries of Grafana's files of a kind. The test must know all their fields."""
    directory = mounts(services["grafana"])["/etc/grafana/provisioning"] / kind
    found = []
    for path in directory.glob("*.yml"):
        content = manifest.yaml.safe_load(path.read_text(encoding="utf-8"))
        check(content.keys() == {"apiVersion", key} and content["apiVersion"] == 1, f"{path}: {content}")
        found += content[key]
    for entry in found:
        types = {name: type(value) for name, value in entry.items()}
        check(types == fields, f"{kind}: {types}, expected {fields}")
    return found


def check_grafana(services):
    """The only data source is the default. Grafana shows every dashboard of monitoring/."""
    source, = entries(services, "datasources", "datasources", DATA_SOURCE)
    check(source["isDefault"] and source["type"] == "prometheus", f"{source}")
    check(source["url"] == "http://prometheus:9090", f"another Prometheus: {source['url']}")
    check(any(str(port).endswith(":9090") for port in services["prometheus"]["ports"]),
          "the data source has another port than Prometheus")
    provider, = entries(services, "dashboards", "providers", PROVIDER)
    check(provider["type"] == "file", f"{provider}")
    directory = mounts(services["grafana"])[provider["options"]["path"]]
    shown = {path for path in directory.rglob("*.json") if "panels" in json.loads(path.read_text())}
    check(shown == set(TREE.glob("monitoring/**/*.json")) and shown, f"Grafana shows {shown}")
    print(f"{len(shown)} dashboards")


def main():
    for tool in ("docker-compose", "promtool"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    services = checked()
    for service in services.values():
        for source in mounts(service).values():
            check(source.exists(), f"there is no {source}")
    build = services["exporter"]["build"]
    image = FILE.parent / build["context"] / build["dockerfile"]
    check(image.samefile(TREE / "deploy/Containerfile"),
          f"the compose file builds another image: {image}")
    check_privileges(services)
    check_host_name(services, check_prometheus(services))
    check_grafana(services)


run_test(main)
