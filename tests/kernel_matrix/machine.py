# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The machines that qemu emulates. Debian's names of the architectures are their names."""


class Machine:
    emulator = None     # with the options for the machine and the processor
    console = None      # the device of the first serial port
    report = None       # the device of the second serial port
    report_device = ()  # options that connect `report` to the chardev "report"
    byte_order = "little"

    def __init__(self, debian, triplet):
        self.debian = debian
        self.triplet = triplet
        self.user_emulator = f"qemu-{triplet.split('-')[0]}"


# Before 8.0 qemu updates the flags too late in CMPXCHG16B. An interrupt just after that
# instruction, often in the slab allocator, ends in a double fault. So this processor has no
# CMPXCHG16B.
#
# Socket storage comes from kmalloc_nolock() since 6.19 (kernel commit f484f4a3e058). Without
# CMPXCHG16B that function uses only slabs with debugging, which DEBUGGED_SLABS in guest.py enables.
AMD64 = Machine("amd64", "x86_64-linux-gnu")
AMD64.emulator = ("qemu-system-x86_64", "-cpu", "max,cx16=off")
AMD64.console, AMD64.report = "ttyS0", "ttyS1"
AMD64.report_device = ("-serial", "chardev:report")

# qemu's own algorithm for pointer authentication is twice as fast as the architecture's.
ARM64 = Machine("arm64", "aarch64-linux-gnu")
ARM64.emulator = ("qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on")
ARM64.console, ARM64.report = "ttyAMA0", "ttyS0"
ARM64.report_device = ("-device", "pci-serial,chardev=report")

# Only cross_build.py uses these.
S390X = Machine("s390x", "s390x-linux-gnu")
S390X.byte_order = "big"
RISCV64 = Machine("riscv64", "riscv64-linux-gnu")

MACHINES = {machine.debian: machine for machine in (AMD64, ARM64, S390X, RISCV64)}
EMULATED = [name for name, machine in MACHINES.items() if machine.emulator]
