#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Attackers guess passwords from 50 addresses. A correct password is accepted within 5 seconds.

Three clients send a correct password that the exporter has not checked yet. One starts with the
attack, one later from a new address, and one from an address that succeeded before. For fail2ban
the log names the attackers' addresses, at a limited rate.
"""
import http.client
import re
import subprocess
import sys
import threading
import time

from secure_rig import SECRET, Subject, expect, need_web_config
from lifetime import check, run_test

ADDRESSES, WITHIN_S, LINES_AT_ONCE = 50, 15, 20
USERS = "basic_auth_users:\n" + "".join(f"  {name}: {SECRET}\n" for name in ("a", "b", "c"))
REFUSED = re.compile(r"refused a wrong password from ([0-9.]+)(;|$)", re.MULTILINE)


class Target:
    """The attributes of Subject that the attackers' process needs."""

    def __init__(self, port):
        self.port, self.tls = port, False

    get = Subject.get


def attacker(target, number, stop):
    attempt = 0
    while not stop.is_set():
        attempt += 1
        try:
            target.get(f"a:{number}.{attempt}", source=(f"127.0.2.{number}", 0))
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.02)


def run_attackers(target):
    """Runs the attackers in another process, so that they do not slow this one down."""
    stop = threading.Event()
    threads = [threading.Thread(target=attacker, args=(target, i + 1, stop), daemon=True)
               for i in range(ADDRESSES)]
    for thread in threads:
        thread.start()
    print("started", flush=True)
    sys.stdin.read()
    stop.set()


def get_in(subject, user, address):
    """Tries until the exporter sends the exposition. Returns (seconds, earlier statuses)."""
    begin, seen = time.monotonic(), []
    while time.monotonic() - begin < 60:
        try:
            status = subject.get(f"{user}:secret", source=(address, 0))[0]
        except (OSError, http.client.HTTPException):
            status = None  # the exporter closed the connection to accept another
        if status == 200:
            return time.monotonic() - begin, seen
        seen.append(status)
        time.sleep(0.1)
    return time.monotonic() - begin, seen


def check_log(subject, seconds):
    """The log names only attackers, in as many lines as its limit allows."""
    found = [match[0] for match in REFUSED.findall(subject.exporter.log())]
    check(all(address.startswith("127.0.2.") for address in found),
          f"the log names other addresses: {set(found)}")
    check(0 < len(found) <= LINES_AT_ONCE + seconds + 2, f"{len(found)} lines in {seconds:.0f} s")
    print(f"{len(found)} lines name {len(set(found))} addresses in {seconds:.0f} s")


def main():
    need_web_config()
    subject = Subject(USERS)
    begin = time.monotonic()
    with subprocess.Popen([sys.executable, __file__, str(subject.port)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as crowd:
        expect(crowd.stdout.readline(), "started\n", "the attackers' first line")
        for what, user, address, after_s in (("at the start", "a", "127.0.0.1", 1),
                                             ("later", "b", "127.0.3.1", 10),
                                             ("right before", "c", "127.0.0.1", 0)):
            time.sleep(after_s)
            seconds, seen = get_in(subject, user, address)
            print(f"{what}: {seconds:.1f} s, {len(seen)} tries before: {seen[:20]}", flush=True)
            check(seconds <= WITHIN_S, f"{what}: accepted after {seconds:.1f} s")
        check_log(subject, time.monotonic() - begin)
        crowd.communicate("")
    check(subject.refusals("a")["password"] > 0, "no wrong password was counted")
    subject.exporter.stop()


if len(sys.argv) > 1:
    run_attackers(Target(int(sys.argv[1])))
else:
    run_test(main)
