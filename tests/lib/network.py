# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Two network namespaces joined by a veth pair, loss between them, and their kernel counters.

The pair is created inside the two namespaces, so nothing is ever in the host's namespace.
"""
import contextlib
import ctypes
import ipaddress
import os
import secrets
import shutil
import subprocess

from lifetime import command, check, on_exit, skip, stop

CLONE_NEWNET = 0x40000000  # sched.h


class Namespace:
    """A network namespace, by the path of its file, with an IPv4 and an IPv6 address in it."""

    def __init__(self, path, v4, v6):
        self.v4, self.v6 = v4, v6
        self._processes = []
        on_exit(self.remove)
        self._path, self.inode = path, os.stat(path).st_ino
        self.enter = ["nsenter", f"--net={path}", "--"]
        # /proc/PID/net shows that process's namespace, so that no command is needed for each read.
        self._holder = self.start("sleep", "infinity")

    def start(self, *words, **options):
        """Starts a program inside; it stops with the namespace."""
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            [*self.enter, "setpriv", "--pdeathsig", "KILL", "--", *words], text=True, **options)
        self._processes.append(process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """Sockets created in this context stay in the namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net", "rb") as own, open(self._path, "rb") as other:
            check(libc.setns(other.fileno(), CLONE_NEWNET) == 0, "setns")
            try:
                yield
            finally:
                check(libc.setns(own.fileno(), CLONE_NEWNET) == 0, "setns back")

    def remove(self):
        """Ends its programs; the second call does nothing."""
        while self._processes:
            stop(self._processes.pop())

    def run(self, *words, **options):
        return command(*self.enter, *words, **options)

    def sysctl(self, **settings):
        """Sets TCP options by name, without net.ipv4: sysctl(tcp_syn_retries=2)."""
        for name, value in settings.items():
            self.run("sh", "-c", f"echo {value} >/proc/sys/net/ipv4/{name}")

    def repeat_syns(self, times):
        """After 1, 2, 4 s and so on. Since Linux 6.5 the first ones are a second apart."""
        self.sysctl(tcp_syn_retries=times)
        if os.path.exists("/proc/sys/net/ipv4/tcp_syn_linear_timeouts"):
            self.sysctl(tcp_syn_linear_timeouts=0)

    def drop(self, *rules, hook="input"):
        """Replaces the rules for received packets to drop: nft matches, one per rule.

        Received, because a drop on output makes the transmission itself fail, which is another
        case.
        """
        chain = "".join(f"meta l4proto tcp {rule} drop\n" for rule in rules)
        self.run("nft", "-f", "-", stdin=None, input=f"""
            table inet rexmit {{ }}
            delete table inet rexmit
            table inet rexmit {{
                chain {hook} {{
                    type filter hook {hook} priority 0; policy accept;
                    {chain}
                }}
            }}
            """)

    def tcp_states(self):
        """The state of each TCP socket here, as the two hexadecimal digits in /proc/net/tcp."""
        states = []
        for name in ("tcp", "tcp6"):
            with open(f"/proc/{self._holder.pid}/net/{name}", encoding="ascii") as file:
                states += [line.split()[3] for line in file.readlines()[1:]]
        return states

    def counters(self):
        """All values of /proc/net/snmp and netstat by name, such as "Tcp.RetransSegs"."""
        return _counters(self._holder.pid)


def _counters(pid):
    """The values of a process's namespace."""
    values = {}
    for name in ("snmp", "netstat"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
            lines = file.read().splitlines()
        for names, numbers in zip(lines[::2], lines[1::2]):
            group, names = names.split(": ")
            for key, number in zip(names.split(), numbers.split()[1:]):
                values[f"{group}.{key}"] = int(number)
    return values


class Surroundings:
    """The namespace in which the test was started. Other programs use it, too."""

    def __init__(self):
        self.inode = os.stat("/proc/self/ns/net").st_ino
        self._before = _counters("self")

    def counters(self):
        """As in Namespace, since the creation of this object."""
        return {name: value - self._before.get(name, 0)
                for name, value in _counters("self").items()}


class OwnNamespace(Namespace):
    """A new namespace with IPv4 and IPv6 addresses on its interface "veth"."""

    def __init__(self, name, v4, v6):
        self.name = name
        command("ip", "netns", "add", name)
        super().__init__(f"/run/netns/{name}", v4, v6)
        command("ip", "-n", name, "link", "set", "lo", "up")

    def remove(self):
        """Ends its programs and the namespace; the second call does nothing."""
        super().remove()
        if os.path.exists(f"/run/netns/{self.name}"):
            command("ip", "netns", "del", self.name)

    def set_address(self):
        for address, bits in ((self.v4, 24), (self.v6, 64)):
            command("ip", "-n", self.name, "address", "add", f"{address}/{bits}", "dev", "veth",
                    *(["nodad"] if ":" in address else []))
        command("ip", "-n", self.name, "link", "set", "veth", "up")

    def receive_in_thread(self):
        """A kernel thread receives packets, as on another host, not the sender's softirq.

        veth has that thread for packets that it may join (GRO). Packets of an interface with large
        segments (TSO) are not joined, so both ends need this setting.
        """
        if not shutil.which("ethtool"):
            skip("no ethtool command")
        self.run("ethtool", "--offload", "veth", "gro", "on", "tso", "off")
        # With a /sys of that namespace, which nsenter does not mount.
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, "sh", "-c", "echo 1 >/sys/class/net/veth/threaded"],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"veth gets no thread: {done.stderr.strip()}")


def of_host():
    """The inode of the namespace of process 1; where that is kept from root, of this test."""
    try:
        return os.stat("/proc/1/ns/net").st_ino
    except PermissionError:
        return os.stat("/proc/self/ns/net").st_ino


def random_loss(percent, match=""):
    """The nft match for this percentage of the segments, to a tenth of a percent."""
    return f"{match} numgen random mod 1000 < {round(percent * 10)}"


def canonical(address):
    """Formats the address as the exporter does (RFC 5952)."""
    return str(ipaddress.ip_address(address))


@contextlib.contextmanager
def make_pair(threads=False):
    """Namespaces (client, server) with random names, whose addresses reach each other."""
    tag = secrets.token_hex(4)
    third, fourth = int(tag[:2], 16), int(tag[2:4], 16)
    v4, v6 = f"10.{third}.{fourth}.", f"fd00:{tag[:4]}:{tag[4:]}::"
    client = OwnNamespace(f"rexmit-{tag}-c", v4 + "1", canonical(v6 + "1"))
    server = OwnNamespace(f"rexmit-{tag}-s", v4 + "2", canonical(v6 + "2"))
    command("ip", "link", "add", "veth", "netns", client.name, "type", "veth",
            "peer", "name", "veth", "netns", server.name)
    client.set_address()
    server.set_address()
    if threads:
        client.receive_in_thread()
        server.receive_in_thread()
    check(client.inode != server.inode, "two namespaces with one inode number")
    try:
        yield client, server
    finally:
        client.remove()
        server.remove()
