# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""basic_auth_users: scrapes with a password, and the process that checks passwords."""
import http.client
import os
import signal
import threading
import time

from secure_rig import SECRET, USERS, Subject, expect, need_web_config, pipeline, write, wrong_password
from lifetime import check, run_test

PROVIDERS = """\
openssl_conf = main
[main]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
[req]
distinguished_name = name
[name]
"""


def passwords_with_providers():
    """The exporter loads the modules of openssl.cnf before it restricts its system calls."""
    directory = pipeline.private_directory()
    os.environ["OPENSSL_CONF"] = f"{directory}/openssl.cnf"
    with open(os.environ["OPENSSL_CONF"], "w", encoding="ascii") as file:
        file.write(PROVIDERS)
    os.chmod(file.name, 0o644)
    try:
        subject = Subject(USERS)
    finally:
        del os.environ["OPENSSL_CONF"]
    expect(subject.get()[0], 200, "the status")
    subject.exporter.stop()


def passwords_without_tls():
    subject = Subject(USERS)
    wrong_password(subject, None)
    expect(subject.get()[0], 200, "the status")
    before_s = sum(subject.cpu_s())
    for _ in range(200):
        expect(subject.get()[0], 200, "the status for a remembered password")
    print(f"200 scrapes with a remembered password: {sum(subject.cpu_s()) - before_s:.2f} s of CPU")
    subject.exporter.stop()


def inherited_by_the_password_process():
    """The process that checks passwords has four descriptors, and shares no memory with the
    exporter."""
    if os.geteuid() != 0:
        print("not root: cannot check what the password process inherited")
        return
    state = f"{pipeline.private_directory()}/state"
    subject = Subject(USERS, "--state-file", state)
    own, checker = subject.pids()
    maps = {}
    for pid in (own, checker):
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            # In a build for scripts/coverage, each process also maps its counters.
            maps[pid] = [line for line in file
                         if line.split()[1].endswith("s") and not line.endswith(".profraw\n")]
    check(any(state in line for line in maps[own]), "the exporter does not map the state file")
    expect(maps[checker], [], "shared memory of the password process")
    expect(sorted(os.listdir(f"/proc/{checker}/fd")), ["0", "1", "2", "3"],
           "the descriptors of the password process")
    print("the password process shares no memory")
    subject.exporter.stop()


def password_process_killed():
    """The exporter ends with a reason if the process that checks passwords was killed.

    The service manager then restarts both processes.
    """
    subject = Subject(USERS)
    expect(subject.get()[0], 200, "the status before the kill")
    own, checker = subject.pids()
    os.kill(checker, signal.SIGKILL)
    expect(subject.exporter.process.wait(20), 1, f"the exit status of {own}")
    check("the password checker has ended" in subject.exporter.log(),
          f"the log has no reason: {subject.exporter.log()}")
    print("the exporter ended with a reason after its password process was killed")


def reload_during_a_check():
    """If users change while passwords are checked, the exporter checks them again.

    The hash of cost 12 makes each check take long enough.
    """
    users = f"{USERS}  removed: {SECRET}\n  costly: {SECRET.replace('$10$', '$12$')}\n"
    subject = Subject(users)
    found = {}
    threads = [threading.Thread(target=lambda name=name: found.update({name: answer(subject, name)}))
               for name in ("prometheus", "removed")]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    write(subject.directory, users.replace(f"  removed: {SECRET}\n", ""))
    subject.exporter.process.send_signal(signal.SIGHUP)
    for thread in threads:
        thread.join()
    expect(found, {"prometheus": 200, "removed": 401}, "the statuses")
    print("users changed during the check of a password: the request was answered")
    subject.exporter.stop()


def answer(subject, name):
    """Returns the status, or the error."""
    try:
        return subject.get(f"{name}:secret")[0]
    except (OSError, http.client.HTTPException) as error:
        return repr(error)


def main():
    need_web_config()
    passwords_with_providers()
    passwords_without_tls()
    inherited_by_the_password_process()
    password_process_killed()
    reload_during_a_check()


run_test(main)
