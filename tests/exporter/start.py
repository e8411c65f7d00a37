#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""An exporter starts and stops in order, or prints why it cannot start."""
import os
import shutil
import signal
import socket
import subprocess

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, on_exit, pipeline, run_test, until

INSTANCE = b"s" * 16


def refused(status, words, *flags, **environment):
    """Starts an exporter that must end with this status and one line that contains these words."""
    for name in {"PATH", "LLVM_PROFILE_FILE"} & os.environ.keys():  # the latter of scripts/coverage
        environment[name] = os.environ[name]
    done = subprocess.run([*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, *flags], timeout=60,
                          capture_output=True, text=True, check=False, env=environment)
    expect(done.returncode, status, f"status of {flags} ({done.stderr})")
    expect(done.stdout, "", f"standard output of {flags}")
    lines = done.stderr.splitlines()
    expect(len(lines), 1, f"lines of {flags}: {lines}")
    check(lines[0].startswith("rexmit-exporter: ") and all(word in lines[0] for word in words),
          f"{flags}: {lines[0]}")


def cannot_start():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    address = "127.0.0.1:%d" % taken.getsockname()[1]
    refused(1, [address, "Address already in use", "--web.listen-address"],
            "--web.listen-address", address)
    refused(1, [address, "Address already in use", "--web.probe-address"],
            "--web.listen-address", "127.0.0.1:0", "--web.probe-address", address)
    refused(1, ["203.0.113.1:80", "assign"], "--web.listen-address", "203.0.113.1:80")
    refused(1, ["107 bytes", "--collector-socket"], "--web.listen-address", "127.0.0.1:0",
            "--collector-socket", "/" + "x" * 107)
    refused(2, ["'localhost'", "--web.listen-address"], "--web.listen-address", "localhost")
    refused(2, ["--group-by", "'port'", "dst_port"], "--group-by", "port")
    refused(1, ["$NOTIFY_SOCKET", "No such file"], "--web.listen-address", "127.0.0.1:0",
            NOTIFY_SOCKET="/nonexistent/notify")
    refused(2, ["--frob", "--help"], "--frob")
    refused(2, ["--max-series", "1 to"], "--max-series", "0")


def without_descriptors():
    """Without a free descriptor, the exporter cannot open /dev/null for a closed stream."""
    done = subprocess.run(["sh", "-c", 'exec "$@" <&- >&-', "sh", *pipeline.AS_USER, "prlimit", "--nofile=1:1024",
                           pipeline.EXPORTER, *FLAGS],
                          timeout=60, stderr=subprocess.PIPE, text=True, check=False)
    expect(done.returncode, 1, f"status ({done.stderr})")
    expect(done.stderr, "rexmit-exporter: cannot open /dev/null for a standard stream: Too many open files\n",
           "the log")


def without_module():
    """The exporter says if the module for --web.config.file is missing. An installed exporter has it."""
    if shutil.which("rexmit-exporter"):
        return
    directory = pipeline.private_directory()
    copy = shutil.copy(pipeline.EXPORTER, directory)
    done = subprocess.run([*pipeline.AS_USER, copy, *FLAGS, "--web.config.file", f"{directory}/web.yml"],
                          timeout=60, capture_output=True, text=True, check=False)
    expect(done.returncode, 1, f"status ({done.stderr})")
    check(done.stderr.startswith("rexmit-exporter: --web.config.file: ") and "TLS and passwords: " in done.stderr
          and done.stderr.count("\n") == 1, done.stderr)


def limit_of_open_files():
    """Clients cannot use all descriptors: the exporter raises a low limit, or does not start."""
    rig = Rig(launcher=("prlimit", "--nofile=40:1024"))
    with open(f"/proc/{rig.exporter.process.pid}/limits", encoding="ascii") as limits:
        soft = [line.split()[3] for line in limits if line.startswith("Max open files")]
    expect(soft, ["128"], "the limit of open files")
    rig.stop()
    done = subprocess.run([*pipeline.AS_USER, "prlimit", "--nofile=127:127", pipeline.EXPORTER, *FLAGS],
                          timeout=60, capture_output=True, text=True, check=False)
    expect(done.returncode, 2, f"the status with few open files ({done.stderr})")
    check("the limit of open files is 127, but 128 may be needed" in done.stderr, done.stderr)


def passed_socket():
    """A socket from the service manager takes precedence over the flag."""
    passed = socket.socket()
    passed.bind(("127.0.0.1", 0))
    passed.listen()
    port = passed.getsockname()[1]
    words = 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' % passed.fileno()
    directory = pipeline.private_directory()
    log = open(f"{directory}/log", "w+", encoding="utf-8")
    process = subprocess.Popen(
        ["sh", "-c", words, "sh", "env", "LISTEN_FDS=1", pipeline.EXPORTER, *FLAGS,
         "--allow-root", "--collector-socket", f"{directory}/none", "--web.listen-address",
         "203.0.113.1:80"], pass_fds=[passed.fileno()], stderr=log)
    on_exit(pipeline.stop, process)
    passed.close()
    answer = until("an answer", lambda: pipeline.exposition.get(port, "/healthz"))
    expect((answer[0], answer[2]), (200, b"ok\n"), "/healthz")
    process.terminate()
    expect(process.wait(60), 0, "status")
    log.seek(0)
    check(f"127.0.0.1:{port}/metrics" in log.read(), "the log does not have the passed address")


def wrong_socket():
    """The exporter refuses a socket that does not listen."""
    passed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    words = 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' % passed.fileno()
    done = subprocess.run(["sh", "-c", words, "sh", pipeline.EXPORTER, *FLAGS, "--allow-root"],
                          pass_fds=[passed.fileno()], capture_output=True, text=True, timeout=60,
                          check=False)
    expect(done.returncode, 1, "status")
    check("systemd" in done.stderr, done.stderr)


def managed(settings=""):
    """Returns the socket of a service manager, and a Rig whose exporter has these settings."""
    path = f"{pipeline.private_directory()}/notify"
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(path)
    manager.settimeout(60)
    os.chmod(path, 0o666)
    return manager, Rig(launcher=("sh", "-c", f'NOTIFY_SOCKET={path} {settings} exec "$@"', "sh"))


def wait_for_message(manager, words):
    """Returns the messages until one has the words."""
    messages = [manager.recv(4096).decode()]
    while words not in messages[-1]:
        messages.append(manager.recv(4096).decode())
    return messages


def notifies():
    """Sends READY at the start, changes of the status, WATCHDOG in time, and STOPPING at the end.

    The queue of the socket has room for ten messages, so a watchdog's interval is long.
    """
    manager, rig = managed("WATCHDOG_USEC=2000000")
    wait_for_message(manager, "READY=1")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    messages = wait_for_message(manager, "STATUS=collector: connected")
    for _ in range(3):
        messages += wait_for_message(manager, "WATCHDOG=1")
    rig.stop()
    messages += wait_for_message(manager, "STOPPING=1")
    states = [message for message in messages if message.startswith("STATUS=")]
    check(all(one != two for one, two in zip(states, states[1:])), f"repeated: {states}")


def notifies_without_watchdog():
    manager, rig = managed()
    rig.accept()
    rig.stop()
    messages = wait_for_message(manager, "STOPPING=1")
    check(not any("WATCHDOG" in message for message in messages), messages)


def stops():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        rig = Rig()
        peer = rig.accept()
        peer.send(fake.hello(INSTANCE))
        rig.until("rexmit_collector_up", 1)
        rig.exporter.process.send_signal(number)
        expect(rig.exporter.process.wait(60), 0, f"status after {number}")
        peer.wait_closed()


def survives():
    """The exporter logs and ignores the signals that make other programs reload or report."""
    rig = Rig()
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"):
        rig.exporter.process.send_signal(getattr(signal, name))
        until(f"the log line about {name}", lambda: f"ignoring {name}: " in rig.exporter.log())
    expect(rig.get("/healthz")[0], 200, "the status after the signals")
    rig.stop()


def names_the_remedy():
    """The message suggests a remedy if the collector's socket has no listener or does not exist."""
    directory = pipeline.private_directory()
    for left, words in ((False, "restart rexmit-collector.socket"), (True, "mount the directory")):
        if left:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(f"{directory}/collector.sock")
                os.chmod(f"{directory}/collector.sock", 0o666)
        exporter = pipeline.Exporter(directory, *FLAGS).wait()
        until(words, lambda: words in exporter.log())
        exporter.stop()


def main():
    cannot_start()
    without_descriptors()
    without_module()
    limit_of_open_files()
    passed_socket()
    wrong_socket()
    notifies()
    notifies_without_watchdog()
    stops()
    survives()
    names_the_remedy()


run_test(main)
