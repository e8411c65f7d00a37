# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Every call that an intruder would want is denied after a program's drop (see intruder.c), but
for what SECURITY.md admits.

Each is made without the filter, too: a call that fails there would prove nothing of the filter.
"""
import os
import signal
import subprocess
import sys

from lifetime import check, run_test, skip

DENIED = ("bpf-prog-load", "bpf-map-create", "bpf-map-update-elem", "bpf-raw-tracepoint-open",
          "execve", "socket", "openat", "ptrace", "setuid", "clone", "mmap-exec")
# What an ordinary user's kernel refuses anyway, filter or not.
REFUSED_WITHOUT_CAPABILITIES = {"bpf-prog-load", "bpf-map-create", "bpf-map-update-elem",
                                "bpf-raw-tracepoint-open"}
# Of the exporter, which resets slow readers: connect(2) of a socket that was accepted.
ADMITTED = "reconnect"
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]


def attempt(words, mode, call):
    done = subprocess.run([*words, mode, call], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1:]


def main():
    if os.geteuid() != 0:
        skip("not root")
    program = sys.argv[1]
    of_collector = "collector" in os.path.basename(program)
    words = [program] if of_collector else [*NOBODY, program]
    status, said = attempt(words, "kill", "nothing")
    check(status == 0 and said == ["allowed"], f"nothing: status {status}, {said}")
    if not of_collector:
        status, said = attempt(words, "kill", ADMITTED)
        check(status == 0 and said == ["allowed"], f"{ADMITTED}: {said}; is SECURITY.md right?")
    for call in DENIED + ((ADMITTED,) if of_collector else ()):
        status, said = attempt(words, "off", call)
        if of_collector or call not in REFUSED_WITHOUT_CAPABILITIES:
            check(status == 0 and said == ["allowed"] or call == "execve" and status == 0,
                  f"{call} without the filter: status {status}, {said}")
        status, said = attempt(words, "kill", call)
        check(status == -signal.SIGSYS, f"{call}: status {status}, {said}; SIGSYS expected")
        print(f"{call}: killed by SIGSYS")


run_test(main)
