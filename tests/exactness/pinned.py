# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector adopts pinned objects only of the same build, and only if no collector uses them.

repeated_kills.py checks the counts.
"""
import contextlib
import ctypes
import mmap
import os
import socket
import struct
import subprocess
import time

import network
import pipeline
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until
from pins import pins_directory, unpin

BPF = {"x86_64": 321, "aarch64": 280}  # number of bpf(2)


def refused(directory, *flags):
    """Starts a collector that must refuse to run. Returns its only log line."""
    done = subprocess.run([pipeline.COLLECTOR, "--socket", f"{directory}/other.sock", "--user",
                           pipeline.USER, *pipeline.ROOM, *flags], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")
    check(done.stderr.count("\n") == 1, f"expected one line: {done.stderr}")
    return done.stderr


def unpin_refused(path):
    """Runs an --unpin that must fail. Returns its only log line."""
    done = subprocess.run([pipeline.COLLECTOR, "--unpin", path], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 1 and done.stderr.count("\n") == 1, f"--unpin {path}: {done}")
    return done.stderr


def as_another_build(pins):
    """Gives a pinned link a name that this build does not know, and adds a symbolic link. Returns
    that link's target.
    """
    os.rename(f"{pins}/link_tcp_destroy_sock", f"{pins}/link_of_another_build")
    outside = f"{pipeline.private_directory()}/outside"
    with open(outside, "wb"):
        pass
    os.symlink(outside, f"{pins}/symbolic")
    return outside


def check_replaced(directory, pins):
    """A start removes all old objects, logs one line, and pins its own objects."""
    wanted, outside = sorted(os.listdir(pins)), as_another_build(pins)
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    left = sorted(os.listdir(pins))
    check(left == wanted, f"{left} are pinned, expected {wanted}")
    check(collector.log().count("replacing what is pinned") == 1, collector.log())
    check("cannot pin" not in collector.log(), collector.log())
    check(os.path.exists(outside), "the collector followed a symbolic link")
    collector.stop()


def bpf(command, *words):
    """Calls bpf(2) with a struct bpf_attr of these 64-bit words. Returns its result."""
    attr = struct.pack(f"={len(words)}Q", *words)
    result = ctypes.CDLL(None, use_errno=True).syscall(
        BPF[os.uname().machine], command, attr, len(attr))
    check(result >= 0, f"bpf({command}): {os.strerror(ctypes.get_errno())}")
    return result


@contextlib.contextmanager
def opened(pin):
    """Yields a descriptor of the pinned object, by BPF_OBJ_GET (7)."""
    path = ctypes.create_string_buffer(pin.encode())
    descriptor = bpf(7, ctypes.addressof(path), 0)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def damage(pin, offset, value):
    """Writes to the pinned map, as an attacker in the collector could."""
    with opened(pin) as descriptor, mmap.mmap(descriptor, mmap.PAGESIZE) as page:
        page[offset:offset + len(value)] = value


def move_consumer(pins, change):
    """Changes the ring's consumer position (Documentation/bpf/ringbuf.rst)."""
    with opened(f"{pins}/ring") as ring, mmap.mmap(ring, mmap.PAGESIZE) as page:
        position = struct.unpack("Q", page[:8])[0]
        page[:8] = struct.pack("Q", change(position) % 2**64)


def replace_pin(pins, name, other):
    """Replaces the pin by one of another object, by BPF_OBJ_PIN (6)."""
    os.unlink(f"{pins}/{name}")
    path = ctypes.create_string_buffer(f"{pins}/{name}".encode())
    with opened(f"{pins}/{other}") as descriptor:
        bpf(6, ctypes.addressof(path), descriptor)


def check_negative(directory, pins):
    """Sockets get storage although the number of sockets with storage is too small.

    A sweep sets this number, and can miss sockets that get storage in the meantime.
    """
    identity = f"{pins}/identity"

    def stored():
        with opened(identity) as descriptor, mmap.mmap(descriptor, mmap.PAGESIZE) as page:
            return struct.unpack("q", page[64:72])[0]
    lowest = -1000

    def has_grown():
        """Whether a socket got storage. The end of another socket with storage lowers the number."""
        nonlocal lowest
        before, now = lowest, stored()
        lowest = min(before, now)
        return now > before
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    with network.make_pair() as (client, server):
        server.drop("tcp dport 5000")
        damage(identity, 64, struct.pack("q", lowest))
        with client.inside(), socket.socket() as connection:
            connection.setblocking(False)
            connection.connect_ex((server.v4, 5000))
            until("storage for a socket that repeats its SYN", has_grown, 20)
    collector.stop()


def check_healed(directory, pins, exporter):
    """The next collector replaces objects that an attacker or another program has changed.

    The offsets are those of struct identity: its instance, the time at which counting started, its
    number of sockets with storage, and struct refused. An attacker cannot have left refused records
    without a position, nor a position after the end of the ring.
    """
    identity = f"{pins}/identity"

    def spoil(offset, *values):
        damage(identity, offset, struct.pack(f"{len(values)}Q", *values))
    for change, problem in (
            (lambda: move_consumer(pins, lambda at: at + 8), "with a damaged ring"),
            (lambda: move_consumer(pins, lambda at: at + 2**40), "with a damaged ring"),
            (lambda: move_consumer(pins, lambda at: at - 2**40), "with a damaged ring"),
            (lambda: damage(identity, 0, bytes(16)), "with a damaged identity"),
            (lambda: spoil(24, 0), "with a damaged identity"),
            (lambda: spoil(24, time.clock_gettime_ns(time.CLOCK_BOOTTIME) + 10**12),
             "with a damaged identity"),
            (lambda: spoil(64, 2**62), "with a damaged identity"),
            (lambda: spoil(80, 2**40), "with a damaged ring"),  # acknowledged
            (lambda: spoil(96, 2**40), "with a damaged ring"),  # counts[0].position
            (lambda: spoil(112, 1), "with a damaged ring"),  # segments
            (lambda: spoil(184, 1), "with a damaged ring"),  # resets
            (lambda: replace_pin(pins, "cgroup_paths", "processes"), "with an object that"),
            (lambda: replace_pin(pins, "link_tcp_send_reset", "sockets"), "with an object that"),
            (lambda: replace_pin(pins, "ring", "counters"), "with an object that"),
            (lambda: replace_pin(pins, "identity", "sockets"), "incomplete")):
        change()
        collector = pipeline.Collector(directory, "--pin", pins).wait()
        check(f"it is {problem}" in collector.log(), f"not {problem}: {collector.log()}")
        exporter.wait_for_collector()
        collector.stop()


def check_unpinned(pins):
    """--unpin removes the directory and its contents."""
    outside = as_another_build(pins)
    unpin(pins)
    check(not os.path.exists(pins), "--unpin did not remove the directory")
    check(os.path.exists(outside), "--unpin followed a symbolic link")


def check_not_ours(directory, pins):
    """Both flags keep entries that no collector pinned. They do not follow symbolic links."""
    others = f"{pins}-others"
    os.mkdir(others)
    on_exit(os.rmdir, others)
    os.symlink(pins, f"{others}/link")
    on_exit(os.unlink, f"{others}/link")
    check("that no collector pinned" in unpin_refused(others),
          "--unpin did not refuse a directory of other entries")
    check("that no collector pinned" in refused(directory, "--pin", others),
          "--pin did not refuse a directory of other entries")
    check("Not a directory" in unpin_refused(f"{others}/link"),
          "--unpin did not refuse a symbolic link")
    check(os.listdir(others) == ["link"],
          f"the directory has {os.listdir(others)}, expected the link")
    os.chown(others, 65534, -1)
    check("must belong to this user" in refused(directory, "--pin", others),
          "--pin did not refuse another user's directory")


def main():
    need_root_and_namespaces()
    directory, pins = pipeline.private_directory(), pins_directory()
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    check("another collector" in refused(directory, "--pin", pins),
          "a second collector was not refused")
    check("another collector" in unpin_refused(pins),
          "--unpin was not refused while a collector runs")
    for place in (directory, "/proc", "/sys"):  # no directory can be created in /proc and /sys
        check("not in bpffs" in refused(directory, "--pin", f"{place}/pins"),
              f"--pin did not refuse {place}")
    check(not os.path.exists(f"{directory}/pins"), "the refused collector created a directory")
    check("not in bpffs" in unpin_refused(directory),
          "--unpin did not refuse a directory outside bpffs")
    check_not_ours(directory, pins)
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    connects = exporter.scrape().sum("rexmit_collector_connects_total")
    collector.stop()
    again = pipeline.Collector(directory, "--pin", pins).wait()
    until("a new connection",
          lambda: exporter.scrape().sum("rexmit_collector_connects_total") > connects)
    exporter.wait_for_collector()
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 0,
          "the exporter counted a restart of the collector")
    again.stop()
    smaller = pipeline.Collector(directory, "--pin", pins, "--ring-bytes", str(1 << 20)).wait()
    check("of another size" in smaller.log(),
          "the collector did not replace a ring of another size")
    # Until the exporter reads the end of the old connection, rexmit_collector_up is 1.
    until("a counted restart of the collector",
          lambda: exporter.scrape().sum("rexmit_collector_restarts_total") == 1)
    smaller.stop()
    check_replaced(directory, pins)
    if os.uname().machine in BPF:
        check_negative(directory, pins)
        check_healed(directory, pins, exporter)
    exporter.stop()
    check_unpinned(pins)


run_test(main)
