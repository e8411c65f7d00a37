# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes two network namespaces joined by a veth pair, drops packets, and reads kernel counters.

The pair is created inside the namespaces. So it never appears in the host's namespace.
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
    """A network namespace: the path of its file, an IPv4 and an IPv6 address."""

    def __init__(self, path, v4, v6):
        self.v4, self.v6 = v4, v6
        self._processes = []
        on_exit(self.remove)
        self._path, self.inode = path, os.stat(path).st_ino
        self.enter = ["nsenter", f"--net={path}", "--"]
        # The test reads /proc/PID/net of this process, which needs no further command.
        self._holder = self.start("sleep", "infinity")

    def start(self, *words, **options):
        """Starts a program in the namespace. remove() ends it."""
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            [*self.enter, "setpriv", "--pdeathsig", "KILL", "--", *words], text=True, **options)
        self._processes.append(process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """In the body of `with namespace.inside():` the test creates sockets in the namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net", "rb") as own, open(self._path, "rb") as other:
            check(libc.setns(other.fileno(), CLONE_NEWNET) == 0, "setns")
            try:
                yield
            finally:
                check(libc.setns(own.fileno(), CLONE_NEWNET) == 0, "setns back")

    def remove(self):
        """Ends the programs in the namespace. A second call does nothing."""
        while self._processes:
            stop(self._processes.pop())

    def run(self, *words, **options):
        return command(*self.enter, *words, **options)

    def sysctl(self, **settings):
        """Sets options below net.ipv4, such as sysctl(tcp_syn_retries=2)."""
        for name, value in settings.items():
            self.run("sh", "-c", f"echo {value} >/proc/sys/net/ipv4/{name}")

    def repeat_syns(self, times):
        """Makes the kernel repeat a SYN after 1, 2, 4 seconds and so on.

        Since Linux 6.5 the kernel by default repeats the first SYNs every second.
        """
        self.sysctl(tcp_syn_retries=times)
        if os.path.exists("/proc/sys/net/ipv4/tcp_syn_linear_timeouts"):
            self.sysctl(tcp_syn_linear_timeouts=0)

    def drop(self, *rules, hook="input"):
        """Drops received packets that match one of the nft expressions. Replaces the hook's earlier
        rules.

        With hook="output" it drops packets that are sent, so the transmission itself fails.
        """
        chain = "".join(f"meta l4proto tcp {rule} drop\n" for rule in rules)
        self.run("nft", "-f", "-", stdin=None, input=f"""
            table inet rexmit_{hook} {{ }}
            delete table inet rexmit_{hook}
            table inet rexmit_{hook} {{
                chain {hook} {{
                    type filter hook {hook} priority 0; policy accept;
                    {chain}
                }}
            }}
            """)

    def tcp_states(self):
        """Returns the state of each TCP socket, as the two hexadecimal digits of /proc/net/tcp."""
        states = []
        for name in ("tcp", "tcp6"):
            with open(f"/proc/{self._holder.pid}/net/{name}", encoding="ascii") as file:
                states += [line.split()[3] for line in file.readlines()[1:]]
        return states

    def counters(self):
        """Returns all values of /proc/net/snmp and netstat by name, such as "Tcp.RetransSegs"."""
        return _counters(self._holder.pid)


def _counters(pid):
    """Returns the counters of the namespace that the process is in."""
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
    """The namespace in which the test runs. Other programs use it, too."""

    def __init__(self):
        self.inode = os.stat("/proc/self/ns/net").st_ino
        self._before = _counters("self")

    def counters(self):
        """Returns the increase of each counter since this object was created."""
        return {name: value - self._before.get(name, 0)
                for name, value in _counters("self").items()}


class OwnNamespace(Namespace):
    """A new namespace. Its interface "veth" has an IPv4 and an IPv6 address."""

    def __init__(self, name, v4, v6):
        self.name = name
        command("ip", "netns", "add", name)
        super().__init__(f"/run/netns/{name}", v4, v6)
        command("ip", "-n", name, "link", "set", "lo", "up")

    def remove(self):
        """Ends the programs in the namespace and removes it. A second call does nothing."""
        super().remove()
        if os.path.exists(f"/run/netns/{self.name}"):
            command("ip", "netns", "del", self.name)

    def set_address(self):
        for address, bits in ((self.v4, 24), (self.v6, 64)):
            command("ip", "-n", self.name, "address", "add", f"{address}/{bits}", "dev", "veth",
                    *(["nodad"] if ":" in address else []))
        command("ip", "-n", self.name, "link", "set", "veth", "up")

    def receive_in_thread(self):
        """Makes a kernel thread receive packets, as on another host, instead of the sender's
        softirq.

        veth uses the thread only for packets that it may merge (GRO). It never merges packets of a
        sender that uses large segments (TSO). So both ends need this call.
        """
        if not shutil.which("ethtool"):
            skip("no ethtool command")
        self.run("ethtool", "--offload", "veth", "gro", "on", "tso", "off")
        # Unlike nsenter, `ip netns exec` mounts the namespace's /sys.
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, "sh", "-c", "echo 1 >/sys/class/net/veth/threaded"],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"veth cannot have a thread: {done.stderr.strip()}")


def of_host():
    """Returns the inode of PID 1's namespace. If that cannot be read, returns that of the
    test's."""
    try:
        return os.stat("/proc/1/ns/net").st_ino
    except PermissionError:
        return os.stat("/proc/self/ns/net").st_ino


def random_loss(percent, match=""):
    """Returns an nft expression that matches this percentage (in tenths) of segments."""
    return f"{match} numgen random mod 1000 < {round(percent * 10)}"


def numbered(first, last, match):
    """Returns an nft expression for matching segments with the numbers `first` (1, ...) to `last`.
    """
    return f"{match} numgen inc mod 1000000 {first - 1}-{last - 1}"


def canonical(address):
    """Formats the address as the exporter does (RFC 5952)."""
    return str(ipaddress.ip_address(address))


@contextlib.contextmanager
def make_pair(threads=False):
    """Yields two connected namespaces (client, server) with random names."""
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
    check(client.inode != server.inode, "both namespaces have the same inode number")
    try:
        yield client, server
    finally:
        client.remove()
        server.remove()
