# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What ftrace saw of the tracepoints that rexmit is attached to, and over which task.

A kernel has been met that runs no BPF program at all in softirqs that interrupt a thread of its
PID 1, a sandbox's supervisor; it counts no miss, and ftrace sees the firing. The socket's next
event makes up for a retransmission, but not if the socket ends in the same softirq, and nothing
makes up for a SYN-ACK. So a shortfall is put down to such firings, if there were some in that
namespace, and to nothing else. Without tracefs there are none.
"""
import contextlib
import os
import re
import subprocess
import tempfile

from lifetime import on_exit, stop

EVENTS = ("tcp_retransmit_skb", "tcp_retransmit_synack")
RESETS = ("tcp_send_reset", "tcp_receive_reset")
# ftrace knows threads by the numbers of the first PID namespace; a test's machine has a PID 1 of its
# own.
PID_1_THREADS = os.environ.get("REXMIT_PID_1_THREADS", "/proc/1/task")
SEGMENTS_MAX = 45  # of one firing: GSO's 64 KiB in segments of 1448 bytes
_TASK = re.compile(r"-(\d+) +\[\d+\]")
# Newer tracepoints have the port behind it: src=192.0.2.1:80, src=[2001:db8::1]:80
_ADDRESS = re.compile(r"\b(?:saddr|saddrv6)=(\S+)|\bsrc=\[?(\S+?)\]?:\d+ ")


def _pid_1_threads():
    """(number, name) of each"""
    for number in os.listdir(PID_1_THREADS):
        with contextlib.suppress(OSError):  # it has ended
            with open(f"{PID_1_THREADS}/{number}/comm", encoding="utf-8") as file:
                yield int(number), file.read().rstrip("\n")


class Witness:
    def __init__(self, events=EVENTS):
        self._events = events
        self._instance = self._mount()
        if self._instance:
            self._write("buffer_size_kb", "16384")
            self._filter()
            for event in events:
                self._write(f"events/tcp/{event}/enable", "1")

    def _mount(self):
        """tracefs in a mount namespace of its own, and there an instance with its own buffer."""
        directory = tempfile.mkdtemp(prefix="rexmit-tracefs-")
        on_exit(os.rmdir, directory)
        holder = subprocess.Popen(
            ["unshare", "--mount", "setpriv", "--pdeathsig", "KILL", "sh", "-c",
             'mount -t tracefs tracefs "$1" && echo mounted && exec sleep infinity', "sh",
             directory], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        on_exit(stop, holder)
        if holder.stdout.readline() != "mounted\n":
            return None
        instance = f"/proc/{holder.pid}/root{directory}/instances/{os.path.basename(directory)}"
        os.mkdir(instance)
        on_exit(os.rmdir, instance)
        return instance

    def _write(self, name, text):
        with open(f"{self._instance}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def _filter(self):
        """Firings over PID 1's threads only, or the buffer would not hold those of a storm."""
        names = {name for _, name in _pid_1_threads()}
        for event in self._events:
            self._write(f"events/tcp/{event}/filter",
                        " || ".join(f'comm == "{name}"' for name in sorted(names)))

    def clear(self):
        if self._instance:
            self._write("trace", "\n")
            self._filter()

    def unseen(self, namespace, each=SEGMENTS_MAX):
        """How many segments of a namespace BPF programs may not have been run for since clear(), if
        that many may be in a firing."""
        if not self._instance:
            return 0
        threads = {number for number, _ in _pid_1_threads()}

        def is_of_pid_1(number):  # or was: what passed the filter had the name of one
            return number in threads or not os.path.exists(f"/proc/{number}")
        with open(f"{self._instance}/trace", encoding="utf-8", errors="replace") as file:
            return each * sum(
                is_of_pid_1(int(_TASK.search(line)[1])) and
                any({v4, v6} & {namespace.v4, namespace.v6} for v4, v6 in _ADDRESS.findall(line))
                for line in file if _TASK.search(line))
