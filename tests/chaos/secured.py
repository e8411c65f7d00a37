# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs a pair of programs with TLS, a password, a state file, pins and memory limits."""
import http.client
import re
import socket
from pathlib import Path

import pipeline
from lifetime import check, until
from memory_cgroup import MemoryCgroup
from subject import Subject
from web_config import TwoCertificates, authorization

NETWORKS = "192.0.2.0/24 documentation\n10.0.0.0/8 ten\n"
# The limits are MemoryMax= of systemd/*.service.in.
UNITS = Path(__file__).resolve().parents[2] / "systemd"
SUFFIXES = {"M": 1 << 20, "G": 1 << 30}


def memory_max(who):
    text = (UNITS / f"rexmit-{who}.service.in").read_text(encoding="utf-8")
    number, suffix = re.search(r"^MemoryMax=(\d+)([MG])$", text, re.M).groups()
    return int(number) * SUFFIXES[suffix]


class Secured(Subject):
    """`programs` has (name, pipeline.Program) of each started program, to read its log later."""

    header = f"Authorization: {authorization()}\r\n"

    def __init__(self, name, ring_bytes, counters, *exporter_flags):
        self.name, self.programs = name, []
        directory = pipeline.private_directory()
        self.web = TwoCertificates(directory)
        self.networks = f"{directory}/networks"
        Path(self.networks).write_text(NETWORKS, encoding="ascii")
        self.groups = {who: MemoryCgroup() for who in ("collector", "exporter")}
        for who, group in self.groups.items():
            group.limit(memory_max(who))
        flags = (*exporter_flags, "--web.config.file", self.web.path, "--networks", self.networks)
        super().__init__(ring_bytes, name, flags, counters)

    def options(self, who):
        return {"enter": self.groups[who].enter()}

    def start(self, who):
        super().start(who)
        self.programs.append((who, getattr(self, who)))

    def connect(self, receive_bytes=None, encrypted=True):
        client = super().connect(receive_bytes)
        return self.web.context.wrap_socket(client, server_hostname="127.0.0.1") if encrypted else client

    def get(self, password="secret"):
        connection = http.client.HTTPSConnection("127.0.0.1", self.exporter.port, timeout=30,
                                                 context=self.web.context)
        try:
            connection.request("GET", "/metrics", headers={"Authorization": authorization(password)})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        except socket.timeout:
            raise
        except (OSError, http.client.HTTPException):  # the exporter closed it to accept another
            return None
        finally:
            connection.close()

    def wrong_password(self, password):
        """Sends the password until it gets 401. Before that, the exporter may be too busy."""
        until("401 for a wrong password", lambda: self._is_refused(password))

    def _is_refused(self, password):
        try:
            answer = self.get(password)
        except TimeoutError:
            return False
        check(not answer or answer[0] in (401, 408, 503), f"a wrong password got {answer}")
        return answer and answer[0] == 401

    def pids(self):
        """Returns {name: pid} of both programs, and of the exporter's child, which checks
        passwords.
        """
        pid = self.exporter.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            checker = file.read().split()
        check(len(checker) == 1, f"the exporter has {len(checker)} children")
        return {"collector": self.collector.process.pid, "exporter": pid,
                "password checker": int(checker[0])}
