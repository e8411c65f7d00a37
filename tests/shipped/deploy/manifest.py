# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""deploy/kubernetes as Python objects, by kind."""
from pathlib import Path

from lifetime import skip

try:
    import yaml
except ImportError:
    skip("no module yaml (python3-yaml)")

DIRECTORY = Path(__file__).resolve().parents[3] / "deploy/kubernetes"


def load():
    """{kind: object}; kustomization.yaml is one of them."""
    found = [yaml.safe_load(path.read_text()) for path in sorted(DIRECTORY.glob("*.yaml"))]
    return {item["kind"]: item for item in found}
