# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Debian's autopkgtest runs debian/tests in a machine of that release.

autopkgtest's null server tests the machine on which it runs: here a booted temporary root.
"""
import os
import re
import shutil
import sys

from lifetime import check, run_test
from machine import Machine, overlay, own_mount_namespace
from release import SOURCE, Release, layer

# autopkgtest has other statuses for skipped tests and for failures.
ALL_PASSED = 0
THREADS = "/host-threads"  # threads of the host's PID 1, for tests/lib/witness.py


def paragraphs():
    with open(f"{SOURCE}/packaging/debian/tests/control", encoding="utf-8") as file:
        return [dict(line.split(": ", 1) for line in paragraph.splitlines())
                for paragraph in file.read().split("\n\n")]


def with_dependencies(release, package):
    """Returns a root with the tests' dependencies but without the package. A machine has no
    network.
    """
    wanted = {name for paragraph in paragraphs() for name in paragraph["Depends"].split(", ")}
    wanted = sorted(wanted - {"rexmit"} | {"autopkgtest", "dpkg-dev"})
    return layer(f"autopkgtest-{release.codename}", release.root(package), "sh", "-c",
                 "apt-get -qq update && apt-get -qq -y --no-install-recommends install "
                 f"{' '.join(wanted)} && apt-get clean")


def output(machine, name):
    path = machine.path(f"/root/output/{name}")
    if not os.path.exists(path):  # the test printed nothing
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    own_mount_namespace()
    release = Release(sys.argv[1])
    package = release.package()
    machine = Machine(lambda: overlay(with_dependencies(release, package)))
    shutil.copytree(os.path.dirname(package), f"{machine.root}/root/packages")
    machine.boot(f"--bind-ro=/proc/1/task:{THREADS}")
    changes = re.sub(r"\.deb$", ".changes", os.path.basename(package))
    done = machine.try_run(
        "autopkgtest", f"/root/packages/{changes}", "--ignore-restrictions=isolation-machine",
        f"--env=REXMIT_PID_1_THREADS={THREADS}", "--output-dir=/root/output", "--", "null")
    print(done.stdout, done.stderr, flush=True)
    tests = {paragraph["Tests"] for paragraph in paragraphs()}
    for name in sorted(tests):
        print(output(machine, f"{name}-stdout"), output(machine, f"{name}-stderr"), flush=True)
    check(done.returncode == ALL_PASSED, f"autopkgtest ended with status {done.returncode}")
    passed = set(re.findall(r"^(\S+)\s+PASS$", output(machine, "summary"), re.M))
    check(passed == tests, f"passed were {passed} of {tests}")


run_test(main)
