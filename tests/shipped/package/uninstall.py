# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The removal of an installation from source (README.md) leaves no file."""
import os
import shutil
import tempfile

from lifetime import check, command, on_exit, run_test
from release import SOURCE


def main():
    directory = tempfile.mkdtemp(prefix="rexmit-uninstall-")
    on_exit(shutil.rmtree, directory, True)
    build, prefix = f"{directory}/build", f"{directory}/prefix"
    command("meson", "setup", "--buildtype=release", "-Dtests=false", f"--prefix={prefix}", build,
            SOURCE)
    command("ninja", "-C", build)
    command("meson", "install", "-C", build)
    installed = [name for _, _, names in os.walk(prefix) for name in names]
    wanted = {"rexmit-collector", "rexmit-exporter", "rexmit-collector.service", "rexmit.conf",
              "alerts.yml", "_rexmit-exporter"}
    check(wanted <= set(installed), f"installed was only {installed}")
    command("ninja", "-C", build, "uninstall")
    left = [f"{place}/{name}" for place, _, names in os.walk(prefix) for name in names]
    check(not left, f"left: {left}")


run_test(main)
