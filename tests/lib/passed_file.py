# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Passes an open file to a program over a Unix socket."""
import array
import socket

_SO_PASSRIGHTS = 83  # include/uapi/asm-generic/socket.h


def _kernel_can_refuse():
    """Whether this kernel lets a receiver refuse files (Linux 6.16)."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, _SO_PASSRIGHTS, 0)
        except OSError:
            return False
    return True


def refuses_file(client, data):
    """Sends `data` with a TCP socket. Returns whether the receiver refuses it, or None if this
    kernel cannot refuse it."""
    with socket.socket() as file:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))]
        try:
            client.sendmsg([data], rights)
        except PermissionError:
            return True
    return False if _kernel_can_refuse() else None
