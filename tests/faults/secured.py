# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The files of an exporter with TLS, a password, --networks and an existing state file."""
import os
import socket
import ssl
import subprocess
import sys

import web_config
from certificates import Authority

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

import fake_collector as fake  # noqa: E402

INSTANCE = b"o" * 16
GROUPS = 59
# The hash is that of "secret", with the smallest cost.
WEB_CONFIG = """\
tls_server_config:
  cert_file: chain.pem
  key_file: server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [127.0.0.1, client.example.org]
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
basic_auth_users:
  prometheus: $2b$04$OJ5yCxqGIWlLOlAWkGEbMetVxX0GASvR8mOKCw0c0TtSL/Kq5RasS
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Secured:
    """The files of an exporter with --secured, and what its clients need."""

    def __init__(self, directory, program):
        self.directory = directory
        authority = Authority(directory, "ca")
        certificate, _ = authority.issue("server")
        with open(f"{directory}/chain.pem", "wb") as chain:
            for path in (certificate, authority.pem):
                with open(path, "rb") as file:
                    chain.write(file.read())
        self.path = web_config.write(directory, WEB_CONFIG)
        for path in (self.path, f"{directory}/server.key"):
            os.chmod(path, 0o600)  # the exporter warns of other modes
        self.networks = f"{directory}/networks"
        with open(self.networks, "w", encoding="ascii") as file:
            file.write("192.0.2.0/24 ours\n198.51.0.0/16 theirs\n2001:db8::/32 theirs\n")
        self.context = ssl.create_default_context(cafile=authority.pem)
        self.context.load_cert_chain(*authority.issue("client"))
        self.state = self.make_state(program)

    def make_state(self, program):
        """Returns the bytes of a state file with groups that have other labels."""
        port, path = free_port(), f"{self.directory}/state"
        collector = fake.FakeCollector(f"{self.directory}/collector.sock")
        with subprocess.Popen([program, "--allow-root", "--seccomp", "off", "--collector-socket", collector.path,
                               "--web.listen-address", f"127.0.0.1:{port}", "--state-file", path, "--max-series",
                               "100", "--group-by", "cgroup,dst_ip"], stderr=subprocess.DEVNULL) as process:
            peer = collector.accept()
            peer.send(fake.hello(INSTANCE), *(fake.name(i, f"/{i}.service") for i in range(1, GROUPS + 1)),
                      *(fake.event(fake.STRIDE * i, remote=f"203.0.113.{i}", cgroup=i) for i in range(1, GROUPS + 1)))
            peer.acks(fake.STRIDE * GROUPS)
            process.terminate()
        collector.close()
        with open(path, "rb") as file:
            return file.read()

    def options(self, directory):
        with open(f"{directory}/state", "wb") as file:
            file.write(self.state)
        return ("--web.config.file", self.path, "--networks", self.networks, "--state-file", f"{directory}/state")
