# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""After a program dropped its privileges, all calls that an attacker would use are denied
(intruder.c).

SECURITY.md lists the exceptions. Without the filter each call must succeed, or fail for a known reason.
Otherwise a failure would not show that the filter works.
"""
import ctypes
import os
import signal
import subprocess
import sys

from lifetime import check, run_test, skip

DENIED = ("bpf-prog-load", "bpf-map-create", "bpf-map-update-elem", "bpf-obj-get-info-by-fd",
          "bpf-raw-tracepoint-open",
          "execve", "socket", "sendto-elsewhere", "openat", "unlink-other", "ptrace", "setuid", "clone", "mmap-exec",
          "mprotect-exec", "reconnect-notify")
# Without the filter, the kernel refuses these calls to a user without capabilities.
REFUSED_WITHOUT_CAPABILITIES = {"bpf-prog-load", "bpf-map-create", "bpf-map-update-elem",
                                "bpf-obj-get-info-by-fd", "bpf-raw-tracepoint-open"}
# These call connect(2) for a connected socket. The exporter uses AF_UNSPEC to reset slow readers.
# Landlock must deny any other address.
CONNECTS = ("disconnect", "reconnect", "connect-abstract")
LANDLOCK_CREATE_RULESET, VERSION = 444, 1  # 444 on all architectures except alpha
ABI_WITH_TCP, ABI_WITH_SCOPES = 4, 6  # Linux 6.7 and 6.12
# {bug: (its message, the signals that may end the program)}. After the message abort(3) makes calls
# that are not on the lists.
LAST_WORDS = {
    "invariant": ("assertion failed: too_long == 0", {-signal.SIGILL, -signal.SIGTRAP}),
    "overflow": ("*** buffer overflow detected ***", {-signal.SIGSYS, -signal.SIGABRT}),
    "free": ("free(): invalid pointer", {-signal.SIGSYS, -signal.SIGABRT}),
}
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]


def attempt(words, mode, call):
    done = subprocess.run([*words, mode, call], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1:]


def landlock_abi():
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)


def connects(words):
    """The exporter's list allows connect(2), because a filter cannot check the address."""
    abi, allowed = landlock_abi(), (0, ["allowed"])
    for call, expected in (
            ("disconnect", allowed),
            ("reconnect", (4, ["Permission denied"]) if abi >= ABI_WITH_TCP else allowed),
            ("connect-abstract",
             (4, ["Operation not permitted"]) if abi >= ABI_WITH_SCOPES else allowed)):
        for mode in ("kill", "off"):
            done = attempt(words, mode, call)
            check(done == expected, f"{call}: {done}, not {expected}; is SECURITY.md right?")
        print(f"{call}: {expected[1][0]}")


def last_words(words):
    """After a bug, the filter allows the calls that write a line for the bug report."""
    for call, (text, ends) in LAST_WORDS.items():
        status, said = attempt(words, "kill", call)
        check(said and text in said[0], f"{call}: status {status}, {said}, expected '{text}'")
        check(status in ends, f"{call}: status {status}, expected one of {ends}")
        print(f"{call}: {said[0]}")


def files(words):
    """With --web.config.file the list allows openat(2), because a filter cannot check the path."""
    there = landlock_abi() >= 1
    for call, mode, expected in (
            ("web-config-own-file", "kill", 0), ("web-config-other-file", "kill", 4 if there else 0),
            ("web-config-other-file", "log", 4 if there else 0), ("web-config-other-file", "off", 0),
            ("openat", "log", 4 if there else 0)):
        status, said = attempt(words, mode, call)
        check((status, said) == (expected, ["Permission denied" if expected else "allowed"]),
              f"{call} with {mode}: status {status}, {said}")
        print(f"{call} with {mode}: {said[0]}")


def works_without_filter(words, call, with_landlock):
    """Since Linux 7.2 Landlock denies TCP Fast Open, too (kernel commit 33cb713db016)."""
    status, said = attempt(words, "off", call)
    if with_landlock and call == "sendto-elsewhere" and landlock_abi() >= ABI_WITH_TCP and status:
        check((status, said) == (4, ["Permission denied"]), f"{call}: status {status}, {said}")
        print(f"{call} without the filter: {said[0]}")
        return
    check(status == 0 and said == ["allowed"] or call == "execve" and status == 0,
          f"{call} without the filter: status {status}, {said}")


def main():
    if os.geteuid() != 0:
        skip("not root")
    program = sys.argv[1]
    name = os.path.basename(program).removeprefix("intruder-")
    of_root = name != "exporter"  # the program starts as root
    words = [program] if of_root else [*NOBODY, program]
    status, said = attempt(words, "kill", "nothing")
    check(status == 0 and said == ["allowed"], f"nothing: status {status}, {said}")
    if name == "collector":
        status, said = attempt(words, "kill", "unlink-own")
        check(status == 0 and said == ["allowed"], f"unlink-own: status {status}, {said}")
    if name == "exporter":
        connects(words)
        files(words)
    for call in DENIED + (CONNECTS if of_root else ()):
        if of_root or call not in REFUSED_WITHOUT_CAPABILITIES:
            works_without_filter(words, call, not of_root)
        status, said = attempt(words, "kill", call)
        check(status == -signal.SIGSYS, f"{call}: status {status}, {said}, expected SIGSYS")
        print(f"{call}: killed by SIGSYS")
    last_words(words)


run_test(main)
