# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Cleans up after a system test, even if it fails. Defines the exit statuses.

0: passed; 77: skipped (meson's convention); any other: failed.
"""
import argparse
import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

# Factor of the deadlines of until(), for an emulated processor.
PATIENCE = float(os.environ.get("REXMIT_PATIENCE", 1))
PAUSE_MAX_S = 0.5

_undo = []


def on_exit(function, *arguments):
    """Calls the function when the test ends. The last registered function is called first."""
    _undo.append((function, arguments))


def _give_back():
    while _undo:
        function, arguments = _undo.pop()
        try:
            function(*arguments)
        except Exception as error:  # the other functions must still run
            with contextlib.suppress(OSError):  # the reader of the output may be gone
                print(f"cannot clean up: {error}", file=sys.stderr)


def _end_by_signal(number, _frame):
    sys.exit(128 + number)


atexit.register(_give_back)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, _end_by_signal)


class Failure(Exception):
    """The program under test did not do what the message says."""


def parse_runs(document):
    """Parses the arguments of a test that can run several times. Returns the number of runs."""
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    return parser.parse_args().runs


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def check(condition, message):
    if not condition:
        raise Failure(message)


def until(what, condition, seconds=60, every=0.02):
    """Returns the first true value of condition(). The deadline is only for a test that hangs.

    Calls condition() at most every `every` seconds. A call that takes long, such as a scrape on an
    emulated processor, is followed by a pause three times as long, up to PAUSE_MAX_S.
    """
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        check(now < deadline, f"not within {seconds} s: {what}")
        time.sleep(max(every, min(3 * (now - began), PAUSE_MAX_S)))


def command(*words, **options):
    """Runs a command, which must succeed. Returns its standard output."""
    done = subprocess.run(words, stdin=options.pop("stdin", subprocess.DEVNULL),
                          capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def stop(process, seconds=30.0):
    """Sends SIGTERM, and SIGKILL if the process does not end in time. Returns the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def need_root_and_namespaces():
    """Skips the test unless it can create namespaces and the programs can run."""
    if os.geteuid() != 0:
        skip("not root")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        skip("this kernel has no BTF (no /sys/kernel/btf/vmlinux)")
    for tool in ("ip", "nft", "nsenter", "setpriv"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    probe = subprocess.run(["unshare", "--net", "nft", "add", "table", "inet", "rexmit"],
                           capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        skip(f"nft does not work in a network namespace: {probe.stderr.strip()}")


def run_test(main):
    """Runs main(), and exits with 1 if main() raises Failure."""
    try:
        main()
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
