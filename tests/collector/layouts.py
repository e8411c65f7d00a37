# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""On a kernel with other structures the programs load, or --check names the missing member.

The programs need each member that bpf/kernel.bpf.h declares, except those in OPTIONAL. Each layout
is this kernel's BTF with other names (tests/lib/btf.py). --layout runs another test with one
layout.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

import pipeline
from btf import Btf, run_with
from lifetime import check, need_root_and_namespaces, run_test

KERNEL_H = Path(__file__).resolve().parents[2] / "bpf" / "kernel.bpf.h"
OLD_CGROUP = (("sock_cgroup_data", "cgroup", "val", "u64"),)
# {name: changes}. Each change has the arguments of Btf.change().
LAYOUTS = {
    "before 5.15": OLD_CGROUP,
    "before 5.5": (*OLD_CGROUP, ("kernfs_node", "id", "id", "union"), ("tcp_sock", "rcv_ooopack")),
    "before 6.15": (("kernfs_node", "__parent", "parent"),),
    "no cgroups": (("sock", "sk_cgrp_data"),),
    "another cgroup data": (("sock_cgroup_data", "cgroup"),),
    "no IPv6": (("sock_common", "skc_v6_daddr"), ("sock_common", "skc_v6_rcv_saddr")),
}
# The programs test whether these members exist, or whether another layout has them.
OPTIONAL = {("kernfs_node", "parent"), ("kernfs_node", "__parent"), ("kernfs_node", "id"),
            ("local_ports", "range"), ("sock", "sk_cgrp_data"), ("sock_cgroup_data", "cgroup"),
            ("sock_cgroup_data", "val"), ("sock_common", "skc_v6_daddr"),
            ("sock_common", "skc_v6_rcv_saddr"), ("tcp_sock", "rcv_ooopack")}
WHOLE = {("in6_addr", "bytes")}  # the programs read the whole structure, without a member's name
DECLARED = re.compile(r"^(?:typedef )?struct (\w*) ?\{\n(.*?)^\} ?(\w*);", re.M | re.S)
MEMBER = re.compile(r"(\w+)(?:\[\d+\])?(?: : \d+)?;")


def declared():
    """Returns (structure, member) for everything that the programs may read on this layout."""
    for name, body, typedef in DECLARED.findall(KERNEL_H.read_text()):
        for member in MEMBER.findall(re.sub(r"/\*.*?\*/", "", body, flags=re.S)):
            if "___" not in name:
                yield name or typedef, member


def layout_of(changes):
    btf = Btf()
    for change in changes:
        if change[:2] != ("kernfs_node", "__parent") or btf.has(*change[:2]):
            btf.change(*change)
    return btf


def check_required(structure, member):
    done = run_with(layout_of([(structure, member)]), pipeline.COLLECTOR, "--check")
    lines = [line for line in done.stdout.splitlines() if line.startswith("missing")]
    check(done.returncode == 1 and len(lines) == 1 and re.search(rf"[. ]{member}\b", lines[0]),
          f"without {structure}.{member}: status {done.returncode}\n{done.stdout}{done.stderr}")
    print(lines[0], flush=True)


def check_layouts():
    for name, changes in LAYOUTS.items():
        done = run_with(layout_of(changes), pipeline.COLLECTOR, "--check")
        check(done.returncode == 0, f"{name}: status {done.returncode}\n{done.stdout}{done.stderr}")
        print(f"ok with the layout: {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layout", choices=LAYOUTS)
    parser.add_argument("test", nargs="*", help="another test, and its arguments after --")
    options = parser.parse_args()
    need_root_and_namespaces()
    if options.layout:
        with layout_of(LAYOUTS[options.layout]).shown() as prefix:
            sys.exit(subprocess.run([*prefix, sys.executable, *options.test],
                                    check=False).returncode)
    check_layouts()
    members = set(declared())
    check(OPTIONAL | WHOLE < members, f"not declared: {(OPTIONAL | WHOLE) - members}")
    for structure, member in sorted(members - OPTIONAL - WHOLE):
        check_required(structure, member)


run_test(main)
