# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--web.config.file: who gets the page, who is refused, what is read again, and what it costs.

A Prometheus with certificate and password scrapes; each kind of stranger is refused and counted
under his reason, while the page goes on being served; changed files are taken, broken ones not.
"""
import base64
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

import rig  # noqa: E402
from rig import Rig, expect, pipeline, page  # noqa: E402
from certificates import Authority, need_openssl  # noqa: E402
from lifetime import check, command, run_test, skip, until  # noqa: E402
from prometheus import Prometheus, need_prometheus  # noqa: E402

# bcrypt of "secret" and of "other", each of cost 10.
SECRET = "$2b$10$oN40.OoIMtfVWg1DfZafWunIXbhsLbEhhWsyTD/E8wVAvRHrizTbG"
MUTUAL = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
"""
CHOSEN = """\
  curve_preferences: [CurveP384, X25519]
  cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                  TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
"""
USERS = f"basic_auth_users:\n  prometheus: {SECRET}\n"
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
STRANGERS, SECONDS = 100, 8
TICKS = os.sysconf("SC_CLK_TCK")


def write(directory, text):
    """The file, replaced at once as configuration management does."""
    path = f"{directory}/web.yml"
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)
    return path


class Subject:
    """An exporter with a web configuration, and who may scrape it."""

    def __init__(self, text):
        self.directory = pipeline.private_directory()
        self.authority = Authority(self.directory, "ca")
        self.authority.issue("server")
        self.certificate = self.authority.issue("client")
        self.tls = "tls_server_config" in text
        self.rig = Rig("--web.config.file", write(self.directory, text))
        self.exporter = self.rig.exporter
        self.port = self.exporter.port

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=f"{self.directory}/ca.pem")
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def get(self, user="prometheus:secret", certificate=True, source=None):
        """(status, body); raises what the connection raises."""
        arguments = {"timeout": 20, "source_address": source}
        if self.tls:
            known = self.certificate if certificate is True else certificate
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, context=self.context(known), **arguments)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, **arguments)
        headers = {}
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        try:
            connection.request("GET", "/metrics", headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def scrape(self):
        self.exporter.running()
        status, body = self.get()
        expect(status, 200, "the status of who may scrape")
        return page.Page(body.decode())

    def refusals(self):
        return self.scrape().sum_by("reason", "rexmit_http_refusals_total")

    def memory_kib(self):
        with open(f"/proc/{self.exporter.process.pid}/status", encoding="ascii") as status:
            return int(status.read().split("VmRSS:")[1].split()[0])

    def pids(self):
        pid = self.exporter.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [pid, *map(int, file.read().split())]

    def cpu_s(self):
        """Of each of its processes."""
        times = []
        for pid in self.pids():
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            times.append((int(fields[11]) + int(fields[12])) / TICKS)
        return times


def raw(subject, request):
    """All that comes back for bytes that are no TLS."""
    with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
        sock.sendall(request)
        try:
            return sock.recv(4096)
        except ConnectionError:
            return b""


def turned_away(subject, certificate):
    """That no answer comes."""
    try:
        status, _ = subject.get(certificate=certificate)
    except (OSError, http.client.HTTPException):
        return
    check(False, f"an answer with status {status}")


def old_tls(subject):
    context = subject.context(subject.certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is old
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with socket.create_connection(("127.0.0.1", subject.port), timeout=20) as sock:
            context.wrap_socket(sock, server_hostname="127.0.0.1")
    except OSError as error:
        return error
    return check(False, "TLS 1.1 was spoken")


def wrong_password(subject, user):
    status, body = subject.get(user)
    expect((status, body), (401, b"401 Unauthorized\n"), f"the answer to {user}")


def refusal_table():
    """Each stranger, the reason that counts him, once, and nobody else's."""
    subject = Subject(MUTUAL + CHOSEN + USERS)
    others = Authority(subject.directory, "others").issue("stranger")
    expired = subject.authority.issue("expired", days=0)
    table = [
        ("no certificate", "certificate", lambda: turned_away(subject, None)),
        ("a certificate of others", "certificate", lambda: turned_away(subject, others)),
        ("an expired certificate", "certificate", lambda: turned_away(subject, expired)),
        ("plain HTTP", "plain_http",
         lambda: raw(subject, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")),
        ("TLS 1.1", "tls_version", lambda: old_tls(subject)),
        ("no TLS at all", "handshake", lambda: raw(subject, b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("no password", "password", lambda: wrong_password(subject, None)),
        ("a wrong password", "password", lambda: wrong_password(subject, "prometheus:secreT")),
        ("an unknown user", "password", lambda: wrong_password(subject, "root:secret")),
        ("no base64", "password", lambda: wrong_password(subject, "\xff")),
    ]
    for name, reason, attempt in table:
        before = subject.refusals()
        attempt()
        rise = {key: value - before[key] for key, value in subject.refusals().items()
                if value != before[key]}
        expect(rise, {reason: 1}, f"what counts {name}")
        print(f"{name}: refused as {reason}")
    expect(subject.get()[0], 200, "the status after all of them")
    subject.exporter.stop()


def passwords_with_providers():
    """What openssl.cnf wants loaded is loaded before system calls are restricted."""
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
        expect(subject.get()[0], 200, "the status of who is known")
    print(f"200 scrapes with a known password: {sum(subject.cpu_s()) - before_s:.2f} s of CPU")
    subject.exporter.stop()


def serial(subject):
    return ssl.get_server_certificate(("127.0.0.1", subject.port))


def log_lines(subject, words):
    return sum(words in line for line in subject.exporter.log().splitlines())


def until_line(subject, words, count):
    """Somebody has to come for the files to be looked at."""
    def said():
        try:
            subject.get()
        except OSError:
            pass
        return log_lines(subject, words) == count
    until(f"{count} lines with '{words}'", said, every=0.2)


def reload():
    one_way = MUTUAL.split("  client_ca_file")[0]
    subject = Subject(one_way + USERS)
    first = serial(subject)
    subject.authority.issue("server")
    until_line(subject, "again", 1)
    check(serial(subject) != first, "the old certificate is still shown")
    second = serial(subject)

    # Broken in each of the files: the old one stays, and one line says why.
    with open(f"{subject.directory}/server.key", "w", encoding="ascii") as key:
        key.write("no key\n")
    until_line(subject, "going on with what it said before", 1)
    expect(serial(subject), second, "the certificate")
    subject.authority.issue("server")
    until_line(subject, "again", 2)
    for count, text in enumerate(("", one_way, USERS, one_way + USERS + "x: 1\n"), 2):
        write(subject.directory, text)
        until_line(subject, "going on with what it said before", count)
        expect(subject.get()[0], 200, "the status")
        wrong_password(subject, "prometheus:wrong")
    check(log_lines(subject, "line 6: the file: 'x' is not a key that is supported") == 1,
          f"no line that names the key: {subject.exporter.log()}")

    # The password goes, and what was known of it.
    write(subject.directory, one_way + USERS.replace("prometheus", "thanos"))
    until_line(subject, "again", 3)
    wrong_password(subject, "prometheus:secret")
    expect(subject.get("thanos:secret")[0], 200, "the status of the new user")

    # Written over, in the same size, and its time set back.
    path = f"{subject.directory}/web.yml"
    before = os.stat(path)
    with open(path, "r+", encoding="utf-8") as file:
        file.write(one_way + USERS.replace("prometheus", "cortex"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    until_line(subject, "again", 4)
    expect(subject.get("cortex:secret")[0], 200, "the status of the newest user")

    # A certificate that comes after the file that names it.
    write(subject.directory, (one_way + USERS).replace("server.", "late."))
    until_line(subject, "late.pem: No such file or directory", 1)
    time.sleep(1.1)
    subject.get()
    expect(log_lines(subject, "late.pem: No such file"), 1, "lines that say so, tried twice")
    subject.authority.issue("late")
    until_line(subject, "again", 5)
    subject.exporter.stop()


def prometheus_scrapes():
    need_prometheus()
    subject = Subject(MUTUAL + USERS)
    client, key = subject.certificate
    settings = f"""
    scheme: https
    tls_config: {{ca_file: {subject.directory}/ca.pem, cert_file: {client}, key_file: {key}}}
    basic_auth: {{username: prometheus, password: secret}}"""
    prometheus = Prometheus(subject.port, settings=settings).wait()
    expect(prometheus.query("rexmit_collector_up")[0][1], 0.0, "rexmit_collector_up")
    prometheus.stop()
    expect(subject.refusals()["password"], 0.0, "refusals of passwords")
    print("Prometheus scraped over mutual TLS with a password")
    subject.exporter.stop()


def stranger(subject, number, stop, seen):
    """Tries one password after the other, from one of four addresses of their own."""
    attempt = 0
    while not stop.is_set():
        attempt += 1
        try:
            status, _ = subject.get(f"prometheus:{number}.{attempt}",
                                    source=(f"127.0.0.{2 + number % 4}", 0))
            seen[status] = seen.get(status, 0) + 1
        except (OSError, http.client.HTTPException):
            seen["closed"] = seen.get("closed", 0) + 1
        time.sleep(0.01)


def under_strangers(subject):
    """In a process of their own, so that they do not slow this one down."""
    stop, seen = threading.Event(), {}
    threads = [threading.Thread(target=stranger, args=(subject, i, stop, seen), daemon=True)
               for i in range(STRANGERS)]
    for thread in threads:
        thread.start()
    until("too many to be checked", lambda: 503 in seen)
    print("turned away", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(sorted(seen.items(), key=str), flush=True)


def strangers():
    """100 of them; who has the password and was not known before is let in all the same."""
    subject = Subject(USERS)
    with subprocess.Popen([sys.executable, __file__, str(subject.port)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as crowd:
        expect(crowd.stdout.readline(), "turned away\n", "the word of the strangers")
        until("who is not known is let in", lambda: subject.get()[0] == 200)
        before, begin, times = subject.cpu_s(), time.monotonic(), []
        while time.monotonic() - begin < SECONDS:
            start = time.monotonic()
            expect(subject.get()[0], 200, "the status among strangers")
            times.append(time.monotonic() - start)
            time.sleep(0.02)
        cpu = [(now - then) / SECONDS for then, now in zip(before, subject.cpu_s())]
        seen = crowd.communicate("")[0].strip()
    times.sort()
    print(f"{STRANGERS} strangers for {SECONDS} s: exporter {cpu[0]:.0%}, passwords {cpu[1]:.0%} of a "
          f"CPU; {len(times)} scrapes: median {1000 * times[len(times) // 2]:.1f} ms, p99 "
          f"{1000 * times[int(.99 * (len(times) - 1))]:.1f} ms, longest {1000 * times[-1]:.1f} ms; "
          f"they saw {seen}; memory {subject.memory_kib()} KiB")
    rises = subject.refusals()
    check(rises["password"] > 0 and rises["busy"] > 0, f"not counted: {rises}")
    subject.exporter.stop()


def cannot_start():
    directory = pipeline.private_directory()
    Authority(directory, "ca").issue("server")
    one_way = MUTUAL.split("  client_ca_file")[0]
    cases = [
        (MUTUAL + "  client_ca: a\n", "line 6: tls_server_config: 'client_ca' is not a key"),
        (one_way.replace("server.pem", "none.pem"), "none.pem: No such file or directory"),
        (one_way.replace("server.key", "ca.key"), "key_file: "),
        (one_way + "  cipher_suites: [TLS_NONE_WITH_NONE]\n", "TLS_NONE_WITH_NONE"),
        ("basic_auth_users:\n  a: plain\n", "line 2: basic_auth_users: 'a' needs a bcrypt hash"),
    ]
    os.chmod(f"{directory}/ca.key", 0o644)
    for text, words in cases:
        done = subprocess.run(
            [*pipeline.AS_USER, pipeline.EXPORTER, *rig.FLAGS, "--collector-socket",
             f"{directory}/none", "--web.listen-address", "127.0.0.1:0", "--web.config.file",
             write(directory, text)], capture_output=True, text=True, timeout=30, check=False)
        expect(done.returncode, 1, f"the exit status for {text}")
        check("web.yml: " in done.stderr and words in done.stderr, f"{words}: {done.stderr}")
        expect(len(done.stderr.splitlines()), 1 + ("running without" in done.stderr),
               f"lines of {done.stderr}")


def main():
    need_openssl()
    module = os.path.join(os.path.dirname(pipeline.EXPORTER), "security/rexmit-security.so")
    if not os.path.exists(module):
        skip("built without TLS and passwords")
    cannot_start()
    refusal_table()
    passwords_with_providers()
    passwords_without_tls()
    reload()
    strangers()
    prometheus_scrapes()


class Crowd:
    """What the process of the strangers knows of the subject."""

    def __init__(self, port):
        self.port, self.tls = port, False

    get = Subject.get


if len(sys.argv) > 1:
    under_strangers(Crowd(int(sys.argv[1])))
else:
    run_test(main)
