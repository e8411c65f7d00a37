# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""A collector adopts pinned objects only if they fit, and only one collector at a time.

killed.py checks the counts.
"""
import ctypes
import mmap
import os
import struct
import subprocess

import pipeline
from lifetime import check, need_root_and_namespaces, on_exit, run_test
from pins import pins_directory, unpin

BPF = {"x86_64": 321, "aarch64": 280}  # number of bpf(2)


def refused(directory, *flags):
    """Returns the only log line of a collector that must not start."""
    done = subprocess.run([pipeline.COLLECTOR, "--socket", f"{directory}/other.sock", "--user",
                           pipeline.USER, *pipeline.ROOM, *flags], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")
    check(done.stderr.count("\n") == 1, f"not one line: {done.stderr}")
    return done.stderr


def unpin_refused(path):
    """Returns the only log line of an --unpin that must fail."""
    done = subprocess.run([pipeline.COLLECTOR, "--unpin", path], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 1 and done.stderr.count("\n") == 1, f"--unpin {path}: {done}")
    return done.stderr


def as_another_build(pins):
    """Gives one link a name unknown to this build, and adds a symbolic link. Returns the file
    that it names."""
    os.rename(f"{pins}/link_tcp_destroy_sock", f"{pins}/link_of_another_build")
    outside = f"{pipeline.private_directory()}/outside"
    with open(outside, "wb"):
        pass
    os.symlink(outside, f"{pins}/symbolic")
    return outside


def check_replaced(directory, pins):
    """A start removes everything that was there, logs one line, and pins its own objects."""
    wanted, outside = sorted(os.listdir(pins)), as_another_build(pins)
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    left = sorted(os.listdir(pins))
    check(left == wanted, f"pinned {left}, at first {wanted}")
    check(collector.log().count("replacing what is pinned") == 1, collector.log())
    check(os.path.exists(outside), "a link was followed")
    collector.stop()


def damage(pins, change):
    """Passes the ring's consumer position through change() and writes it back, as an intruder in
    a collector can. Uses struct bpf_attr of BPF_OBJ_GET (7), and Documentation/bpf/ringbuf.rst."""
    path = ctypes.create_string_buffer(f"{pins}/ring".encode())
    attr = struct.pack("=QII", ctypes.addressof(path), 0, 0)
    ring = ctypes.CDLL(None, use_errno=True).syscall(BPF[os.uname().machine], 7, attr, len(attr))
    check(ring >= 0, f"BPF_OBJ_GET: {os.strerror(ctypes.get_errno())}")
    with mmap.mmap(ring, mmap.PAGESIZE) as consumer:
        position = struct.unpack("Q", consumer[:8])[0]
        consumer[:8] = struct.pack("Q", change(position) % 2**64)
    os.close(ring)


def check_healed(directory, pins):
    """The next collector replaces a ring whose positions are invalid."""
    for change in (lambda at: at + 8, lambda at: at + 2**40, lambda at: at - 2**40):
        damage(pins, change)
        collector = pipeline.Collector(directory, "--pin", pins).wait()
        check("with a damaged ring" in collector.log(), collector.log())
        collector.stop()


def check_unpinned(pins):
    """--unpin removes everything in the directory, and the directory."""
    outside = as_another_build(pins)
    unpin(pins)
    check(not os.path.exists(pins), "--unpin left something")
    check(os.path.exists(outside), "a link was followed")


def check_not_ours(directory, pins):
    """Entries that no collector has pinned stay, and so does the target of a symbolic link."""
    others = f"{pins}-others"
    os.mkdir(others)
    on_exit(os.rmdir, others)
    os.symlink(pins, f"{others}/link")
    on_exit(os.unlink, f"{others}/link")
    check("that no collector pinned" in unpin_refused(others), "--unpin of what is not ours")
    check("that no collector pinned" in refused(directory, "--pin", others), "--pin there")
    check("Not a directory" in unpin_refused(f"{others}/link"), "--unpin through a link")
    check(os.listdir(others) == ["link"], f"left {os.listdir(others)}")
    os.chown(others, 65534, -1)
    check("must belong to this user" in refused(directory, "--pin", others), "another user's directory")


def main():
    need_root_and_namespaces()
    directory, pins = pipeline.private_directory(), pins_directory()
    collector = pipeline.Collector(directory, "--pin", pins).wait()
    check("another collector" in refused(directory, "--pin", pins), "a second one is let in")
    check("another collector" in unpin_refused(pins), "--unpin while one runs")
    for place in (directory, "/proc", "/sys"):  # the kernel creates no directory in the last two
        check("not in bpffs" in refused(directory, "--pin", f"{place}/pins"), f"pins in {place}")
    check(not os.path.exists(f"{directory}/pins"), "a directory is left there")
    check("not in bpffs" in unpin_refused(directory), "--unpin elsewhere")
    check_not_ours(directory, pins)
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    collector.stop()
    again = pipeline.Collector(directory, "--pin", pins).wait()
    exporter.wait_for_collector()
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 0, "another instance")
    again.stop()
    smaller = pipeline.Collector(directory, "--pin", pins, "--ring-bytes", str(1 << 20)).wait()
    check("of another size" in smaller.log(), "a ring of another size was taken over")
    exporter.wait_for_collector()
    check(exporter.scrape().sum("rexmit_collector_restarts_total") == 1, "the same instance")
    smaller.stop()
    exporter.stop()
    check_replaced(directory, pins)
    if os.uname().machine in BPF:
        check_healed(directory, pins)
    check_unpinned(pins)


run_test(main)
