# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts and stops the two programs, with a separate socket and port for the test."""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import exposition
from lifetime import Failure, check, on_exit, stop, until


def reachable(program):
    """Copies a program, its modules and its second program to where every user may run it: the
    build may be in a directory that only root can enter. A missing one is not needed."""
    if not os.path.exists(program):
        return program
    directory = tempfile.mkdtemp(prefix="rexmit-program-")
    on_exit(shutil.rmtree, directory, True)
    os.chmod(directory, 0o755)
    modules = os.path.join(os.path.dirname(program), "web_config")
    os.makedirs(f"{directory}/web_config")
    for module in glob.glob(f"{modules}/*.so") + glob.glob(f"{modules}/rexmit-exporter-tls"):
        shutil.copy(module, f"{directory}/web_config")
    return shutil.copy(program, directory)


COLLECTOR = reachable(os.environ.get("REXMIT_COLLECTOR", "build/collector/rexmit-collector"))
EXPORTER = reachable(os.environ.get("REXMIT_EXPORTER", "build/exporter/rexmit-exporter"))
# For a test of one namespace among others: room for the events of all while the ring is not read.
ROOM = ("--ring-bytes", str(64 << 20))
# The user of both programs, which the collector also accepts: any user except root.
USER = "nobody"
# Repeated, because the change of user resets the setting of Program (prctl(2), PR_SET_PDEATHSIG).
# The collector changes its user itself, so its setting cannot be kept.
AS_USER = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", "--pdeathsig", "KILL",
           "--"]


def private_directory():
    """A directory of USER's, removed at the end of the test."""
    path = tempfile.mkdtemp(prefix="rexmit-test-")
    shutil.chown(path, USER)
    on_exit(shutil.rmtree, path, True)
    return path


class Program:
    """A running program whose standard error is saved in a file."""

    def __init__(self, words, directory):
        self.words = words
        handle, self._log = tempfile.mkstemp(dir=directory, prefix="log-")
        with os.fdopen(handle, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        on_exit(stop, self.process)

    def log(self):
        with open(self._log, encoding="utf-8") as file:
            return file.read()

    def running(self):
        """Raises an error with the program's output if it has ended."""
        if self.process.poll() is not None:
            raise Failure(f"{' '.join(self.words)} ended with status "
                          f"{self.process.returncode}: {self.log()}")
        return True

    def stop(self):
        """Ends it with SIGTERM. It must have been running, and end without error."""
        self.running()
        status = stop(self.process)
        check(status == 0, f"{self.words[0]} ended with status {status}: {self.log()}")


class Collector(Program):
    """`launcher` is a command that runs it, such as strace."""

    def __init__(self, directory, *flags, launcher=()):
        self.socket = f"{directory}/collector.sock"
        room = () if "--ring-bytes" in flags else ROOM
        super().__init__([*launcher, COLLECTOR, "--socket", self.socket, "--user", USER,
                          "--allow-user", USER, *room, *flags], directory)

    def wait(self):
        """Waits until it counts; connections are possible before that."""
        until("the collector to count", lambda: self.running() and ": counting " in self.log())
        return self

    def stop(self):
        """Checks that it logs the signal that ended it."""
        super().stop()
        check("stopped by SIGTERM after " in self.log(), f"no last word: {self.log()}")


class Exporter(Program):
    def __init__(self, directory, *flags, launcher=()):
        super().__init__([*AS_USER, *launcher, EXPORTER, "--collector-socket",
                          f"{directory}/collector.sock", "--web.listen-address",
                          "127.0.0.1:0", *flags], directory)
        self.port = None

    def wait(self):
        """Waits until it serves; it need not be connected to the collector."""
        def bound():
            self.running()
            match = re.search(r"serving https?://127\.0\.0\.1:([0-9]+)/metrics", self.log())
            return match and int(match.group(1))
        self.port = until("the exporter's line with its port", bound)
        return self

    def scrape(self):
        self.running()
        return exposition.scrape(self.port)

    def wait_for_collector(self):
        until("rexmit_collector_up 1",
              lambda: self.scrape().sum("rexmit_collector_up") == 1)
        return self


# The labels that group series in tests of one namespace among others.
BY_NAMESPACE = ("--group-by", "netns,cause")


def start_pair(directory=None, exporter_flags=BY_NAMESPACE):
    """Returns (collector, exporter), connected."""
    directory = directory or private_directory()
    collector = Collector(directory)
    collector.wait()
    exporter = Exporter(directory, *exporter_flags).wait().wait_for_collector()
    return collector, exporter
