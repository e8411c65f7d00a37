#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""scripts/quickstart --demo shows what its loss maker loses, and leaves nothing running.

However it ends: by itself, by Ctrl-C (a signal to all of its processes at once), by SIGTERM to
the script alone. And scripts/make-loss does nothing in a namespace that is in use.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TREE / "tests" / "lib"))

from lifetime import check, need_root_and_namespaces, on_exit, run_test, until  # noqa: E402

ROW = re.compile(r"^ *[1-9][0-9]* +\w+ +198\.18\.0\.1 ", re.M)  # of the loss maker's client


def processes(session):
    """[(pid, command)] of all that were started in a session, setsid(2)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((int(entry.name), (entry / "comm").read_text().strip()))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class Quickstart:
    def __init__(self, *flags):
        output, self._output = tempfile.mkstemp()
        on_exit(os.unlink, self._output)
        self.process = subprocess.Popen([TREE / "scripts/quickstart", *flags], stdout=output,
                                        stderr=output, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        os.close(output)
        on_exit(self.kill)

    def kill(self):
        for pid, _ in processes(self.process.pid):
            os.kill(pid, signal.SIGKILL)

    def output(self):
        return Path(self._output).read_text(encoding="utf-8")

    def wait_for_row(self):
        def shown():
            check(self.process.poll() is None, f"quickstart ended: {self.output()}")
            return ROW.search(self.output())
        until("a row of the demo's loss", shown, 120, 0.2)
        names = {name for _, name in processes(self.process.pid)}
        check({"rexmit-collecto", "rexmit-exporter", "make-loss"} <= names, f"running: {names}")

    def check_end(self, how, status):
        self.process.wait(60)
        check(self.process.returncode == status,
              f"{how}: status {self.process.returncode}, not {status}: {self.output()}")
        until(f"{how}: the end of all it started", lambda: not processes(self.process.pid), 20)
        directory = re.search(r"/run/rexmit-quickstart-\w+", self.output())
        check(not directory, f"{how}: a program's error on the screen: {self.output()}")
        print(f"ok {how}", flush=True)


def directories():
    return set(Path("/run").glob("rexmit-quickstart-*"))


def main():
    need_root_and_namespaces()
    refused = subprocess.run([TREE / "scripts/make-loss", "inside", "50", "/bin/false"],
                             capture_output=True, text=True, check=False)
    check(refused.returncode == 1 and "namespace is in use" in refused.stderr,
          f"make-loss went on in a namespace in use: {refused}")
    before = directories()

    quickstart = Quickstart("--demo", "--for", "8")
    quickstart.check_end("--for", 0)
    check(ROW.search(quickstart.output()), f"no row of the demo's loss: {quickstart.output()}")
    check("http://127.0.0.1:" in quickstart.output(), "no address")

    quickstart = Quickstart("--demo")
    quickstart.wait_for_row()
    os.killpg(quickstart.process.pid, signal.SIGINT)
    quickstart.check_end("Ctrl-C", 130)

    quickstart = Quickstart("--demo")
    quickstart.wait_for_row()
    quickstart.process.terminate()
    quickstart.check_end("SIGTERM", 143)
    check(directories() == before, f"left {directories() - before}")


run_test(main)
