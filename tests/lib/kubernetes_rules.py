# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The rules of deploy/kubernetes/rules.yaml as a file of Prometheus: what is below "spec:"."""
import textwrap
from pathlib import Path

MANIFEST = Path(__file__).resolve().parents[2] / "deploy/kubernetes/rules.yaml"


def write(directory):
    """Returns the path of the file, in a directory of the caller."""
    path = Path(directory) / "kubernetes-rules.yml"
    spec = MANIFEST.read_text(encoding="utf-8").split("\nspec:\n")[1]
    path.write_text(textwrap.dedent(spec), encoding="utf-8")
    return path
