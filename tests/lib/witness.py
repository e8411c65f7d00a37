# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Which firings of rexmit's tracepoints ftrace saw, and which task they interrupted.

One kernel was found that runs no BPF program in softirqs that interrupt a thread of its PID 1 (a
sandbox's supervisor). It counts no miss, but ftrace sees the firing. The socket's next event
recovers a retransmission, unless the socket ends in the same softirq; nothing recovers a SYN-ACK.
Only such firings in a namespace may explain a shortfall. Without tracefs there are none.
"""
import contextlib
import os
import re
import subprocess
import tempfile

from lifetime import on_exit

EVENTS = ("tcp_retransmit_skb", "tcp_retransmit_synack")
RESETS = ("tcp_send_reset", "tcp_receive_reset")
# ftrace has thread numbers of the first PID namespace; a test's machine has its own PID 1.
PID_1_THREADS = os.environ.get("REXMIT_PID_1_THREADS", "/proc/1/task")
SEGMENTS_MAX = 45  # of one firing: GSO's 64 KiB in segments of 1448 bytes
_TASK = re.compile(r"-(\d+) +\[\d+\]")
# Newer tracepoints append the port: src=192.0.2.1:80, src=[2001:db8::1]:80
_ADDRESS = re.compile(r"\b(?:saddr|saddrv6)=(\S+)|\bsrc=\[?(\S+?)\]?:\d+ ")


def _pid_1_threads():
    """(number, name) of each"""
    for number in os.listdir(PID_1_THREADS):
        with contextlib.suppress(OSError):  # the thread has ended
            with open(f"{PID_1_THREADS}/{number}/comm", encoding="utf-8") as file:
                yield int(number), file.read().rstrip("\n")


class Witness:
    def __init__(self, events=EVENTS):
        self._events, self._names = events, None
        self._firings = []  # addresses of each firing over PID 1
        self._instance = self._mount()
        if self._instance:
            self._write("buffer_size_kb", "16384")
            self._filter()
            # Reading from here removes only these lines from the buffer.
            self._pipe = os.open(f"{self._instance}/trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
            on_exit(os.close, self._pipe)
            for event in events:
                self._write(f"events/tcp/{event}/enable", "1")

    def _mount(self):
        """An instance with its own buffer, in a tracefs that is mounted nowhere: the descriptor
        keeps it after its mount namespace is gone."""
        directory = tempfile.mkdtemp(prefix="rexmit-tracefs-")
        on_exit(os.rmdir, directory)
        with subprocess.Popen(
                ["unshare", "--mount", "sh", "-c",
                 'mount -t tracefs tracefs "$1" && echo mounted && read -r _', "sh", directory],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True) as holder:
            if holder.stdout.readline() != "mounted\n":
                return None
            tracefs = os.open(f"/proc/{holder.pid}/root{directory}", os.O_PATH)
        on_exit(os.close, tracefs)
        instance = f"/proc/self/fd/{tracefs}/instances/{os.path.basename(directory)}"
        os.mkdir(instance)
        on_exit(os.rmdir, instance)
        return instance

    def _write(self, name, text):
        with open(f"{self._instance}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def _filter(self):
        """Records only firings over PID 1's threads; the buffer is too small for all firings
        under load."""
        names = sorted({name for _, name in _pid_1_threads()})
        if names == self._names:
            return
        self._names = names
        for event in self._events:
            self._write(f"events/tcp/{event}/filter",
                        " || ".join(f'comm == "{name}"' for name in names))

    def _lines(self):
        text = b""
        with contextlib.suppress(BlockingIOError):  # no more text
            while block := os.read(self._pipe, 65536):
                text += block
        return text.decode(errors="replace").splitlines()

    def note(self):
        """Call this regularly: a firing over a thread that was renamed afterwards is not found."""
        if not self._instance:
            return
        lines = self._lines()  # read first, so that the list includes the threads of these lines
        threads = {number for number, _ in _pid_1_threads()}

        def is_of_pid_1(number):  # or was, if it has ended: the filter compared its name
            return number in threads or not os.path.exists(f"/proc/{number}")
        for line in lines:
            task = _TASK.search(line)
            if task and is_of_pid_1(int(task[1])):
                self._firings.append({v4 or v6 for v4, v6 in _ADDRESS.findall(line)})
        self._filter()

    def clear(self):
        self.note()
        self._firings.clear()

    def unseen(self, namespace, each=SEGMENTS_MAX):
        """How many segments of a namespace no BPF program may have seen since clear(), if one
        firing may have that many."""
        self.note()
        own = {namespace.v4, namespace.v6}
        return each * sum(bool(addresses & own) for addresses in self._firings)
