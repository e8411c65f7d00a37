# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks what every kind of installation must do in a machine."""
import os

import loss
from lifetime import check
from machine import SOCKETS, UNITS

# Files that systemd, dpkg and a running machine write. passwd- and similar files are backups of the
# user database.
ANYHOW = ("/dev/", "/proc/", "/root/", "/run/", "/sys/", "/tmp/", "/var/cache/", "/var/lib/dpkg/",
          "/var/lib/systemd/", "/var/log/", "/var/tmp/", "/etc/.pwd.lock", "/etc/group-",
          "/etc/gshadow-", "/etc/passwd-", "/etc/shadow-")
HELPER = "/var/lib/systemd/deb-systemd-helper"  # a purge must clear this directory


def files(root):
    """Returns all files and directories of a root, except those in ANYHOW."""
    found = set()
    for directory, names, others in os.walk(root):
        found |= {os.path.join(directory, name)[len(root):] for name in names + others}
    return {path for path in found if not path.startswith(ANYHOW) or path.startswith(HELPER)}


def check_serves(machine):
    for unit in UNITS + SOCKETS:
        check(machine.is_active(unit), f"{unit} is not active")
        check(machine.show(unit, "UnitFileState") == "enabled", f"{unit} is not enabled")
    machine.wait_until_connected()
    loss.check_exact(machine)
