# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A log that nobody reads."""
import contextlib
import fcntl
import os

_F_SETPIPE_SZ = 1031  # include/uapi/linux/fcntl.h


@contextlib.contextmanager
def full_pipe():
    """The end to write to of a pipe that takes nothing more."""
    reader, writer = os.pipe()
    try:
        size = fcntl.fcntl(writer, _F_SETPIPE_SZ, 4096)
        os.write(writer, bytes(size))
        yield writer
    finally:
        os.close(reader)
        os.close(writer)
