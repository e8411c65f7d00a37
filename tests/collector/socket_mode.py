# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The collector warns if it cannot give its socket to the exporter's group, and only then.

It serves the user of --allow-user.
"""
import grp
import os
import pwd
import shutil
import stat

import pipeline
import wire
from another_user import another_user
from lifetime import check, need_root_and_namespaces, run_test, until

AS_DAEMON = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--inh-caps", "+bpf,+perfmon",
             "--ambient-caps", "+bpf,+perfmon", "--pdeathsig", "KILL"]
WORDS = "its mode stays 0600"


def try_start(groups, allowed, mode, warned):
    directory = pipeline.private_directory()
    os.chmod(directory, 0o777)
    path = f"{directory}/socket"
    collector = pipeline.Program([*AS_DAEMON, *groups, "--", pipeline.COLLECTOR, "--socket", path,
                                  "--allow-user", allowed], directory)
    until("the collector to count", lambda: collector.running() and ": counting " in collector.log())
    found = stat.S_IMODE(os.stat(path).st_mode)
    check(found == mode, f"{groups}: mode {found:o}, not {mode:o}")
    check((WORDS in collector.log()) == warned, f"{groups}: {collector.log()}")
    if not warned:
        os.chmod(path, 0o666)  # this process keeps its group
        with another_user(allowed), wire.Client(path) as client:
            client.resume()
    collector.stop()


def try_connect_early():
    """A collector that root started changes the owner of its socket file. Before that the
    exporter's user can already connect."""
    if not shutil.which("strace"):
        print("not tested: no strace command")
        return
    directory = pipeline.private_directory()
    os.chmod(directory, 0o711)
    slow = ["strace", "-D", "-o", f"{directory}/strace", "-e", "inject=fchownat:delay_enter=8s"]
    collector = pipeline.Collector(directory, launcher=slow)
    until("the collector to listen", lambda: os.path.exists(collector.socket))
    found = os.stat(collector.socket)
    group = grp.getgrgid(found.st_gid).gr_name
    check(found.st_uid == 0, "the collector had already changed the owner")
    check((group, stat.S_IMODE(found.st_mode)) == ("nogroup", 0o660),
          f"group {group}, mode {stat.S_IMODE(found.st_mode):o}")
    collector.wait().stop()


def main():
    need_root_and_namespaces()
    try_start(["--clear-groups"], "nobody", 0o600, True)
    try_start(["--groups", "65534"], "nobody", 0o660, False)
    try_start(["--clear-groups"], "daemon", 0o660, False)
    try_connect_early()


run_test(main)
