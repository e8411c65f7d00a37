# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Builds both programs for another architecture without a warning, and tests the built codec.

Example: tests/kernel_matrix/cross_build.py s390x. The codec runs in qemu's user emulation, in
the byte order of the architecture. tests/differential/packets.py compares it with
docs/protocol.md.
"""
import argparse
import os
import subprocess
import sys

import debian_root
import guest
from lifetime import check, run_test
from machine import MACHINES

PACKETS = debian_root.SOURCE / "tests/differential/packets.py"
PEER = "tests/differential/wire-peer"


def check_codec(machine, root, peer):
    environment = dict(os.environ, REXMIT_BYTE_ORDER=machine.byte_order,
                       REXMIT_WIRE_PEER=f"{machine.user_emulator} -L {root} {peer}")
    done = subprocess.run([sys.executable, PACKETS], env=environment, check=False)
    check(done.returncode == 0, f"packets.py: status {done.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("architecture", choices=MACHINES)
    options = parser.parse_args()
    machine = MACHINES[options.architecture]
    guest.need_tools(f"{machine.triplet}-gcc", machine.user_emulator)
    root = debian_root.root_or_skip(machine)
    built = debian_root.build(machine, root, f"build-{machine.debian}", (*debian_root.BUILT, PEER))
    print(f"built for {machine.debian}: {', '.join(built)}", flush=True)
    check_codec(machine, root, built["wire-peer"])


run_test(main)
