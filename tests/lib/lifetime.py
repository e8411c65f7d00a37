# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Releases on every exit what a system test acquired, and defines how a test ends.

Exit status 0 is passed, 77 skipped (meson's convention), anything else failed.
"""
import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

_undo = []


def on_exit(function, *arguments):
    """Calls function at the end of the test, in reverse order of registration."""
    _undo.append((function, arguments))


def _give_back():
    while _undo:
        function, arguments = _undo.pop()
        try:
            function(*arguments)
        except Exception as error:  # the rest must still be released
            with contextlib.suppress(OSError):  # the reader of the output may be gone
                print(f"while cleaning up: {error}", file=sys.stderr)


def _end_by_signal(number, _frame):
    sys.exit(128 + number)


atexit.register(_give_back)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, _end_by_signal)


class Failure(Exception):
    """The program under test is wrong; the message says what was expected."""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def check(condition, message):
    if not condition:
        raise Failure(message)


def until(what, condition, seconds=60.0, every=0.02):
    """Returns the first truthy value of condition(). The deadline catches hangs; it does not
    test speed."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(every)


def command(*words, **options):
    """Runs a command that must succeed; returns its standard output."""
    done = subprocess.run(words, stdin=options.pop("stdin", subprocess.DEVNULL),
                          capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def stop(process, seconds=30.0):
    """Sends SIGTERM and waits for the end; sends SIGKILL if it does not end. Returns the status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def need_root_and_namespaces():
    """Skips the test if its environment cannot be created or the programs cannot run."""
    if os.geteuid() != 0:
        skip("not root")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        skip("this kernel has no BTF (/sys/kernel/btf/vmlinux)")
    for tool in ("ip", "nft", "nsenter", "setpriv"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    probe = subprocess.run(["unshare", "--net", "nft", "add", "table", "inet", "rexmit"],
                           capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        skip(f"no network namespace with nft: {probe.stderr.strip()}")


def run_test(main):
    """Runs main() and exits with the status that meson expects."""
    try:
        main()
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
