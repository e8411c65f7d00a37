# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""`systemctl reload rexmit-exporter` loads a changed web.yml, and ends no process.

SIGHUP to all processes of the unit has the same effect. Without web.yml, SIGHUP only causes a log
line. No process of the unit can choose the priority of its lines in the journal. The test needs no
collector.
"""
import os
import shutil
import tempfile

import examples
from debian_root import PROGRAMS
from lifetime import check, command, on_exit, run_test, skip, until
from machine import EXPORTER, Machine

# The bcrypt hash of "secret".
SECRET = "$2b$10$oN40.OoIMtfVWg1DfZafWunIXbhsLbEhhWsyTD/E8wVAvRHrizTbG"
READ = "reloaded /etc/rexmit/web.yml"


def status(machine, user):
    return machine.curl("--output", "/dev/null", "--write-out", "%{http_code}", "--user",
                        f"{user}:secret", "http://127.0.0.1:2112/metrics").stdout


def journal(machine, words):
    return machine.run("journalctl", "--no-pager", "-u", EXPORTER).count(words)


def write(machine, user):
    directory = tempfile.mkdtemp(prefix="rexmit-reload-")
    on_exit(shutil.rmtree, directory, True)
    with open(f"{directory}/web.yml", "w", encoding="ascii") as file:
        file.write(f"basic_auth_users:\n  {user}: {SECRET}\n")
    command("install", "-D", "-o", "0", "-g", str(machine.user("rexmit-exporter")[1]), "-m", "0640",
            f"{directory}/web.yml", f"{machine.root}/etc/rexmit/web.yml")


def check_same(machine, pid, restarts="0"):
    check(machine.show(EXPORTER, "MainPID") == pid, "the main process has changed")
    check(machine.is_active(EXPORTER), "the exporter has ended")
    check(machine.show(EXPORTER, "NRestarts") == restarts, "the exporter was restarted")


def check_nothing_to_read(machine):
    machine.systemctl("start", EXPORTER)
    pid = machine.show(EXPORTER, "MainPID")
    machine.systemctl("reload", EXPORTER)
    until("the log line about SIGHUP", lambda: journal(machine, "ignoring SIGHUP: "))
    check_same(machine, pid)


def check_reload(machine):
    machine.run("mkdir", "-p", "/etc/rexmit")
    write(machine, "before")
    examples.use(machine, "exporter-web-config.conf")
    machine.systemctl("restart", EXPORTER)
    until("an answer", lambda: status(machine, "before") == "200")
    pid = machine.show(EXPORTER, "MainPID")
    write(machine, "after")
    machine.systemctl("reload", EXPORTER)
    until("the log line about the reload", lambda: journal(machine, READ) == 1)
    check((status(machine, "before"), status(machine, "after")) == ("401", "200"),
          "the new file is not used")
    machine.systemctl("kill", "--signal=HUP", EXPORTER)
    until("the second log line about the reload", lambda: journal(machine, READ) == 2)
    # Only a running password process can check a new user, so SIGHUP has not ended that process.
    # The exporter notices the changed file without a reload.
    write(machine, "last")
    until("the last user", lambda: status(machine, "last") == "200")
    check_same(machine, pid)


def check_priorities(machine):
    """A compromised exporter could write "<0>", the priority of lines for all terminals."""
    machine.add_drop_in(EXPORTER, "forged",
                        "[Service]\nExecStartPre=/bin/sh -c \"echo '<0>forged' >&2\"\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", EXPORTER)
    until("the forged line", lambda: journal(machine, ": <0>forged"))
    until("the name of the level", lambda: journal(machine, ": info: "))
    forged = machine.try_run("journalctl", "--no-pager", "-u", EXPORTER, "PRIORITY=0").stdout
    check("forged" not in forged, f"the exporter chose a priority: {forged}")
    named = machine.try_run("journalctl", "--no-pager", "-u", EXPORTER, "-g", "^(info|warning)").stdout
    check(": info: " in named, f"lines are not found by the names of their levels: {named}")


def main():
    if not os.path.exists(PROGRAMS[-1]):
        skip("built without TLS and passwords")
    machine = Machine()
    machine.boot()
    check_nothing_to_read(machine)
    check_reload(machine)
    check_priorities(machine)


run_test(main)
