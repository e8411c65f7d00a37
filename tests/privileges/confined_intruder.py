# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""An intruder that replaces a program: Python, as root with every capability.

Without confinement each attempt must succeed. Under the program's confinement it must fail.
"""
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
CLONE_NEWUTS = 0x04000000
BPF = {"x86_64": 321, "aarch64": 280}  # number of bpf(2)
LOADER = "/tmp/library"  # a file from which a program could map and execute code
C = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    result = function(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def write(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT))


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def execute(path):
    os.waitpid(os.posix_spawn(path, ["true"], {}), 0)


def map_executable():
    import mmap  # only this attempt needs the module
    with open(LOADER, "rb") as file:
        mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC).close()


def trace(pid):
    call(C.ptrace, PTRACE_ATTACH, pid, None, None)
    os.waitpid(pid, os.WUNTRACED | 0x40000000)
    call(C.ptrace, PTRACE_DETACH, pid, None, None)


def mount():
    call(C.mount, b"none", b"/mnt", b"tmpfs", 0, None)
    call(C.umount2, b"/mnt", 0)


def open_socket(*arguments):
    socket.socket(*arguments).close()


def in_child(function, *arguments):
    """Runs the function in a child process, which the function changes."""
    pid = os.fork()
    if not pid:
        try:
            function(*arguments)
            os._exit(0)
        except OSError as error:
            os._exit(error.errno)
    error = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if error:
        raise OSError(error, os.strerror(error))


def create_map():
    """Creates an array of one element, with struct bpf_attr of BPF_MAP_CREATE (0)."""
    attribute = (ctypes.c_uint32 * 18)(2, 4, 4, 1)
    os.close(call(C.syscall, BPF[os.uname().machine], 0, attribute, ctypes.sizeof(attribute)))


# Confinement must deny these attempts to both programs. The argument is the pid of another process
# of the test.
BOTH = {
    "read /etc/shadow": lambda _: read("/etc/shadow"),
    "read another process's environment": lambda pid: read(f"/proc/{pid}/environ"),
    "read the kernel's log": lambda _: read("/dev/kmsg"),
    "write /etc/rexmit": lambda _: write("/etc/rexmit/web.yml"),
    "write /tmp": lambda _: write("/tmp/intruder"),
    "write /run": lambda _: write("/run/intruder"),
    "remove a file": lambda _: os.unlink("/tmp/removable"),
    "execute a program": lambda _: execute("/bin/true"),
    "execute code of a file": lambda _: map_executable(),
    "trace a process": trace,
    "send a signal": lambda pid: os.kill(pid, signal.SIGCONT),
    "mount": lambda _: mount(),
    "enter a namespace": lambda _: in_child(lambda: call(C.unshare, CLONE_NEWUTS)),
    "change the root directory": lambda _: in_child(os.chroot, "/tmp"),
    "set the host's name": lambda _: socket.sethostname("intruder"),
    "set the clock": lambda _: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "raise its priority": lambda _: in_child(os.setpriority, os.PRIO_PROCESS, 0, -5),
    "open a raw socket": lambda _: open_socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "open a packet socket": lambda _: open_socket(socket.AF_PACKET, socket.SOCK_RAW),
    "open a netlink socket": lambda _: open_socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "open a UDP socket": lambda _: open_socket(socket.AF_INET, socket.SOCK_DGRAM),
}
ONLY = {
    "rexmit-collector": {
        "open a TCP socket": lambda _: open_socket(socket.AF_INET, socket.SOCK_STREAM),
        "read the exporter's state": lambda _: read("/var/lib/rexmit-exporter/state"),
        "read the exporter's key": lambda _: read("/etc/rexmit/server.key"),
    },
    "rexmit-exporter": {
        "create a BPF map": lambda _: create_map(),
        "change its user": lambda _: in_child(os.setuid, 1),
        "give a file away": lambda _: os.chown("/var/lib/rexmit-exporter/state", 1, 1),
        "write into the pins": lambda _: os.mkdir("/sys/fs/bpf/rexmit"),
        "read kernel types": lambda _: read("/sys/kernel/btf/vmlinux"),
    },
}


def attempt(name, victim):
    """Makes the attempts of the program `name`. Prints one line for each."""
    for what, action in {**BOTH, **ONLY[name]}.items():
        try:
            action(victim)
            print(f"{what}: allowed", flush=True)
        except OSError as error:
            print(f"{what}: {os.strerror(error.errno)}", flush=True)


def outcomes(words):
    """Runs the intruder by the command. Returns (outcome of each attempt, error messages)."""
    with open("/tmp/removable", "wb"):
        pass
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return dict(line.split(": ") for line in done.stdout.splitlines() if ": " in line), done.stderr


def check_denied(program, run):
    """Compares the attempts with and without confinement.

    run(program, python, words) runs Python in place of the program, and returns outcomes().
    """
    from lifetime import check, on_exit, stop  # the intruder itself cannot import this
    name, python = os.path.basename(program), os.path.realpath("/bin/python3")
    victim = subprocess.Popen(["/bin/sleep", "10000"])
    on_exit(stop, victim)
    with open(LOADER, "wb") as library:
        library.write(bytes(4096))
    with open(__file__, encoding="utf-8") as source:
        words = ["-c", source.read(), name, str(victim.pid)]
    free, said = outcomes([python, *words])
    check(set(free.values()) == {"allowed"}, f"without a confinement: {free} {said}")
    if os.path.isdir("/sys/fs/bpf/rexmit"):  # the attempt without confinement created it
        os.rmdir("/sys/fs/bpf/rexmit")
    confined, said = run(program, python, words)
    for what, outcome in confined.items():
        print(f"{name} must not {what}: {outcome}", flush=True)
    check(set(confined) == set(free),
          f"attempts that were not made: {set(free) - set(confined)} {said}")
    check(set(confined.values()) <= {"Permission denied", "Operation not permitted"},
          f"{name}: an attempt was not denied")


if __name__ == "__main__":
    attempt(sys.argv[1], int(sys.argv[2]))
