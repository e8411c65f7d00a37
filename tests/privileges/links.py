#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each program links the libraries that it needs, and none that only the other program needs.

The program that starts as root must not contain a network library. The program that serves the
network must not contain a library that controls the kernel.
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
    """Returns the libraries that readelf(1) -d shows, without their versions."""
    found = re.findall(r"\(NEEDED\).*\[([^]]+)\]", command("readelf", "-dW", program))
    return {re.match(r"[A-Za-z_]+", name).group(0) for name in found}


def main():
    for program, allowed in ALLOWED.items():
        libraries = needed(program) - SANITIZERS
        print(program, *sorted(libraries))
        check(NEEDED_BY_ITS_WORK[program] in libraries,
              f"{program} does not link {NEEDED_BY_ITS_WORK[program]}: {sorted(libraries)}")
        check(libraries <= allowed, f"{program} links {sorted(libraries - allowed)}")
        # Before assert(3) printed its text, SIGSYS would end the program. So the code uses
        # common/invariant.h.
        check("__assert_fail" not in command("readelf", "--dyn-syms", "-W", program),
              f"{program} contains an assert()")


run_test(main)
