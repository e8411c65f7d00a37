#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter loads changed certificates and a changed --web.config.file, if they are valid."""
import contextlib
import os
import shutil
import signal
import socket
import ssl
import time

from secure_rig import MUTUAL, ONE_WAY, USERS, Subject, expect, need_web_config, write, wrong_password
from certificates import Authority
from lifetime import check, on_exit, run_test, until
from web_config import authorization

CLIENTS = "  client_ca_file: clients.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
RELOADED, KEPT = "reloaded", "keeping the previous configuration"


def log_lines(subject, words):
    return sum(words in line for line in subject.exporter.lines())


@contextlib.contextmanager
def logs(subject, words):
    """The body of the `with` block must add one line with these words to the log."""
    wanted = log_lines(subject, words) + 1
    yield

    def has_line():
        with contextlib.suppress(OSError):
            subject.get()  # the exporter checks the files when a client connects
        return log_lines(subject, words) == wanted
    until(f"{wanted} lines with '{words}'", has_line, every=0.2)


def certificate(subject):
    return ssl.get_server_certificate(("127.0.0.1", subject.port))


def new_certificate(subject):
    before = certificate(subject)
    with logs(subject, RELOADED):
        subject.authority.issue("server")
    check(certificate(subject) != before, "the exporter still uses the old certificate")


def broken_files(subject):
    """After an invalid change the previous files stay in use. One log line has the reason."""
    before = certificate(subject)
    with logs(subject, KEPT), open(f"{subject.directory}/server.key", "w", encoding="ascii") as key:
        key.write("no key\n")
    expect(certificate(subject), before, "the certificate")
    with logs(subject, RELOADED):
        subject.authority.issue("server")
    for text in ("", ONE_WAY, USERS, ONE_WAY + USERS + "x: 1\n"):
        with logs(subject, KEPT):
            write(subject.directory, text)
        expect(subject.get()[0], 200, "the status")
        wrong_password(subject, "prometheus:wrong")
    check(log_lines(subject, "line 6: the file: 'x' is not a supported key") == 1,
          f"no log line names the key: {subject.exporter.log()}")


def special_files(subject):
    """A user who can replace a file can make the exporter neither wait nor read without end."""
    def fifo(path):
        os.mkfifo(path)
        os.chmod(path, 0o644)

    def endless(path):
        with open(path, "w", encoding="ascii") as file:
            file.truncate(1 << 35)
        os.chmod(path, 0o644)

    def deep(path):
        """libyaml's time grows with the square of the depth, and of the number of anchors."""
        with open(path, "w", encoding="ascii") as file:
            file.write("[" * (1 << 18))
        os.chmod(path, 0o644)

    def anchors(path):
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"- &{number} a\n" for number in range(20000))
        os.chmod(path, 0o644)
    shutil.copy(f"{subject.directory}/ca.pem", f"{subject.directory}/clients.pem")
    with logs(subject, RELOADED):
        write(subject.directory, ONE_WAY + CLIENTS + USERS)
    fifos = [(name, fifo, "not a regular file") for name in ("web.yml", "server.pem", "server.key", "clients.pem")]
    costly = "more than 2000 values, or more than 8 levels"
    for name, make, why in (*fifos, ("server.key", endless, "File too large"), ("web.yml", deep, costly),
                            ("web.yml", anchors, costly)):
        path = f"{subject.directory}/{name}"
        os.rename(path, f"{path}.saved")
        with logs(subject, f"{why}; {KEPT}"):
            make(path)
        expect(subject.get()[0], 200, f"the status with another {name}")
        with logs(subject, RELOADED):
            os.rename(path, f"{path}.{why}")
            os.rename(f"{path}.saved", path)
    with logs(subject, RELOADED):
        write(subject.directory, ONE_WAY + USERS)


def another_user(subject):
    """Removes a user from the file. The exporter must forget the password that it remembered."""
    with logs(subject, RELOADED):
        write(subject.directory, ONE_WAY + USERS.replace("prometheus", "thanos"))
    wrong_password(subject, "prometheus:secret")
    expect(subject.get("thanos:secret")[0], 200, "the status for the new user")


def same_size_and_time(subject):
    """Changes a file, but neither its size nor its modification time."""
    path = f"{subject.directory}/web.yml"
    before = os.stat(path)
    with logs(subject, RELOADED):
        with open(path, "r+", encoding="utf-8") as file:
            file.write(ONE_WAY + USERS.replace("prometheus", "cortex"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    expect(subject.get("cortex:secret")[0], 200, "the status for the newest user")


def late_certificate(subject):
    """A certificate appears after the configuration that names it."""
    missing = "late.pem: No such file or directory"
    with logs(subject, missing):
        write(subject.directory, (ONE_WAY + USERS).replace("server.", "late."))
    time.sleep(1.1)
    subject.get()
    expect(log_lines(subject, missing), 1,
           "the number of lines about the missing file, after two tries")
    with logs(subject, RELOADED):
        subject.authority.issue("late")


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def by_signal(subject):
    """SIGHUP reloads the files before any client connects. It ends no process of the unit."""
    expect(subject.get("cortex:secret")[0], 200, "the status before the signal")
    process = subject.exporter.process
    before, (checker,) = log_lines(subject, RELOADED), children(process)
    for pid in (process.pid, checker):  # "systemctl kill -s HUP" sends the signal to both processes
        os.kill(pid, signal.SIGHUP)
    until("the log line after SIGHUP", lambda: log_lines(subject, RELOADED) == before + 1)
    expect(log_lines(subject, "ignoring SIGHUP"), 0, "the lines about an ignored signal")
    expect(children(process), [checker], "the password processes")
    wrong_password(subject, "cortex:wrong")


def follow(subject):
    """Returns a connection that reads /events, with the certificate and the password."""
    client = request(subject, "/events")
    check(b" 200 OK" in client.recv(4096), "the exporter did not send events")
    return client


def request(subject, path):
    client = subject.context(subject.certificate).wrap_socket(
        socket.create_connection(("127.0.0.1", subject.port), timeout=30),
        server_hostname="127.0.0.1")
    on_exit(client.close)
    ask(client, path)
    return client


def ask(client, path):
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization()}\r\n\r\n".encode())


def ended(client):
    """Reads to the end of the connection. Fails if it stays open."""
    end = time.monotonic() + 40
    try:
        while client.recv(4096):
            check(time.monotonic() < end, "a client without permission still reads events")
    except ConnectionError:
        pass


def is_open(client):
    """Reads all data that has arrived. Returns whether the connection is still open."""
    client.settimeout(0.5)
    try:
        while client.recv(4096):
            pass
        return False
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    finally:
        client.settimeout(30)


def hang_up(subject):
    with logs(subject, RELOADED):
        subject.exporter.process.send_signal(signal.SIGHUP)


def withdrawn_permissions():
    """A client that loses its permission gets no further event, and no answer on an open
    connection.

    These changes withdraw no permission: a new certificate of the server, a copy of the client CA,
    a new user.
    """
    subject = Subject(MUTUAL + USERS)
    Authority(subject.directory, "others")
    write(subject.directory, MUTUAL + USERS + USERS.splitlines()[1].replace("prometheus", "more"))
    subject.authority.issue("server")
    shutil.copy(f"{subject.directory}/ca.pem", f"{subject.directory}/copy.pem")
    os.replace(f"{subject.directory}/copy.pem", f"{subject.directory}/ca.pem")
    reader, scraper = follow(subject), request(subject, "/healthz")
    check(b" 200 OK" in scraper.recv(4096), "the exporter did not answer")
    hang_up(subject)
    time.sleep(11)
    check(is_open(reader), "a reader was closed although it kept its permission")
    # The exporter notices the changed file without a signal and without another client.
    write(subject.directory, MUTUAL + USERS.replace("prometheus", "more"))
    ended(reader)
    write(subject.directory, MUTUAL + USERS)
    subject.exporter.process.send_signal(signal.SIGHUP)
    reader = follow(subject)
    ask(scraper, "/healthz")
    check(b" 200 OK" in scraper.recv(4096), "another user's removal closed a connection")
    os.replace(f"{subject.directory}/others.pem", f"{subject.directory}/ca.pem")
    subject.exporter.process.send_signal(signal.SIGHUP)
    ended(reader)
    ask(scraper, "/healthz")
    expect(scraper.recv(4096), b"", "the answer to a certificate without permission")
    subject.exporter.stop()


def main():
    need_web_config()
    subject = Subject(ONE_WAY + USERS)
    new_certificate(subject)
    broken_files(subject)
    special_files(subject)
    another_user(subject)
    same_size_and_time(subject)
    by_signal(subject)
    late_certificate(subject)
    subject.exporter.stop()
    withdrawn_permissions()


run_test(main)
