# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--check reports a seccomp filter that refuses bpf(2), which answers EPERM or ENOSYS."""
import ctypes
import errno
import os
import platform
import struct
import subprocess

import pipeline
from lifetime import check, need_root_and_namespaces, run_test, skip

BPF_CALL = {"x86_64": 321, "aarch64": 280}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7fff0000, 0x00050000


def filter_bpf(answer):
    """Makes every bpf(2) fail with the error `answer`. Runs in the child before execve(2)."""
    code = b"".join(struct.pack("=HBBI", *step) for step in (
        (LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, BPF_CALL[platform.machine()]),
        (RETURN, 0, 0, ERRNO | answer), (RETURN, 0, 0, ALLOW)))
    buffer = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0)):
        raise OSError(ctypes.get_errno(), "no filter")


def run_check(answer=None):
    done = subprocess.run([pipeline.COLLECTOR, "--check"], capture_output=True, text=True,
                          check=False, preexec_fn=lambda: answer and filter_bpf(answer))
    return done.returncode, done.stdout


def main():
    need_root_and_namespaces()
    if platform.machine() not in BPF_CALL:
        skip("the number of bpf(2) is not known here")
    status, text = run_check()
    check("ok      bpf\n" in text, f"without a filter: status {status}: {text}")
    hidden = not os.path.exists("/sys/kernel/security/lsm")
    check(("unknown lockdown" in text) == hidden,
          "--check must call lockdown unknown exactly if /sys/kernel/security is hidden: " + text)
    for answer in (errno.EPERM, errno.ENOSYS):
        status, text = run_check(answer)
        check(status == 1 and "missing bpf" in text and "seccomp filter" in text,
              f"{errno.errorcode[answer]}: status {status}: {text}")
        check("load" not in text, f"--check tried to load a program: {text}")


run_test(main)
