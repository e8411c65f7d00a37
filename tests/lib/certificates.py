# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes certificates in the test's directory with openssl(1)."""
import os
import shutil
import time

from lifetime import command, skip

EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
RSA_KEY = ["-newkey", "rsa:2048", "-nodes"]


def need_openssl():
    if not shutil.which("openssl"):
        skip("no openssl command")


class Authority:
    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.pem, self._key = f"{directory}/{name}.pem", f"{directory}/{name}.key"
        command("openssl", "req", "-x509", *EC_KEY, "-keyout", self._key, "-out", self.pem,
                "-days", "2", "-subj", f"/CN={name}")
        os.chmod(self.pem, 0o644)

    def issue(self, name, days=1, address="127.0.0.1", names="", key=EC_KEY):
        """Returns the files (certificate, key) for the address and for `names`, such as ",DNS:a".

        A certificate with days=0 has expired when this function returns.
        """
        stem = f"{self.directory}/{name}"
        command("openssl", "req", *key, "-keyout", f"{stem}.key", "-out", f"{stem}.csr",
                "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}{names}")
        command("openssl", "x509", "-req", "-in", f"{stem}.csr", "-CA", self.pem,
                "-CAkey", self._key, "-CAcreateserial", "-days", str(days),
                "-copy_extensions", "copy", "-out", f"{stem}.pem")
        os.chmod(f"{stem}.key", 0o644)
        if days == 0:
            time.sleep(1.1)
        return f"{stem}.pem", f"{stem}.key"
