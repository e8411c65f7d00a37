# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The lists of system calls in each program's source. REXMIT_SOURCE is the source tree."""
import os
import re
from pathlib import Path

LISTS = {
    "collector": "collector/collector_system_calls.c",
    "walker": "collector/walker_system_calls.c",
    "exporter": "exporter/confine/exporter_system_calls.c",
    "reload": "exporter/confine/system_calls_reload.c",
}


def allowed(name):
    source = (Path(os.environ["REXMIT_SOURCE"]) / LISTS[name]).read_text(encoding="ascii")
    return set(re.findall(r"SCMP_SYS\((\w+)\)", source))
