# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs an exporter with --web.config.file. Makes its clients' certificates and passwords."""
import base64
import http.client
import os
import shutil
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

from rig import FLAGS, Rig, expect, exposition, pipeline  # noqa: E402
from certificates import Authority  # noqa: E402
from web_config import ONE_WAY, SECRET, USERS, need_web_config, write  # noqa: E402,F401

MUTUAL = ONE_WAY + """\
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
"""
TICKS = os.sysconf("SC_CLK_TCK")


class Subject:
    """An exporter with a web configuration, and a client."""

    def __init__(self, text, *flags, mode=0o644):
        self.directory = pipeline.private_directory()
        self.authority = Authority(self.directory, "ca")
        self.authority.issue("server")
        self.certificate = self.authority.issue("client")
        self.tls = "cert_file" in text
        path = write(self.directory, text)
        os.chmod(path, mode)
        if os.geteuid() == 0:
            shutil.chown(path, pipeline.USER)
        self.rig = Rig("--web.config.file", path, *flags)
        self.exporter = self.rig.exporter
        self.port = self.exporter.port

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=f"{self.directory}/ca.pem")
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def get(self, user="prometheus:secret", certificate=True, source=None):
        """Returns (status, body). Raises the error if the connection fails."""
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

    def scrape(self, user="prometheus"):
        self.exporter.running()
        status, body = self.get(f"{user}:secret")
        expect(status, 200, "the status of a permitted scrape")
        return exposition.Exposition(body.decode())

    def refusals(self, user="prometheus"):
        return self.scrape(user).sum_by("reason", "rexmit_http_refusals_total")

    def memory_kib(self):
        with open(f"/proc/{self.exporter.process.pid}/status", encoding="ascii") as status:
            return int(status.read().split("VmRSS:")[1].split()[0])

    def pids(self):
        pid = self.exporter.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [pid, *map(int, file.read().split())]

    def cpu_ns(self):
        """Returns the CPU time of the exporter's main process (sched-stats.rst)."""
        with open(f"/proc/{self.exporter.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def cpu_s(self):
        """Returns the CPU time of the main process and of the password process."""
        times = []
        for pid in self.pids():
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            times.append((int(fields[11]) + int(fields[12])) / TICKS)
        return times


def wrong_password(subject, user):
    status, body = subject.get(user)
    expect((status, body), (401, b"401 Unauthorized\n"), f"the answer to the password of {user}")
