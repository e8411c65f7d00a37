# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes connections as another user."""
import contextlib
import os
import pwd


@contextlib.contextmanager
def another_user(name):
    """Makes connections with another effective user, which the collector reads with SO_PEERCRED."""
    os.seteuid(pwd.getpwnam(name).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
