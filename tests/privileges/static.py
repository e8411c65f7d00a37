#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A static program needs no library of the host, neither to start nor to resolve names.

A static program has no list of libraries. So the test searches for functions that only one of the
programs may contain.
"""
import re
import sys

from lifetime import check, command, run_test

# {function: the programs that contain it}. Each function stands for one library.
MARKS = {
    "bpf_object__load_skeleton": {"collector"},
    "cap_set_proc": {"collector"},
    "event_base_loop": {"exporter", "tls"},
    "SSL_accept": {"tls"},
    "yaml_parser_parse": {"tls"},
    "crypt_rn": {"tls"},
}
# This function of glibc's name service would load the host's libraries.
NAME_SERVICE = "__nss_lookup_function"


def functions(program):
    """Returns the functions that nm(1) finds in a program."""
    return set(re.findall(r" [TtWi] (\w+)$", command("nm", program), re.M))


def check_program(name, program):
    headers = command("readelf", "-lW", program)
    check("INTERP" not in headers, f"{program} needs the host's dynamic loader")
    dynamic = command("readelf", "-dW", program)
    check("(NEEDED)" not in dynamic, f"{program} needs libraries: {dynamic}")
    check(re.search(r"\(FLAGS_1\) .*\bPIE\b", dynamic), f"{program} has a fixed address")
    contained = functions(program)
    check(NAME_SERVICE not in contained, f"{program} has the C library's name service")
    for mark, programs in MARKS.items():
        check((mark in contained) == (name in programs), f"{program}: {mark} is {mark in contained}")
    print(f"{name}: {len(contained)} functions, no library", flush=True)


def main():
    for name, program in zip(("collector", "exporter", "tls"), sys.argv[1:], strict=True):
        check_program(name, program)


run_test(main)
