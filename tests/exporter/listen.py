#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Serves several addresses at once: IPv4, IPv6 and a Unix socket, from flags or from systemd."""
import http.client
import os
import re
import socket
import stat
import subprocess

import fake_collector as fake
from rig import FLAGS, check, expect, on_exit, pipeline, run_test, until
from passed_file import refuses_file  # rig sets its path

INSTANCE = b"l" * 16


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def connection(address):
    if address.startswith("unix:"):
        return UnixConnection(address.removeprefix("unix:"))
    host, port = address.rsplit(":", 1)
    return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=60)


def check_refuses_file(path):
    """The exporter refuses files that a client of its Unix socket passes.

    The exporter would close a passed TCP socket, and the client could make that close(2) sleep
    (SO_LINGER).
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        check(refuses_file(client, b"G") is not False,
              f"the exporter accepts open files from a client of {path}")


def scrape(address):
    """Scrapes twice on one connection."""
    client = connection(address)
    for _ in range(2):
        client.request("GET", "/metrics")
        answer = client.getresponse()
        body = answer.read()
        expect(answer.status, 200, f"status on {address}")
        check(b"rexmit_http_open_connections 1\n" in body,
              f"the exporter does not show one open connection on {address}")
    client.close()


class Exporter:
    def __init__(self, directory, *flags, launcher=(), pass_fds=()):
        self.collector = fake.FakeCollector(f"{directory}/collector.sock")
        on_exit(self.collector.close)
        self.log = open(f"{directory}/log", "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*launcher, pipeline.EXPORTER, *FLAGS, "--allow-root", "--collector-socket",
             f"{directory}/collector.sock", *flags], stderr=self.log, pass_fds=pass_fds)
        on_exit(pipeline.stop, self.process)
        self.collector.accept().send(fake.hello(INSTANCE))

    def addresses(self, count):
        """Waits until the log has `count` addresses. Returns them."""
        def found_all():
            check(self.process.poll() is None, "the exporter has ended")
            self.log.seek(0)
            found = re.findall(r"serving (?:http://(\S+)/metrics|http on (\S+))", self.log.read())
            return ["".join(pair) for pair in found] if len(found) >= count else None
        return until(f"{count} addresses", found_all)

    def stop(self):
        self.process.terminate()
        expect(self.process.wait(60), 0, "status")


def has_ipv6():
    return os.path.exists("/proc/sys/net/ipv6")


def by_flags():
    directory = pipeline.private_directory()
    wanted = ["127.0.0.1:0", f"unix:{directory}/web.sock", *(["[::1]:0"] if has_ipv6() else [])]
    for _ in range(2):  # the second exporter finds the first one's socket file
        exporter = Exporter(directory, *(f"--web.listen-address={address}" for address in wanted))
        addresses = exporter.addresses(len(wanted))
        for have, asked in zip(addresses, wanted):
            check(have.startswith(asked.removesuffix("0")),
                  f"the exporter serves {have} instead of {asked}")
            scrape(have)
        expect(stat.S_IMODE(os.stat(f"{directory}/web.sock").st_mode), 0o660, "mode")
        check_refuses_file(f"{directory}/web.sock")
        exporter.stop()
        exporter.collector.close()
        os.truncate(f"{directory}/log", 0)


def passing(*sockets):
    """Returns the arguments of Popen for an exporter to which systemd passes these sockets.

    The order of the sockets is that in which they were opened. So none is overwritten.
    """
    numbers = [passed.fileno() for passed in sockets]
    moved = " ".join(f"{3 + i}<&{number}" for i, number in enumerate(numbers))
    words = f'exec {moved}; LISTEN_FDS={len(numbers)} LISTEN_PID=$$ exec "$@"'
    return {"launcher": ("sh", "-c", words, "sh"), "pass_fds": numbers}


def listener(family, address):
    passed = socket.socket(family)
    passed.bind(address)
    passed.listen()
    return passed


def by_systemd():
    directory = pipeline.private_directory()
    abstract = f"rexmit-test-{os.getpid()}"
    local = listener(socket.AF_UNIX, f"{directory}/passed.sock")
    tcp = listener(socket.AF_INET, ("127.0.0.1", 0))
    nameless = listener(socket.AF_UNIX, f"\0{abstract}")
    exporter = Exporter(directory, **passing(local, tcp, nameless))
    expect(exporter.addresses(3), [f"unix:{directory}/passed.sock",
                                   "127.0.0.1:%d" % tcp.getsockname()[1],
                                   f"unix:@{abstract}"], "addresses")
    for address in exporter.addresses(3)[:2]:
        scrape(address)
    check_refuses_file(f"{directory}/passed.sock")
    exporter.stop()


def by_systemd_for_machines():
    """The exporter knows no address of a client of such a socket, and no name for its log."""
    try:
        passed = listener(socket.AF_VSOCK, (socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
    except OSError as error:
        print(f"sockets of virtual machines: not tested: {error}")
        return
    arguments = passing(passed)
    done = subprocess.run([*arguments["launcher"], pipeline.EXPORTER, "--allow-root"], text=True,
                          pass_fds=arguments["pass_fds"], capture_output=True, timeout=60,
                          check=False)
    check(done.returncode == 1 and "cannot serve on ?: Address family" in done.stderr, done)


def refused(words, *addresses):
    flags = [f"--web.listen-address={address}" for address in addresses]
    done = subprocess.run([pipeline.EXPORTER, "--allow-root", *flags], capture_output=True,
                          text=True, timeout=60, check=False)
    check(done.returncode in (1, 2) and words in done.stderr, f"{addresses}: {done.stderr}")


def main():
    by_flags()
    by_systemd()
    by_systemd_for_machines()
    refused("each address once", ":1", "127.0.0.1:2", ":1")
    refused("8 addresses at most", *(f"127.0.0.1:{port}" for port in range(1, 10)))
    refused("unix:PATH", "unix:")
    refused("unix:PATH", "unix:/" + "x" * 107)
    refused("No such file", "unix:/nonexistent/socket")
    refused("Address already in use", "unix:/dev/null")


run_test(main)
