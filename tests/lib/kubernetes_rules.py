# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Extracts the Prometheus rules (all lines after "spec:") of deploy/kubernetes/rules.yaml."""
import textwrap
from pathlib import Path

MANIFEST = Path(__file__).resolve().parents[2] / "deploy/kubernetes/rules.yaml"


def write(directory):
    """Writes the rules into a file in the directory. Returns the file's path."""
    path = Path(directory) / "kubernetes-rules.yml"
    spec = MANIFEST.read_text(encoding="utf-8").split("\nspec:\n")[1]
    path.write_text(textwrap.dedent(spec), encoding="utf-8")
    return path
