# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Labels the files of an emulated machine for SELinux, before its systemd starts.

emulated.py finds the labels on the host, because an emulated processor would need minutes.
"""
import os


def main():
    with open("/labels", encoding="utf-8") as labels:
        for line in labels:
            path, context = line.rstrip("\n").split("\t")
            if context != "<<none>>" and os.path.lexists(path):
                os.setxattr(path, "security.selinux", context.encode() + b"\0",
                            follow_symlinks=False)


main()
