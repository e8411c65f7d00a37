# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Writes files for --web.config.file, with TLS and one user, whose password is "secret"."""
import base64
import os
import shutil
import ssl

import pipeline
from certificates import Authority, need_openssl
from lifetime import skip

# The bcrypt hash of "secret", with cost 10.
SECRET = "$2b$10$oN40.OoIMtfVWg1DfZafWunIXbhsLbEhhWsyTD/E8wVAvRHrizTbG"
ONE_WAY = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.key
"""
USERS = f"basic_auth_users:\n  prometheus: {SECRET}\n"


def need_web_config():
    need_openssl()
    if not os.listdir(f"{os.path.dirname(pipeline.EXPORTER)}/web_config"):
        skip("built without TLS and passwords")


def authorization(password="secret"):
    return "Basic " + base64.b64encode(f"prometheus:{password}".encode()).decode()


def write(directory, text, prepare=lambda path: None):
    """Replaces the file atomically, as configuration managers do. Returns its path."""
    path = f"{directory}/web.yml"
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    prepare(f"{path}.new")
    os.replace(f"{path}.new", path)
    return path


def own(path):
    """Makes the file readable for the exporter's user only."""
    os.chmod(path, 0o600)
    shutil.chown(path, pipeline.USER)


class TwoCertificates:
    """Two certificates, TLS and the password, in files that only the exporter's user reads."""

    def __init__(self, directory):
        self._directory = directory
        authority = Authority(directory, "ca")
        self.ca = authority.pem
        for name in ("first", "second"):
            own(authority.issue(name)[1])
        self._next = "first"
        self.path = self.renew()
        self.context = ssl.create_default_context(cafile=self.ca)

    def renew(self):
        """Replaces the certificate and its key by the other pair.

        Returns the path of the configuration.
        """
        text = ONE_WAY.replace("server.", f"{self._next}.") + USERS
        self._next = "second" if self._next == "first" else "first"
        return write(self._directory, text, own)
