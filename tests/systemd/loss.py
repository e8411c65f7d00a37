# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Retransmissions on a container's loopback, and whether all of them are on the page."""
import traffic
from lifetime import check, until
from network import random_loss

# The segments that are lost: those of the traffic, not those of a scrape.
DROPS = [random_loss(5, f"tcp {end} {traffic.PORT}") for end in ("sport", "dport")]


def retransmit(machine):
    """Connections over a lossy loopback; returns how many segments the kernel sent again."""
    namespace = machine.namespace
    before = namespace.counters()["Tcp.RetransSegs"]
    listener = traffic.listen(namespace, namespace.v4)
    namespace.drop(*DROPS)
    traffic.Connector(namespace, namespace.v4, count=200, parallel=20,
                      bytes=20_000, write=1000, may_fail=True).finish()
    listener.terminate()
    listener.wait()
    namespace.drop()
    # What has been closed may still be under way.
    until("the end of all connections", lambda: quiet(machine), 180, 0.1)
    segments = namespace.counters()["Tcp.RetransSegs"] - before
    check(segments > 50, f"only {segments} segments were sent again")
    return segments


def quiet(machine):
    """Whether no connection of the traffic can retransmit any more."""
    lines = machine.namespace.run("cat", "/proc/net/tcp").splitlines()[1:]
    port = f":{traffic.PORT:04X}"
    return all(line.split()[3] == "06" for line in lines
               if line.split()[1].endswith(port) or line.split()[2].endswith(port))


def counted(page):
    return int(page.sum("rexmit_segments_total", scope="host"))


def of_address(page, address):
    """The segments of the series that have this address at one end; never at both."""
    return sum(page.sum("tcp_retransmissions_total", **{end: address})
               for end in ("src_ip", "dst_ip"))


def wait_until_exact(machine, in_series):
    """Until the page has what the kernel counted since the boot, by the kernel's account, too.

    `in_series` of it are in the series of the traffic's address.
    """
    def exact():
        page = machine.scrape()
        kernel = machine.namespace.counters()["Tcp.RetransSegs"]
        return kernel == page.sum("rexmit_kernel_retrans_segments_total") == counted(page) \
            and in_series == of_address(page, machine.namespace.v4)
    until("a page that has every segment", exact)
    print(f"exact: {in_series} in series")
