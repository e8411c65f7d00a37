#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Without TLS, the exporter warns of each address where passwords cross a network."""
import re

from secure_rig import USERS, Subject, expect, need_web_config, pipeline
import network  # secure_rig sets its path
from lifetime import need_root_and_namespaces, run_test


def main():
    need_web_config()
    need_root_and_namespaces()
    with network.make_pair() as (host, _), host.inside():
        addresses = ("[::1]:0", f"unix:{pipeline.private_directory()}/web.sock", f"{host.v4}:0",
                     f"[{host.v6}]:0")
        subject = Subject(USERS, *(f"--web.listen-address={address}" for address in addresses))
        warned = [re.search(r"on (\S+):\d+: add tls_server_config", line)[1]
                  for line in subject.exporter.lines() if "passwords cross the network" in line]
        expect(warned, [host.v4, f"[{host.v6}]"], "the addresses in warnings")
        subject.exporter.stop()


run_test(main)
