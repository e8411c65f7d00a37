# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Neither program keeps a descriptor that its parent left open.

The programs close all descriptors except the standard streams, so an attacker cannot read them. The
programs open /dev/null for a missing standard stream. Otherwise another file would get that
stream's number, and would receive the log.
"""
import contextlib
import os
import socket
import subprocess

import exposition
import pipeline
from lifetime import Failure, check, need_root_and_namespaces, on_exit, run_test, stop, until


def open_files(pid):
    directory = f"/proc/{pid}/fd"
    files = {}
    for name in os.listdir(directory):
        with contextlib.suppress(FileNotFoundError):  # the program has closed it after a connect
            files[int(name)] = os.readlink(f"{directory}/{name}")
    return files


def free_port():
    """Returns a free port. Without standard error the exporter cannot log its own choice."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(words, redirections):
    """Starts the program with descriptors that the shell's redirections set."""
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "sh", "-c",
                                f'exec "$@" {redirections}', "sh", *words])
    on_exit(stop, process)
    return process


def collector(directory, redirections):
    path = f"{directory}/collector.sock"
    process = start([pipeline.COLLECTOR, "--socket", path, "--user", pipeline.USER,
                     "--allow-user", pipeline.USER], redirections)

    def has_filter():
        check(process.poll() is None, f"the collector ended with status {process.returncode}")
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            return "Seccomp:\t2" in file.read()
    until("the collector's filter", has_filter)
    return process


def exporter(directory, redirections, *flags):
    port = free_port()
    process = start([*pipeline.AS_USER, pipeline.EXPORTER, "--collector-socket",
                     f"{directory}/collector.sock", "--web.listen-address",
                     f"127.0.0.1:{port}", *flags], redirections)

    def serves():
        check(process.poll() is None, f"the exporter ended with status {process.returncode}")
        return exposition.get(port, "/healthz")
    until("the exporter's answer", serves)
    return process


def judge(what, process, log):
    files = open_files(process.pid)
    print(f"{what}: {files}")
    leaked = [fd for fd, name in files.items() if name in (f"{log}.secret", f"{log}.other")]
    check(not leaked, f"{what}: {leaked} are still open, of {files}")
    for fd, wanted in ((0, "/dev/null"), (1, "/dev/null"), (2, log)):
        check(files[fd] == wanted, f"{what}: descriptor {fd} is {files[fd]}, expected {wanted}")
    stop(process)


def check_inherited(what, begin, directory):
    log = f"{directory}/log"
    with open(f"{log}.secret", "w", encoding="ascii") as file:
        os.chmod(file.name, 0o644)
    judge(f"{what} with open files", begin(
        directory, f"<{log}.secret >/dev/null 2>{log} 3<{log}.secret 7<{log}.secret 9>{log}.other"), log)
    judge(f"{what} with closed streams", begin(directory, "<&- >&- 2>&-"), "/dev/null")


def check_state_file(directory):
    """The exporter writes no log to the state file. The next start would refuse such a file."""
    path = f"{directory}/state"
    for _ in range(2):
        process = exporter(directory, "2>&-", "--state-file", path, "--log-level", "debug")
        check(open_files(process.pid)[2] == "/dev/null",
              f"descriptor 2 is {open_files(process.pid)[2]}, not /dev/null")
        stop(process)
    with open(path, "rb") as file:
        if b"rexmit-exporter: " in file.read():
            raise Failure("log lines are in the state file")
    others = [name for name in os.listdir(directory) if name.startswith("state.")]
    check(not others, f"the exporter renamed the state file: {others}")


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    check_state_file(directory)
    check_inherited("exporter", exporter, directory)
    check_inherited("collector", collector, directory)


run_test(main)
