#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Tests names of networks, which the exporter rereads on SIGHUP, and ignored peers."""
import os
import signal
import socket

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, pipeline, run_test, until

from lifetime import Failure  # noqa: E402, in the path since rig

ONE = b"1" * 16
METRIC = "tcp_retransmissions_total"
FILE = """\
# a comment
10.0.0.0/8     office
10.20.0.0/16   vpn
2001:db8::/32  office
192.0.2.0/24   here
"""


def write(rig_directory, text):
    path = f"{rig_directory}/networks"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)
    return path


class Collector:
    def __init__(self, rig, position=0):
        self.peer, self.position = rig.accept(), position
        self.peer.send(fake.hello(ONE, position=position))

    def lose(self, *peers, **fields):
        """Sends one event for each peer's address."""
        for peer in peers:
            self.position += 136
            local = "2001:db8::1" if ":" in peer else "192.0.2.1"
            self.peer.send(fake.event(self.position, local=local, remote=peer, **fields))
        self.peer.acks(self.position)


def counted(rig, label="dst_network"):
    return {name: int(n) for name, n in rig.scrape().sum_by(label, METRIC).items()}


def start(*flags, text=FILE):
    directory = pipeline.private_directory()
    os.chmod(directory, 0o755)
    return Rig("--networks", write(directory, text), *flags), f"{directory}/networks"


def names():
    rig, _ = start("--group-by", "src_network,dst_network", "--prefix4", "8")
    collector = Collector(rig)
    collector.lose("10.1.1.1", "10.20.1.1", "10.21.1.1", "11.0.0.1", "2001:db8:1::1", "2001:db9::1")
    expect(counted(rig), {"office": 3, "vpn": 1, "other": 2}, "the counts by peer")
    expect(counted(rig, "src_network"), {"here": 4, "office": 2}, "the counts by local address")
    rig.stop()


def event_lines():
    """Event lines have the names without a label, if they are printed or read at /events."""
    rig, _ = start("--print-events", "--format", "json", "--web.disable-events")
    Collector(rig).lose("10.1.1.1")
    until("a printed name", lambda: '"dst_network":"office"' in rig.exporter.log())
    rig.stop()
    rig, _ = start()
    with socket.create_connection(("127.0.0.1", rig.exporter.port), timeout=60) as reader:
        reader.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        rig.until("rexmit_event_readers", 1)
        Collector(rig).lose("10.1.1.1")
        text = b""
        while b'"dst_network":"office"' not in text:
            block = reader.recv(4096)
            check(block, f"the end of the lines: {text}")
            text += block
    rig.stop()


def read_again():
    """After a reload, old names keep their series. An invalid or missing file changes nothing."""
    rig, path = start("--group-by", "dst_network", "--seccomp", "kill")
    collector = Collector(rig)

    def reload(text, line):
        os.unlink(path)
        if text is not None:
            write(os.path.dirname(path), text)
        before = rig.exporter.log().count(line)
        rig.exporter.process.send_signal(signal.SIGHUP)
        until(f"'{line}'", lambda: rig.exporter.log().count(line) > before)
    collector.lose("10.1.1.1")
    reload("10.0.0.0/8 campus\n", "read 1 networks from")
    collector.lose("10.1.1.1", "10.20.1.1")
    expect(counted(rig), {"office": 1, "campus": 2}, "the counts after a reload")
    reload("10.0.0.0/8 campus\n10.0.0.0/33 x\n", f"cannot use line 2 of the networks file {path}")
    write(os.path.dirname(path), FILE)
    collector.lose("10.1.1.1")
    expect(counted(rig), {"office": 1, "campus": 3}, "the counts after an invalid file")
    special_files(rig, path)
    # The C library may use more system calls to sort a large file.
    reload("".join(f"10.0.{i}.0/24 n{i}\n" for i in range(200)), "read 200 networks from")
    expect("ignoring SIGHUP" in rig.exporter.log(), False, "whether a signal was ignored")
    rig.stop()


def special_files(rig, path):
    """Neither a FIFO nor a huge file blocks the exporter."""
    def endless(name):
        os.truncate(write(os.path.dirname(name), ""), 1 << 35)
    for make, why in ((os.mkfifo, "not a regular file"), (endless, "File too large")):
        line = f"cannot read the networks file {path}: {why}"
        os.rename(path, f"{path}.saved")
        make(path)
        os.chmod(path, 0o755)
        rig.exporter.process.send_signal(signal.SIGHUP)
        until(f"'{line}'", lambda wanted=line: wanted in rig.exporter.log())
        rig.scrape()
        os.rename(path, f"{path}.{why}")
        os.rename(f"{path}.saved", path)


def wrong_files():
    # After a crash of the host, a file can consist of zeros.
    for text, line in (("10.0.0.0/8\n", "line 1"), (FILE + "10.0.0.0/8 again\n", "line 6"),
                       (FILE + "11.0.0.0/8 lab\0 x\n", "line 6"), ("\0" * 1000, "line 1")):
        try:
            start(text=text)
        except Failure as failure:
            check("ended with status 1" in str(failure) and f"cannot use {line} of" in str(failure)
                  and str(failure).count("rexmit-exporter:") == 1, f"{failure}")
        else:
            check(False, f"the exporter started with {text!r}")


def restart():
    """The state file keeps the network names of its groups, even if the networks file has changed.
    """
    directory = pipeline.private_directory()
    os.chmod(directory, 0o777)
    flags = ("--group-by", "dst_network,unit", "--state-file", f"{directory}/state")
    rig, _ = start(*flags)
    collector = Collector(rig)
    collector.peer.send(fake.name(7, "/system.slice/a.service"))
    collector.lose("10.1.1.1", "10.20.1.1", cgroup=7)
    rig.stop()
    path = write(directory, "10.20.0.0/16 vpn\n10.0.0.0/8 campus\n")
    rig.exporter = pipeline.Exporter(rig.directory, *FLAGS, *flags, "--networks", path).wait()
    collector = Collector(rig, collector.position)
    collector.peer.send(fake.name(7, "/system.slice/a.service"))
    collector.lose("10.1.1.1", "10.20.1.1", cgroup=7)
    expect(counted(rig), {"office": 1, "vpn": 2, "campus": 1}, "the counts after a restart")
    expect(counted(rig, "unit"), {"a.service": 4}, "the counts by unit")
    rig.stop()


def overflow():
    """When the table is full, further groups count in one series. The network of that series is not
    "other".
    """
    rig, _ = start("--group-by", "dst_network", "--max-series", "1")
    collector = Collector(rig)
    collector.lose("11.0.0.1", "10.1.1.1", "10.20.1.1")
    expect(counted(rig), {"other": 1, "overflow": 2}, "counted")
    rig.stop()


def ignored():
    rig = Rig("--ignore", "127.0.0.0/8,::1,203.0.113.9", "--print-events", "--format", "json")
    collector = Collector(rig)
    collector.lose("127.0.0.1", "203.0.113.9", segments=3, sent=10, resets_sent=1)
    collector.lose("198.51.100.1", "203.0.113.8", segments=5, sent=7, resets_received=1)
    expect(counted(rig, "dst_ip"), {"198.51.100.1": 5, "203.0.113.8": 5},
           "the counts with ignored peers")
    for name, wanted in (("rexmit_ignored_segments_total", 6), ("rexmit_groups", 2),
                         ("rexmit_ignored_sent_segments_total", 20),
                         ("tcp_segments_sent_total", 14), ("rexmit_evicted_segments_total", 0)):
        expect(rig.value(name), wanted, name)
    for direction, wanted in (("sent", 2), ("received", 0)):
        expect(rig.value("rexmit_ignored_resets_total", direction=direction), wanted, direction)
    until("two printed lines", lambda: rig.exporter.log().count('"dst_ip"') == 2)
    check("203.0.113.9" not in rig.exporter.log(),
          "the exporter printed a line about an ignored peer")
    rig.stop()


def one_ignored():
    rig = Rig("--ignore", "203.0.113.9")
    Collector(rig).lose("203.0.113.9", "203.0.113.8")
    expect(counted(rig, "dst_ip"), {"203.0.113.8": 1}, "the counts with one ignored peer")
    rig.stop()


def main():
    names()
    event_lines()
    read_again()
    wrong_files()
    restart()
    overflow()
    ignored()
    one_ignored()


run_test(main)
