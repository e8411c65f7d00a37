# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Gets Debian's libraries and programs for another architecture, and builds rexmit with them.

The module downloads them with a separate apt state, and caches them. It does not install or run
them on this machine. The compiler links with the libraries, and the guest gets libraries and
programs.
"""
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import debian_kernel
from lifetime import check, skip

SUITES = {"riscv64": "trixie"}  # the first suite that has this architecture
SUITE = "bookworm"
LIBRARIES = ("libc6-dev", "libbpf-dev", "libelf-dev", "libcap-dev", "libcrypt-dev", "libevent-dev",
             "libseccomp-dev", "libssl-dev", "libyaml-dev", "zlib1g-dev")
PROGRAMS = ("bpftool", "busybox-static", "ethtool", "iproute2", "mount", "nftables", "python3",
            "strace", "util-linux", "dash")
SOURCE = Path(__file__).resolve().parents[2]
BUILT = ("collector/rexmit-collector", "exporter/rexmit-exporter", "tests/lib/rexmit-traffic",
         "tests/kernel_matrix/bpf-objects", "tests/privileges/intruder-collector",
         "tests/privileges/intruder-walker", "tests/privileges/intruder-exporter")
CROSS_FILE = """[binaries]
c = '{triplet}-gcc'
ar = '{triplet}-gcc-ar'
strip = '{triplet}-strip'
pkgconfig = 'pkg-config'
{bpftool}
[built-in options]
c_args = ['--sysroot={root}']
c_link_args = ['--sysroot={root}']
[properties]
sys_root = '{root}'
pkg_config_libdir = '{root}/usr/lib/{triplet}/pkgconfig:{root}/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = '{cpu}'
cpu = '{cpu}'
endian = '{endian}'
"""


def fetch(machine, work, directory):
    apt = debian_kernel.Apt(work, SUITES.get(machine.debian, SUITE), machine.debian)
    apt.run("apt-get", "install", "--yes", "--download-only", "--no-install-recommends",
            *LIBRARIES, *PROGRAMS)
    tree = work / "tree"
    tree.mkdir()
    for package in sorted((work / "archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "--extract", package, tree], check=True)
    for folder in ("bin", "sbin", "lib", "lib64"):  # in Debian 13 these are links into usr
        if not (tree / folder).exists():
            (tree / folder).symlink_to(f"usr/{folder}")
    tree.rename(directory)


def root_or_skip(machine):
    names = hashlib.sha256(" ".join(LIBRARIES + PROGRAMS).encode()).hexdigest()[:8]
    try:
        return debian_kernel.cached("roots", f"{SUITE}-{machine.debian}-{names}",
                                    lambda work, directory: fetch(machine, work, directory))
    except debian_kernel.Unavailable as reason:
        skip(f"no libraries for {machine.debian}: {reason}")


def build(machine, root, directory, targets=BUILT):
    """Builds `targets` for the machine, one build at a time. Returns their paths by name."""
    directory = Path(directory).absolute() / root.name
    directory.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{directory}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_alone(machine, root, directory, targets)
    return {Path(name).name: directory / name for name in targets}


def build_alone(machine, root, directory, targets):
    cross = root.with_suffix(".cross")
    if not (directory / "build.ninja").exists():
        cpu = machine.triplet.split("-")[0]
        # Before libbpf 1.6 bpftool reads only objects in its own byte order.
        bpftool = ("" if machine.byte_order == sys.byteorder else
                   f"bpftool = ['{machine.user_emulator}', '-L', '{root}', '{root}/usr/sbin/bpftool']")
        cross.write_text(CROSS_FILE.format(triplet=machine.triplet, root=root, cpu=cpu,
                                           bpftool=bpftool, endian=machine.byte_order))
        run("meson", "setup", "--werror", "--cross-file", cross, directory, SOURCE)
    run("ninja", "-C", directory, *targets)


def run(*words):
    """Runs a command without CC, because the cross file chooses the compiler."""
    environment = {n: value for n, value in os.environ.items() if n not in ("CC", "CFLAGS")}
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, env=environment)
    check(done.returncode == 0, f"{' '.join(map(str, words))}:\n{done.stdout[-4000:]}")
