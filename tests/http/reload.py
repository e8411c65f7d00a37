#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Changed certificates and a changed --web.config.file are loaded; invalid ones are not."""
import contextlib
import os
import signal
import ssl
import time

from secure_rig import ONE_WAY, USERS, Subject, expect, need_web_config, write, wrong_password
from lifetime import check, run_test, until

TAKEN, KEPT = "reloaded", "keeping the previous configuration"


def log_lines(subject, words):
    return sum(words in line for line in subject.exporter.log().splitlines())


@contextlib.contextmanager
def says(subject, words):
    """Expects one more line with these words after the block."""
    wanted = log_lines(subject, words) + 1
    yield

    def said():
        with contextlib.suppress(OSError):
            subject.get()  # the files are checked only when a client connects
        return log_lines(subject, words) == wanted
    until(f"{wanted} lines with '{words}'", said, every=0.2)


def certificate(subject):
    return ssl.get_server_certificate(("127.0.0.1", subject.port))


def new_certificate(subject):
    before = certificate(subject)
    with says(subject, TAKEN):
        subject.authority.issue("server")
    check(certificate(subject) != before, "the old certificate is still shown")


def broken_files(subject):
    """For each invalid change, the previous files stay in use, and one line says why."""
    before = certificate(subject)
    with says(subject, KEPT), open(f"{subject.directory}/server.key", "w", encoding="ascii") as key:
        key.write("no key\n")
    expect(certificate(subject), before, "the certificate")
    with says(subject, TAKEN):
        subject.authority.issue("server")
    for text in ("", ONE_WAY, USERS, ONE_WAY + USERS + "x: 1\n"):
        with says(subject, KEPT):
            write(subject.directory, text)
        expect(subject.get()[0], 200, "the status")
        wrong_password(subject, "prometheus:wrong")
    check(log_lines(subject, "line 6: the file: 'x' is not a supported key") == 1,
          f"no line that names the key: {subject.exporter.log()}")


def another_user(subject):
    """The password is removed, and with it what was remembered about it."""
    with says(subject, TAKEN):
        write(subject.directory, ONE_WAY + USERS.replace("prometheus", "thanos"))
    wrong_password(subject, "prometheus:secret")
    expect(subject.get("thanos:secret")[0], 200, "the status of the new user")


def written_over(subject):
    """The same size, and the previous modification time."""
    path = f"{subject.directory}/web.yml"
    before = os.stat(path)
    with says(subject, TAKEN):
        with open(path, "r+", encoding="utf-8") as file:
            file.write(ONE_WAY + USERS.replace("prometheus", "cortex"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    expect(subject.get("cortex:secret")[0], 200, "the status of the newest user")


def late_certificate(subject):
    """A file created after the file that names it."""
    missing = "late.pem: No such file or directory"
    with says(subject, missing):
        write(subject.directory, (ONE_WAY + USERS).replace("server.", "late."))
    time.sleep(1.1)
    subject.get()
    expect(log_lines(subject, missing), 1, "lines that say so, tried twice")
    with says(subject, TAKEN):
        subject.authority.issue("late")


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def by_signal(subject):
    """SIGHUP reads the files at once, before any client connects, and ends no process of the
    unit."""
    expect(subject.get("cortex:secret")[0], 200, "the status before the signal")
    process = subject.exporter.process
    before, (checker,) = log_lines(subject, TAKEN), children(process)
    for pid in (process.pid, checker):  # as "systemctl kill -s HUP" does
        os.kill(pid, signal.SIGHUP)
    until("the line after SIGHUP", lambda: log_lines(subject, TAKEN) == before + 1)
    expect(children(process), [checker], "the process that checks passwords")
    wrong_password(subject, "cortex:wrong")


def main():
    need_web_config()
    subject = Subject(ONE_WAY + USERS)
    new_certificate(subject)
    broken_files(subject)
    another_user(subject)
    written_over(subject)
    by_signal(subject)
    late_certificate(subject)
    subject.exporter.stop()


run_test(main)
