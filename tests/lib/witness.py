# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Finds, by ftrace, the tracepoint hits for which the kernel may have called no BPF program.

The kernel of a sandbox skips BPF programs in softirqs that interrupt a thread of PID 1, and counts
no miss. ftrace still records these hits. A later event of the socket includes a skipped
retransmission, unless the socket ends in the same softirq. Nothing includes a skipped reset or end,
or a skipped SYN-ACK without TCP Fast Open. Without tracefs it finds no hit. An empty
REXMIT_PID_1_THREADS says that the kernel treats PID 1 like other processes. Then there are no hits.
"""
import contextlib
import os
import re
import subprocess
import tempfile

from lifetime import on_exit

EVENTS = ("tcp_retransmit_skb", "tcp_retransmit_synack")
RESETS = ("tcp_send_reset", "tcp_receive_reset")
ENDS = ("inet_sock_set_state", "tcp_destroy_sock")
TCP_CLOSE = 7  # include/net/tcp_states.h
# ftrace shows thread ids of the first PID namespace. The test may run in another PID namespace.
PID_1_THREADS = os.environ.get("REXMIT_PID_1_THREADS", "/proc/1/task")
SEGMENTS_MAX = 45  # at most in one hit: 64 KiB (GSO) in segments of 1448 bytes
_TASK = re.compile(r"-(\d+) +\[\d+\]")
# Newer kernels print the port after the address: src=192.0.2.1:80, src=[2001:db8::1]:80
_ADDRESS = re.compile(r"\b(?:saddr|saddrv6)=(\S+)|\bsrc=\[?(\S+?)\]?:\d+ ")


def _pid_1_threads():
    """Yields (number, name) of each thread of PID 1."""
    for number in os.listdir(PID_1_THREADS):
        with contextlib.suppress(OSError):  # the thread has ended
            with open(f"{PID_1_THREADS}/{number}/comm", encoding="utf-8") as file:
                yield int(number), file.read().rstrip("\n")


class Witness:
    def __init__(self, events=EVENTS):
        self._events, self._names = events, None
        self._hits = []  # the addresses in each hit of a softirq that interrupted PID 1
        self._instance = self._mount() if PID_1_THREADS else None
        if self._instance:
            self._write("buffer_size_kb", "16384")
            self._filter()
            # trace_pipe returns only lines written from now on, and removes them from the buffer.
            self._pipe = os.open(f"{self._instance}/trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
            on_exit(os.close, self._pipe)
            for event in events:
                self._set(event, "enable", "1")

    def _mount(self):
        """Mounts tracefs in another mount namespace, and creates an instance with its own buffer.

        The descriptor keeps tracefs mounted after that namespace has ended. Returns the
        instance's directory, or None.
        """
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

    def _set(self, event, name, text):
        subsystem = "sock" if event == "inet_sock_set_state" else "tcp"
        self._write(f"events/{subsystem}/{event}/{name}", text)

    def _filter(self):
        """Lets ftrace record only hits that interrupt a thread named like one of PID 1's threads.

        Under load the buffer has no room for all hits.
        """
        names = sorted({name for _, name in _pid_1_threads()})
        if names == self._names:
            return
        self._names = names
        for event in self._events:
            threads = " || ".join(f'comm == "{name}"' for name in names)
            closes = f" && newstate == {TCP_CLOSE}" if event == "inet_sock_set_state" else ""
            self._set(event, "filter", f"({threads}){closes}")

    def _lines(self):
        text = b""
        with contextlib.suppress(BlockingIOError):  # no more lines
            while block := os.read(self._pipe, 65536):
                text += block
        return text.decode(errors="replace").splitlines()

    def note(self):
        """Reads the new hits.

        A hit is lost if its thread is renamed before this call, so a long test calls it regularly.
        """
        if not self._instance:
            return
        lines = self._lines()  # first, so that the list of threads includes those of the lines
        threads = {number for number, _ in _pid_1_threads()}

        def is_of_pid_1(number):
            # A thread that has ended counts: the filter compared its name.
            return number in threads or not os.path.exists(f"/proc/{number}")
        for line in lines:
            task = _TASK.search(line)
            if task and is_of_pid_1(int(task[1])):
                self._hits.append({old or new for old, new in _ADDRESS.findall(line)})
        self._filter()

    def clear(self):
        self.note()
        self._hits.clear()

    def hits(self):
        """Returns the number of hits since clear(), in all namespaces."""
        self.note()
        return len(self._hits)

    def unseen(self, namespace, each=SEGMENTS_MAX):
        """Returns an upper limit of what the programs missed in the namespace since clear(): `each` segments,
        resets or calls for each hit.
        """
        self.note()
        own = {namespace.v4, namespace.v6}
        return each * sum(bool(addresses & own) for addresses in self._hits)
