# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a script of scripts/ in a new session, and finds all processes of that session."""
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from lifetime import check, on_exit, until

TREE = Path(__file__).resolve().parents[3]


def processes(session):
    """Returns [(pid, command)] of all processes of a session (setsid(2))."""
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


class Script:
    """A running script. At its end no directory that matches `leaves` may exist."""

    def __init__(self, name, *flags, leaves):
        self.leaves = leaves
        self.before = self._left()
        output, self._output = tempfile.mkstemp()
        on_exit(os.unlink, self._output)
        self.process = subprocess.Popen([TREE / "scripts" / name, *flags], stdout=output,
                                        stderr=output, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        os.close(output)
        on_exit(self.kill)

    def _left(self):
        return set(Path("/").glob(self.leaves))

    def kill(self):
        for pid, _ in processes(self.process.pid):
            os.kill(pid, signal.SIGKILL)

    def output(self):
        return Path(self._output).read_text(encoding="utf-8")

    def names(self):
        return {name for _, name in processes(self.process.pid)}

    def wait_for(self, pattern):
        """Waits until the output matches a compiled pattern. Returns the match."""
        def shown():
            check(self.process.poll() is None, f"{self.process.args} ended: {self.output()}")
            return pattern.search(self.output())
        return until(f"{pattern.pattern} from {self.process.args}", shown, 120, 0.2)

    def interrupt(self):
        """Sends SIGINT to all processes, as Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def check_end(self, how, status):
        """The script must end with this status, and leave no process and no directory."""
        self.process.wait(60)
        check(self.process.returncode == status,
              f"{how}: status {self.process.returncode}, expected {status}: {self.output()}")
        until(f"{how}: the end of all its processes", lambda: not processes(self.process.pid), 20)
        left = self._left() - self.before
        check(not left, f"{how}: the script left {left}")
        print(f"ok {how}", flush=True)
