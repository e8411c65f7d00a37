# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Writes the part of deploy/kubernetes/rules.yaml after "spec:", which is a file of Prometheus
rules."""
import textwrap
from pathlib import Path

MANIFEST = Path(__file__).resolve().parents[2] / "deploy/kubernetes/rules.yaml"


def write(directory):
    """Writes the file in a directory of the caller, and returns its path."""
    path = Path(directory) / "kubernetes-rules.yml"
    spec = MANIFEST.read_text(encoding="utf-8").split("\nspec:\n")[1]
    path.write_text(textwrap.dedent(spec), encoding="utf-8")
    return path
