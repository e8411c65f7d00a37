#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""An invalid command line ends the program with an error status and one line on standard error.

The program leaves no file.
"""
import os
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import pipeline  # noqa: E402
from lifetime import check, need_root_and_namespaces, run_test  # noqa: E402

LONG = "x" * 120  # a socket's path has at most 107 bytes (unix(7))
BAD_SIZES = ("0", "-1", "5", "4097", "x", "", "4096x", "99999999999999999999")
BAD_ADDRESSES = ("", "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                 "127.0.0.1:x", "300.0.0.1:0", "[::1", "::1:0:", "localhost:0")

# (flags, a word that the line must contain)
BOTH = [
    (["--nonsense"], "--nonsense"),
    (["surplus"], "surplus"),
    (["--log-level", "loud"], "loud"),
    (["--log-level"], "--log-level"),
]
COLLECTOR = BOTH + [
    (["--socket"], "--socket"),
    (["--socket", f"/tmp/{LONG}"], LONG),
    (["--socket", "{dir}/none/none/c.sock"], "{dir}/none/none/c.sock"),
    (["--socket", "{dir}/file"], "{dir}/file"),
    (["--socket", "{dir}/taken.sock"], "{dir}/taken.sock"),
    (["--user", "rexmit-no-such-user"], "rexmit-no-such-user"),
    (["--allow-user", "rexmit-no-such-user"], "rexmit-no-such-user"),
    (["--keep-caps", "some"], "some"),
] + [(["--ring-bytes", size], "--ring-bytes") for size in BAD_SIZES]
EXPORTER = BOTH + [
    (["--web.listen-address", "127.0.0.1:{port}"], "127.0.0.1:{port}"),
    (["--web.listen-address", "192.0.2.1:0"], "192.0.2.1:0"),
    (["--collector-socket", f"/tmp/{LONG}"], LONG),
    (["--group-by", "nonsense"], "nonsense"),
    (["--group-by", "cause,nonsense"], "nonsense"),
    (["--group-by", ""], "--group-by"),
    (["--ports", "some"], "some"),
] + [(["--web.listen-address", bad], "--web.listen-address") for bad in BAD_ADDRESSES] + [
    (["--max-series", bad], "--max-series") for bad in ("0", "-1", "x", "", "99999999999")]


def check_refusal(words, named, directory):
    before = sorted(os.listdir(directory))
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        check(False, f"{words}: the program runs")
    lines = done.stderr.splitlines()
    program = os.path.basename(next(w for w in words if "/rexmit-" in w))
    check(done.returncode > 0, f"{words}: status {done.returncode}")
    check(len(lines) == 1, f"{words}: {len(lines)} lines on standard error: {done.stderr!r}")
    check(lines[0].startswith(f"{program}: "),
          f"{words}: the program's name is missing: {lines[0]}")
    check(named in lines[0], f"{words}: the line does not have '{named}': {lines[0]}")
    check(done.stdout == "", f"{words}: standard output: {done.stdout!r}")
    check(sorted(os.listdir(directory)) == before,
          f"{words}: the program left {os.listdir(directory)}")
    print(f"ok {lines[0]}", flush=True)


def check_all(base, cases, directory, **values):
    for flags, named in cases:
        usual = list(base)
        if flags[0] in usual:  # repeating it would cause another error
            at = usual.index(flags[0])
            del usual[at:at + 2]
        check_refusal([*usual, *(flag.format(dir=directory, **values) for flag in flags)],
                      named.format(dir=directory, **values), directory)


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    with open(f"{directory}/file", "w", encoding="ascii") as file:
        file.write("not a socket\n")
    with (socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as taken_path,
          socket.socket() as taken_port):
        taken_path.bind(f"{directory}/taken.sock")
        taken_path.listen()
        taken_port.bind(("127.0.0.1", 0))
        taken_port.listen()
        # All other flags are valid.
        collector = [pipeline.COLLECTOR, "--socket", f"{directory}/collector.sock",
                     "--user", pipeline.USER, "--allow-user", pipeline.USER]
        check_all(collector, COLLECTOR, directory)
        check_refusal([*pipeline.AS_USER, *collector[:3]], "CAP_BPF", directory)
        check_all([*pipeline.AS_USER, pipeline.EXPORTER, "--web.listen-address", "127.0.0.1:0"],
                  EXPORTER, directory, port=taken_port.getsockname()[1])
    with open(f"{directory}/file", encoding="ascii") as file:
        check(file.read() == "not a socket\n", "the program changed the file that is not a socket")


run_test(main)
