# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The manifests have only Kubernetes' fields, and their references to each other are valid.

The models of python3-kubernetes are the schema. They are generated from Kubernetes' OpenAPI.
Unknown fields, wrong types and missing fields are errors, as in a server's strict validation. The
models include neither the Prometheus operator's PodMonitor nor kustomize's file.
"""
import re

import manifest
from lifetime import check, run_test, skip

try:
    from kubernetes.client import models
except ImportError:
    skip("no module kubernetes (python3-kubernetes)")

MODELS = {"DaemonSet": models.V1DaemonSet, "NetworkPolicy": models.V1NetworkPolicy,
          "Namespace": models.V1Namespace}
# The highest user of a container manager (systemd.io/UIDS-GIDS), and the highest valid user in
# Kubernetes.
ABOVE_CONTAINERS, KUBERNETES_LAST = 1879048192, 2147483647
# The models declare fields of int-or-string as "object".
TYPES = {"str": str, "int": int, "bool": bool, "object": (int, str)}


def validate(value, kind, where):
    """Makes the model of a value. It checks required fields and allowed values."""
    many = re.fullmatch(r"list\[(.*)\]|dict\(str, (.*)\)", kind)
    if many:
        entries = value.items() if many.group(2) else enumerate(value)
        check(isinstance(value, dict if many.group(2) else list), f"{where}: expected {kind}")
        made = {key: validate(entry, many.group(1) or many.group(2), f"{where}.{key}")
                for key, entry in entries}
        return made if many.group(2) else list(made.values())
    if kind in TYPES:
        check(isinstance(value, TYPES[kind]) and (kind == "bool") == isinstance(value, bool),
              f"{where}: {value!r} is not {kind}")
        return value
    model = getattr(models, kind)
    names = {name: attribute for attribute, name in model.attribute_map.items()}
    check(isinstance(value, dict), f"{where}: expected a {kind}")
    check(value.keys() <= names.keys(), f"{where}: unknown fields {value.keys() - names.keys()}")
    fields = {names[name]: validate(field, model.openapi_types[names[name]], f"{where}.{name}")
              for name, field in value.items()}
    try:
        return model(**fields)
    except ValueError as error:
        return check(False, f"{where}: {error}")


def refuses(value, kind):
    """Checks that validate() refuses an invalid value."""
    try:
        validate(value, kind, "example")
    except Exception:
        return
    check(False, f"{value} was accepted as a {kind}")


def check_names(found):
    """Checks the references between manifests."""
    pods = found["DaemonSet"]["spec"]["template"]
    labels = pods["metadata"]["labels"]
    policy, monitor = found["NetworkPolicy"]["spec"], found["PodMonitor"]["spec"]
    for selector in (found["DaemonSet"]["spec"]["selector"], policy["podSelector"],
                     monitor["selector"]):
        check(selector["matchLabels"].items() <= labels.items(), f"{selector} selects no pod")
    ports = {port["name"] for container in pods["spec"]["containers"]
             for port in container.get("ports", [])}
    scraped = monitor["podMetricsEndpoints"][0]["port"]
    check(policy["ingress"][0]["ports"][0]["port"] == scraped,
          f"the network policy does not allow {scraped}")
    probed = {container[probe]["httpGet"]["port"] for container in pods["spec"]["containers"]
              for probe in ("livenessProbe", "readinessProbe") if probe in container}
    check({scraped} | probed == ports, f"the probes and scrapes use other ports than {ports}")
    check(labels[monitor["jobLabel"]] == "rexmit", "the rules have another job")
    images = {container["image"].rpartition(":")[0] for container in pods["spec"]["containers"]}
    kustomization = found["Kustomization"]
    check(images == {image["name"] for image in kustomization["images"]}, f"images {images}")
    files = {path.name for path in manifest.DIRECTORY.glob("*.yaml")} - {"kustomization.yaml"}
    check(set(kustomization["resources"]) == files, f"not all of {files} are resources")
    check(found["Namespace"]["metadata"]["name"] == kustomization["namespace"],
          "the manifests have two namespaces")


def check_allowed_user(found):
    collector, exporter = found["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    user = exporter["securityContext"]["runAsUser"]
    check(f"--allow-user={user}" in collector["command"], f"the collector does not allow {user}")


def check_own_users(found):
    """Other programs of the node are unlikely to run as one of these two users."""
    containers = found["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    users = {container["securityContext"]["runAsUser"] for container in containers}
    check(len(users) == len(containers), "two containers have the same user")
    for user in users:
        check(ABOVE_CONTAINERS <= user <= KUBERNETES_LAST,
              f"another program may have the user {user}")
    image = (manifest.DIRECTORY.parent / "Containerfile").read_text(encoding="utf-8")
    user = re.search(r"^USER (\d+):\1$", image, re.M).group(1)
    check(int(user) in users, f"the image's user {user} is not in {users}")


def main():
    found = manifest.load()
    for kind, model in MODELS.items():
        validate(found[kind], model.__name__, kind)
    refuses({"runAsUser": "65532"}, "V1SecurityContext")
    refuses({"runAsUzer": 65532}, "V1SecurityContext")
    refuses({"image": "without a name"}, "V1Container")
    check_names(found)
    check_allowed_user(found)
    check_own_users(found)


run_test(main)
