# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes a full pipe that no process reads. A program that logs to it cannot write."""
import contextlib
import fcntl
import os

_F_SETPIPE_SZ = 1031  # include/uapi/linux/fcntl.h


@contextlib.contextmanager
def full_pipe():
    """Yields the write end of a full pipe."""
    reader, writer = os.pipe()
    try:
        size = fcntl.fcntl(writer, _F_SETPIPE_SZ, 4096)
        os.write(writer, bytes(size))
        yield writer
    finally:
        os.close(reader)
        os.close(writer)
