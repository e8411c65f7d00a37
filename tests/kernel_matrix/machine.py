# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The machines that qemu emulates, by Debian's name of their architecture."""


class Machine:
    emulator = None     # and the options of its machine and processor
    console = None      # the first serial port
    report = None       # the second one
    report_device = ()  # how to connect it to the chardev of that name
    byte_order = "little"

    def __init__(self, debian, triplet):
        self.debian = debian
        self.triplet = triplet
        self.user_emulator = f"qemu-{triplet.split('-')[0]}"


# Before 8.0 qemu emulates CMPXCHG16B without updating flags first. A kernel interrupted after one,
# as the slab allocator often is, ends with a double fault, so the processor has none. Without it
# kmalloc_nolock(), which provides socket storage from 6.19 on (kernel commit f484f4a3e058), only
# uses slabs with debugging; hence slub_debug.
AMD64 = Machine("amd64", "x86_64-linux-gnu")
AMD64.emulator = ("qemu-system-x86_64", "-cpu", "max,cx16=off")
AMD64.console, AMD64.report = "ttyS0", "ttyS1"
AMD64.report_device = ("-serial", "chardev:report")

# Pointer authentication by the emulator's own algorithm, because that of the architecture would take
# half of the time.
ARM64 = Machine("arm64", "aarch64-linux-gnu")
ARM64.emulator = ("qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on")
ARM64.console, ARM64.report = "ttyAMA0", "ttyS0"
ARM64.report_device = ("-device", "pci-serial,chardev=report")

# Only for cross_build.py.
S390X = Machine("s390x", "s390x-linux-gnu")
S390X.byte_order = "big"
RISCV64 = Machine("riscv64", "riscv64-linux-gnu")

MACHINES = {machine.debian: machine for machine in (AMD64, ARM64, S390X, RISCV64)}
EMULATED = [name for name, machine in MACHINES.items() if machine.emulator]
