#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each program links only what it needs, and nothing of the other one.

The root process must not contain a network library. The process that serves the network must not
contain a library that reaches into the kernel.
"""
import re

import pipeline
from lifetime import check, command, run_test

ALLOWED = {
    pipeline.COLLECTOR: {"libbpf", "libelf", "libz", "libcap", "libseccomp", "libc"},
    pipeline.EXPORTER: {"libevent_core", "libz", "libseccomp", "libc"},
}
NEEDED_BY_ITS_WORK = {pipeline.COLLECTOR: "libbpf", pipeline.EXPORTER: "libevent_core"}
SANITIZERS = {"libasan", "libubsan", "libm", "libgcc_s"}


def needed(program):
    """The libraries that the program's file names, without version: readelf(1) -d."""
    found = re.findall(r"\(NEEDED\).*\[([^]]+)\]", command("readelf", "-dW", program))
    return {re.match(r"[A-Za-z_]+", name).group(0) for name in found}


def main():
    for program, allowed in ALLOWED.items():
        libraries = needed(program) - SANITIZERS
        print(program, *sorted(libraries))
        check(NEEDED_BY_ITS_WORK[program] in libraries,
              f"{program} does not link {NEEDED_BY_ITS_WORK[program]}: {sorted(libraries)}")
        check(libraries <= allowed, f"{program} links {sorted(libraries - allowed)}")
        # assert(3) would end with SIGSYS and without its text: common/invariant.h replaces it.
        check("__assert_fail" not in command("readelf", "--dyn-syms", "-W", program),
              f"{program} has an assert() in it")


run_test(main)
