# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The collector warns exactly when it cannot give its socket to the exporter's group."""
import os
import stat

import pipeline
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
    collector.stop()


def main():
    need_root_and_namespaces()
    try_start(["--clear-groups"], "nobody", 0o600, True)
    try_start(["--groups", "65534"], "nobody", 0o660, False)
    try_start(["--clear-groups"], "daemon", 0o660, False)


run_test(main)
