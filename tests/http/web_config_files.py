# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Loads configurations of other exporters, warns about files that all users can read, and
refuses mistakes."""
import os
import subprocess

from secure_rig import FLAGS, MUTUAL, ONE_WAY, USERS, Subject, expect, need_web_config, pipeline, write
from certificates import Authority
from lifetime import check, command, run_test


SUITES = "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, %s]\n"
STATIC_RSA = SUITES % "TLS_RSA_WITH_AES_128_GCM_SHA256"
CBC = SUITES % "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"


def files_of_others():
    """The exporter loads configurations of other exporters, and logs what it ignores."""
    for text, words in (("", "neither TLS nor passwords"),
                        ("tls_server_config: {}\nbasic_auth_users: {}\n", "neither TLS nor"),
                        (ONE_WAY + "http_server_config:\n  http2: true\n", "http2 is ignored"),
                        (ONE_WAY + "rate_limit: {interval: 1s, burst: 9}\n", "rate_limit is ignored"),
                        (ONE_WAY + STATIC_RSA, "has TLS_RSA_WITH_AES_128_GCM_SHA256, without"),
                        (ONE_WAY + CBC, "has TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, without")):
        subject = Subject(text)
        expect(subject.get(user=None)[0], 200, f"the status for {text}")
        expect(subject.exporter.log().count(words), 1, f"the number of warnings about {words}")
        subject.exporter.stop()
    for text in (SUITES % "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CBC + "  min_version: TLS13\n"):
        subject = Subject(ONE_WAY + text)
        check("cipher_suites" not in subject.exporter.log(), subject.exporter.log())
        subject.exporter.stop()


def readable_by_others():
    """The exporter warns about each private file that every user can read."""
    subject = Subject(ONE_WAY + USERS)
    for name in ("server.key", "web.yml"):
        expect(subject.exporter.log().count(f"can read {subject.directory}/{name}"), 1,
               f"the number of warnings about {name}")
    subject.exporter.stop()
    subject = Subject(USERS, mode=0o600)
    check("can read" not in subject.exporter.log(),
          f"an unexpected warning: {subject.exporter.log()}")
    subject.exporter.stop()


def with_revocation_list(directory):
    """Writes the file crl.pem, which has the authority's certificate and its revocation list."""
    with open(f"{directory}/ca.conf", "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=a\n[a]\ndatabase={directory}/index\ndefault_md=sha256\n")
    with open(f"{directory}/index", "w", encoding="ascii"):
        pass
    command("openssl", "ca", "-gencrl", "-config", f"{directory}/ca.conf", "-cert", f"{directory}/ca.pem",
            "-keyfile", f"{directory}/ca.key", "-crldays", "1", "-out", f"{directory}/list.pem")
    with open(f"{directory}/crl.pem", "w", encoding="ascii") as file:
        for name in ("ca.pem", "list.pem"):
            with open(f"{directory}/{name}", encoding="ascii") as part:
                file.write(part.read())


def cannot_start():
    directory = pipeline.private_directory()
    Authority(directory, "ca").issue("server")
    with_revocation_list(directory)
    command("openssl", "pkey", "-in", f"{directory}/server.key", "-aes256", "-passout", "pass:secret",
            "-out", f"{directory}/encrypted.key")
    cases = [
        (MUTUAL + "  client_ca: a\n", "line 6: tls_server_config: 'client_ca' is not a supported key"),
        (ONE_WAY.replace("server.pem", "none.pem"), "none.pem: No such file or directory"),
        (ONE_WAY.replace("server.key", "ca.key"), "key_file: "),
        (ONE_WAY.replace("server.key", "encrypted.key"), "encrypted.key: "),
        (MUTUAL.replace("ca.pem", "server.key"), "server.key: no certificate found"),
        (MUTUAL.replace("ca.pem", "crl.pem"), "revocation lists are not supported"),
        (ONE_WAY + "  cipher_suites: [TLS_NONE_WITH_NONE]\n", "TLS_NONE_WITH_NONE"),
        ("basic_auth_users:\n  a: plain\n", "line 2: basic_auth_users: 'a' needs a bcrypt hash"),
    ]
    for name in ("ca.key", "encrypted.key"):
        os.chmod(f"{directory}/{name}", 0o644)
    for text, words in cases:
        done = subprocess.run(
            [*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, "--collector-socket",
             f"{directory}/none", "--web.listen-address", "127.0.0.1:0", "--web.config.file",
             write(directory, text)], capture_output=True, text=True, timeout=30, check=False)
        expect(done.returncode, 1, f"the exit status for {text}")
        check("web.yml: " in done.stderr and words in done.stderr, f"{words}: {done.stderr}")
        check(": \n" not in done.stderr, f"a reason is missing: {done.stderr}")
        expect(len(done.stderr.splitlines()), 1 + ("running without" in done.stderr),
               f"the number of lines in {done.stderr}")


def main():
    need_web_config()
    cannot_start()
    files_of_others()
    readable_by_others()


run_test(main)
