# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes the calls of a program fail, one after the other, and judges the result.

Each run of the program has one fault. The program must continue correctly, or exit with 1 and print
one line with the reason. A run without a fault counts the calls that can fail.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from lifetime import Failure, check, skip  # noqa: E402

LIBRARY = os.environ.get("REXMIT_FAIL_CALLS", "build/tests/faults/librexmit-fail-calls.so")
ERRORS = ("EINTR", "EAGAIN", "ENOSPC", "EMFILE", "ENOMEM")
KINDS = ("memory", *ERRORS, "short")
# After the first failure every N-th call fails, as under a lasting limit.
AGAIN = (2, 3, 7, 20)
# IN_A_ROW consecutive calls fail, as in a temporary shortage. The tests start at every APART-th
# call.
IN_A_ROW, APART = 25, 10
# A program cannot continue if these calls fail. libevent reads its signal pipe with read.
LOOP = ("epoll_wait", "epoll_pwait", "read")
SANITIZER_STATUS = 99
# After these messages the program continues.
GOES_ON = ("running without a system call filter", "going on", "continuing without", "keeping the previous",
           "trying again", ": version ",
           ": counting ", "counted as evicted", "connected", "closing the connection", "libevent:",
           ": reloaded ", " networks from ")
ENDS = "libevent: evsig_cb"  # libevent ends the program if it cannot read its signal pipe
# If a call of the password process fails, the exporter ends also while it serves.
CHECKER_ENDED = "stopping: the password checker has ended"
BAD_WORDS = ("Sanitizer", "runtime error:", "Assertion", "does not hold", "Aborted")


@dataclass(frozen=True)
class Fault:
    kind: str = "memory"
    at: int = 0       # 0: none
    again: int = 0
    in_a_row: int = 1

    def __str__(self):
        return f"{self.kind}:{self.at}:{self.again}:{self.in_a_row}"

    @property
    def single(self):
        return self.again == 0 and self.in_a_row == 1


def parse(text):
    kind, *numbers = text.split(":")
    return Fault(kind, *map(int, numbers))


class Run:
    """A program with a fault, under the sanitizers. A `with` block ends the program."""

    def __init__(self, words, fault, directory):
        self.fault = fault
        report, report_end = os.pipe()
        self._report = os.fdopen(report, encoding="ascii")
        self.log_path = f"{directory}/log"
        # The collector frees no memory at its end.
        leaks = 0 if "collector" in os.path.basename(words[0]) else 1
        environment = {
            "PATH": os.environ["PATH"], "LD_PRELOAD": LIBRARY,
            "REXMIT_FAULT": fault.kind, "REXMIT_FAULT_AT": str(fault.at),
            "REXMIT_FAULT_AGAIN": str(fault.again), "REXMIT_FAULT_FOR": str(fault.in_a_row),
            "REXMIT_FAULT_REPORT": str(report_end),
            "ASAN_OPTIONS": f"verify_asan_link_order=0:allocator_may_return_null=1:"
                            f"detect_leaks={leaks}:exitcode={SANITIZER_STATUS}",
            "LSAN_OPTIONS": "print_suppressions=0",
            "UBSAN_OPTIONS": f"halt_on_error=1:exitcode={SANITIZER_STATUS}"}
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log,
                                            pass_fds=[report_end])
        os.close(report_end)
        self.failed, self.seen = None, {}

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ended(self):
        return self.process.poll() is not None

    def terminate(self):
        """Sends SIGTERM, several times if several calls fail in a row.

        libevent's handler writes one byte to a pipe. If that write fails, the signal is lost.
        """
        for _ in range(1 + self.fault.in_a_row):
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5 if self.fault.in_a_row == 1 else 1)
                break
            except subprocess.TimeoutExpired:
                pass
        status = self.finish()
        self.judge_log()
        # If several calls fail in a row, later ones may be those of LOOP.
        in_loop = self.failed in LOOP or self.fault.in_a_row > 1
        by_fault = in_loop and status in (1, -signal.SIGTERM)
        check(status == 0 or by_fault, f"the program ended with status {status} on SIGTERM")

    def finish(self, seconds=20):
        """Waits until the program ends, and reads the report."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure("the program does not end") from None
        for line in self._report:
            what, *rest = line.split()
            if what == "failed":
                self.failed = rest[0]
            else:
                self.seen = dict(zip(("memory", "calls", "short"), map(int, rest)))
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, failure, trace):
        """Adds the failed call and the program's output to the message of a failed test."""
        if not self.ended():
            self.process.kill()
        self.finish()
        self._report.close()
        if isinstance(failure, Failure):
            raise Failure(f"{failure} [{self.failed}]\n{self.log()}") from None

    def judge_log(self):
        log = self.log()
        for words in BAD_WORDS:
            check(words not in log, f"the log has '{words}'")

    def judge_refusal(self, served):
        """If the program ended early, it must have failed to start, with status 1 and one line."""
        status = self.finish()
        self.judge_log()
        check(status == 1, f"the program ended with status {status}")
        check(not served or self.failed in LOOP or CHECKER_ENDED in self.log(),
              f"a failing {self.failed} ended the program while it served")
        words = [line for line in self.log().splitlines()
                 if ENDS in line or not any(phrase in line for phrase in GOES_ON)]
        # A failing write(2) or ppoll(2) prevents the line.
        silent = not self.fault.single or self.failed in ("write", "ppoll")
        check(len(words) == 1 or silent, f"expected one line with the reason of the end: {words}")


def plan(seen, stride, kinds):
    """Returns every stride-th call of each kind. Each kind starts with another call."""
    faults = []
    for kind in kinds:
        first = 1 + KINDS.index(kind) % stride
        last = seen.get(kind, seen["calls"])
        faults += [Fault(kind, at) for at in range(first, last + 1, stride)]
        faults += [Fault(kind, 1, again) for again in AGAIN]
        faults += [Fault(kind, at, 0, IN_A_ROW) for at in range(first, last + 1, APART * stride)]
    return faults


def attempt(run_once, fault):
    """Returns (fault, error message or None)."""
    with tempfile.TemporaryDirectory(prefix="rexmit-fault-") as directory:
        os.chmod(directory, 0o755)
        try:
            run_once(fault, directory)
            return fault, None
        except Failure as failure:
            return fault, str(failure)


def parse_command_line(jobs):
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=0, metavar="N",
                        help="try every N-th call (default: fits the time limit)")
    parser.add_argument("--for", type=float, default=40, dest="seconds",
                        help="seconds, without --every")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--fault", type=parse, help="try only this one: KIND:AT[:AGAIN[:IN-A-ROW]]")
    parser.add_argument("--jobs", type=int, default=jobs)
    return parser.parse_args()


def try_one(run_once, fault):
    _, wrong = attempt(run_once, fault)
    print(f"{fault}: {wrong or 'good'}")
    return 1 if wrong else 0


def try_many(run_once, faults, jobs):
    """Returns the faults that the program handles wrongly."""
    wrong = []
    with ThreadPoolExecutor(jobs) as pool:
        for fault, why in pool.map(lambda f: attempt(run_once, f), faults):
            if why:
                wrong.append(fault)
                print(f"{fault}: {why}", flush=True)
    return wrong


def sweep(run_once, name, jobs=1):
    """Tries the faults that the command line selects."""
    options = parse_command_line(jobs)
    if not os.path.exists(LIBRARY):
        skip(f"no {LIBRARY}")
    if options.fault:
        sys.exit(try_one(run_once, options.fault))
    begin, kinds = time.monotonic(), options.kind or KINDS
    with tempfile.TemporaryDirectory(prefix="rexmit-fault-") as directory:
        os.chmod(directory, 0o755)
        seen = run_once(Fault(), directory).seen
    seconds = time.monotonic() - begin
    total = len(plan(seen, 1, kinds))
    every = options.every or max(1, round(total * seconds / options.jobs / options.seconds))
    faults = plan(seen, every, kinds)
    wrong = try_many(run_once, faults, options.jobs)
    print(f"{name}: {len(faults)} of {total} faults tried (every {every}), {len(wrong)} wrong; "
          f"calls of a run without one: {seen}; "
          f"{time.monotonic() - begin:.0f} s")
    sys.exit(1 if wrong else 0)
