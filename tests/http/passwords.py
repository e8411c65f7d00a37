# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""basic_auth_users: scrapes with a password, and the process that checks passwords."""
import base64
import http.client
import os
import signal

from secure_rig import SECRET, USERS, Subject, expect, need_web_config, pipeline, write, wrong_password
from lifetime import check, run_test, until

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
    others = [os.readlink(f"/proc/{checker}/fd/{name}")[:6]
              for name in os.listdir(f"/proc/{checker}/fd") if name not in ("0", "1", "2")]
    expect(others, ["socket"], "the descriptors of the password process")
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


def ask(subject, name):
    """Sends a request, and does not wait for the answer. Returns its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=20)
    connection.request("GET", "/metrics", headers={
        "Authorization": "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()})
    return connection


def requests_read(subject):
    """Returns how many connections the exporter has from which it has read everything."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in list(file)[1:]]
    return sum(row[1].endswith(f":{subject.port:04X}") and row[3] == "01"
               and row[4].endswith(":00000000") for row in rows)


def reload_during_a_check():
    """If users change while passwords are checked, the exporter checks them again.

    The process that checks passwords is stopped meanwhile.
    """
    users = f"{USERS}  removed: {SECRET}\n"
    subject = Subject(users)
    checker = subject.pids()[1]
    os.kill(checker, signal.SIGSTOP)
    asked = {name: ask(subject, name) for name in ("prometheus", "removed")}
    until("the exporter has both requests", lambda: requests_read(subject) == len(asked))
    write(subject.directory, USERS)
    subject.exporter.process.send_signal(signal.SIGHUP)
    until("the reload", lambda: any("reloaded" in line for line in subject.exporter.lines()))
    os.kill(checker, signal.SIGCONT)
    found = {name: connection.getresponse().status for name, connection in asked.items()}
    expect(found, {"prometheus": 200, "removed": 401}, "the statuses")
    print("users changed during the check of a password: the request was answered")
    for connection in asked.values():
        connection.close()
    subject.exporter.stop()


def main():
    need_web_config()
    passwords_with_providers()
    passwords_without_tls()
    inherited_by_the_password_process()
    password_process_killed()
    reload_during_a_check()


run_test(main)
