# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Loads deploy/kubernetes as Python objects, by kind."""
from pathlib import Path

from lifetime import check, skip

try:
    import yaml
except ImportError:
    skip("no module yaml (python3-yaml)")

DIRECTORY = Path(__file__).resolve().parents[3] / "deploy/kubernetes"


def load():
    """Returns {kind: object}, including kustomization.yaml."""
    found = [yaml.safe_load(path.read_text()) for path in sorted(DIRECTORY.glob("*.yaml"))]
    return {item["kind"]: item for item in found}


def pod(overlay=None):
    """Returns the pod's spec. `overlay` is a directory whose kustomization removes some fields."""
    found = load()["DaemonSet"]
    if overlay:
        for patch in yaml.safe_load((overlay / "kustomization.yaml").read_text())["patches"]:
            check(patch["target"] == {"kind": "DaemonSet", "name": found["metadata"]["name"]},
                  f"a patch of {patch['target']}")
            for change in yaml.safe_load(patch["patch"]):
                remove(found, change)
    return found["spec"]["template"]["spec"]


def remove(item, change):
    """Applies one operation of a JSON patch (RFC 6902)."""
    check(change["op"] == "remove", f"{change} is not a removal")
    *path, last = change["path"].split("/")[1:]
    for key in path:
        item = item[key]
    del item[last]
