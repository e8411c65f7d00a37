# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Lists the files of this tree."""
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_OTHERS = {".git", "__pycache__"}


def _files(folder):
    for path in folder.iterdir():
        if path.name in _OTHERS or (path / "build.ninja").exists():
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path.relative_to(ROOT).as_posix()


# Without git, because a package is built from a tree without history.
FILES = sorted(_files(ROOT))
