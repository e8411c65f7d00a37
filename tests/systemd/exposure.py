# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Compares the exposure that systemd-analyze reports with the record in this file.

The score must not be worse, and no single assessment either. The score is rounded to a tenth, so it
may hide an assessment.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile

from lifetime import check, command, on_exit, run_test, skip

# Other versions of systemd have other weights and assessments.
VERSION = 252

# Comments in the units explain these. ProtectClock= allows the clock as a readable device, to which
# systemd-analyze objects. Without ProtectClock= the score is worse.
ALWAYS = {
    "DeviceAllow=",                      # because of ProtectClock=, see above
    "RestrictAddressFamilies=~AF_UNIX",  # for the sockets of systemd and of the collector
    "RootDirectory=/RootImage=",
}
COLLECTOR = ALWAYS | {
    "CapabilityBoundingSet=~CAP_BPF",
    "PrivateUsers=",
    "SystemCallFilter=~@privileged",     # for bpf(2) and capset(2)
}
# {(unit, its example drop-in): (highest score, assessments that need not be met)}
RECORDED = {
    ("rexmit-collector.service", None): (0.6, COLLECTOR | {"AmbientCapabilities="}),
    ("rexmit-collector.service", "collector-keep-no-capability.conf"):
        (0.6, COLLECTOR | {"AmbientCapabilities="}),
    ("rexmit-collector.service", "collector-start-as-root.conf"):
        (1.1, COLLECTOR | {"User=/DynamicUser=", "CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)"}),
    ("rexmit-exporter.service", None): (0.2, ALWAYS),
    ("rexmit-collector.service", "collector-pin.conf"):
        (0.6, COLLECTOR | {"AmbientCapabilities="}),
    ("rexmit-exporter.service", "exporter-state-file.conf"): (0.2, ALWAYS | {"ProcSubset="}),
}


def installed():
    """Returns a directory with all files that "meson install" installs."""
    root = tempfile.mkdtemp(prefix="rexmit-test-")
    on_exit(shutil.rmtree, root, True)
    command("meson", "install", "-C", os.environ["REXMIT_BUILD"], "--no-rebuild", "--destdir", root)
    return root


def find(root, name):
    for directory, _, files in os.walk(root):
        if name in files:
            return os.path.join(directory, name)
    return check(False, f"{name} is not installed")


def add_drop_in(root, unit, example):
    directory = f"{root}/etc/systemd/system/{unit}.d"
    os.makedirs(directory)
    shutil.copy(find(root, example), directory)


def analyze(root, unit, *options):
    done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true",
                           f"--root={root}", *options, unit],
                          capture_output=True, text=True, check=False)
    check(not done.stderr, f"{unit}: {done.stderr}")
    return done.stdout


def score_of(root, unit):
    match = re.search(r"Overall exposure level for \S+: ([0-9.]+) ", analyze(root, unit))
    check(match, f"{unit}: no overall exposure level")
    return float(match.group(1))


def unmet(root, unit):
    """Returns the assessments that increase the exposure."""
    table = json.loads(analyze(root, unit, "--json=short"))
    check(len(table) > 70, f"{unit}: {len(table)} assessments")
    return {row["name"] for row in table if row["set"] is False}


def judge(unit, drop_in):
    root = installed()
    if drop_in:
        add_drop_in(root, unit, drop_in)
    highest, allowed = RECORDED[unit, drop_in]
    score, found = score_of(root, unit), unmet(root, unit)
    print(f"{unit} {drop_in or ''}: {score}, unmet: {', '.join(sorted(found))}")
    check(found <= allowed, f"unmet, but not in the record: {found - allowed}")
    check(found >= allowed, f"met, but in the record: {allowed - found}; remove them")
    check(score <= highest, f"exposure {score}, recorded as {highest}")
    check(score >= highest, f"exposure {score} is better than recorded; update the record")


def version():
    if not shutil.which("systemd-analyze"):
        skip("no systemd-analyze command")
    return int(command("systemd-analyze", "--version").split()[1])


def main():
    if version() != VERSION:
        skip(f"systemd {version()}; the scores are recorded for {VERSION}")
    for unit, drop_in in RECORDED:
        judge(unit, drop_in)


run_test(main)
