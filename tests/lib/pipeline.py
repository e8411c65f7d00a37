# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts and stops both programs. Each test has its own socket and port."""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import exposition
from lifetime import Failure, check, on_exit, stop, until


def reachable(program):
    """Copies a program and its modules to a directory that every user can enter. Returns the copy's
    path.

    Other users may be unable to enter the build directory. A program that does not exist is not
    copied.
    """
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
# The collector counts other namespaces, too. This ring has room for their events while the test
# does not read it.
ROOM = ("--ring-bytes", str(64 << 20))
# Both programs run as this user, and the collector accepts it. Any user except root is possible.
USER = "nobody"
# setpriv appears twice. Program requests a signal at the parent's death, and a change of user
# cancels that request (prctl(2), PR_SET_PDEATHSIG). The collector changes its user itself, so it
# gets no such signal.
AS_USER = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", "--pdeathsig", "KILL",
           "--"]


def private_directory():
    """Creates a directory that belongs to USER. It is removed at the end of the test."""
    path = tempfile.mkdtemp(prefix="rexmit-test-")
    shutil.chown(path, USER)
    on_exit(shutil.rmtree, path, True)
    return path


class Program:
    """A running program. Its standard error goes to a file.

    `enter` is a command that starts the program with the test's privileges, for example in a
    cgroup.
    """

    def __init__(self, words, directory, enter=()):
        self.words = words
        handle, self._log = tempfile.mkstemp(dir=directory, prefix="log-")
        with os.fdopen(handle, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*enter, "setpriv", "--pdeathsig", "KILL", "--", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        on_exit(stop, self.process)

    def log(self):
        with open(self._log, encoding="utf-8") as file:
            return file.read()

    def lines(self):
        """Returns the lines of the log, without one that the program has only begun to write."""
        return self.log().rpartition("\n")[0].splitlines()

    def running(self):
        """Returns True if the program runs. Otherwise raises Failure with the program's output."""
        if self.process.poll() is not None:
            raise Failure(f"{' '.join(self.words)} ended with status "
                          f"{self.process.returncode}: {self.log()}")
        return True

    def stop(self):
        """Sends SIGTERM. The program must be running, and must exit with 0."""
        self.running()
        status = stop(self.process)
        check(status == 0, f"{self.words[0]} ended with status {status}: {self.log()}")


class Collector(Program):
    """The collector. `launcher` is a command that starts it, such as strace."""

    def __init__(self, directory, *flags, launcher=(), enter=()):
        self.socket = f"{directory}/collector.sock"
        room = () if "--ring-bytes" in flags else ROOM
        super().__init__([*launcher, COLLECTOR, "--socket", self.socket, "--user", USER,
                          "--allow-user", USER, *room, *flags], directory, enter)

    def wait(self):
        """Waits until the collector counts, which is later than its first accepted connection."""
        until("the collector to count", lambda: self.running() and ": counting " in self.log())
        return self

    def walker(self):
        """Returns the process id of the collector's only child, which walks over the sockets."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read())

    def stop(self):
        """Stops the collector, which must log the signal."""
        super().stop()
        check("stopped by SIGTERM after " in self.log(),
              f"the signal is not in the log: {self.log()}")


class Exporter(Program):
    def __init__(self, directory, *flags, launcher=(), enter=()):
        super().__init__([*AS_USER, *launcher, EXPORTER, "--collector-socket",
                          f"{directory}/collector.sock", "--web.listen-address",
                          "127.0.0.1:0", *flags], directory, enter)
        self.port = None

    def wait(self):
        """Waits until the exporter serves. It may not be connected to the collector yet."""
        def bound():
            self.running()
            match = re.search(r"serving https?://127\.0\.0\.1:([0-9]+)/metrics", self.log())
            return match and int(match.group(1))
        self.port = until("the exporter's log line with its port", bound)
        return self

    def scrape(self):
        self.running()
        return exposition.scrape(self.port)

    def wait_for_collector(self):
        until("rexmit_collector_up 1",
              lambda: self.scrape().sum("rexmit_collector_up") == 1)
        return self


# Labels for a test that must find its own namespace among others.
BY_NAMESPACE = ("--group-by", "netns,cause")


def start_pair(directory=None, exporter_flags=BY_NAMESPACE):
    """Starts (collector, exporter) and waits until they are connected."""
    directory = directory or private_directory()
    collector = Collector(directory)
    collector.wait()
    exporter = Exporter(directory, *exporter_flags).wait().wait_for_collector()
    return collector, exporter
