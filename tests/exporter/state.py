#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""With --state-file the next exporter continues all counts, even if the previous one was killed."""
import os
import re
import struct
import subprocess

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, pipeline, run_test, until

ONE, TWO = b"1" * 16, b"2" * 16
# Offsets in the file: of the checksum, of the words, and of two of them (exporter/state/).
SUM_AT, WORDS_AT = 64, 65536
GROUPS_SIZE_AT, HELLO_AT = WORDS_AT + 6 * 8, WORDS_AT + 8 * 8
BY_CGROUP = ("--group-by", "cgroup,dst_ip,cause")
# Metrics of the process, which start at zero in each process.
OF_PROCESS = ("process_", "rexmit_http_open_connections")
# A scrape increases these counters after its own exposition. So the last increase is never seen.
OF_SCRAPES = ("rexmit_http_",)


class StateRig(Rig):
    """Successive exporters with the same state file."""

    def start(self, *flags, **options):
        self.path = f"{self.directory}/state"
        super().start("--state-file", self.path, *flags, **options)

    def kill(self):
        self.exporter.process.kill()
        self.exporter.process.wait()

    def read(self):
        with open(self.path, "rb") as file:
            return file.read()


def counters(page):
    """Returns {sample: value} of all samples that must not decrease."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page.text, re.M))
    return {(name, *sorted(labels.items())): value for name, labels, value in page.samples
            if types.get(re.sub("_(bucket|sum|count)$", "", name)) in ("counter", "histogram")
            and not name.startswith(OF_PROCESS)}


def busy_records():
    """Sends records for every counter."""
    return [fake.hello(ONE), fake.name(7, "/a.service"), fake.name(8, "/b.service"),
            fake.event(fake.STRIDE, segments=3, cgroup=7, sent=9, nbytes=4000, srtt_us=700, flags=1),
            fake.event(2 * fake.STRIDE, segments=2, cgroup=8, srtt_us=20000, cause=fake.TIMEOUT),
            fake.event(3 * fake.STRIDE, remote="198.51.100.9", segments=5, cgroup=9),
            *(fake.counter(fake.SEGMENTS, 10 + cause, cause) for cause in range(1, 8)),
            fake.counter(fake.FAILURES, 6, 16), fake.counter(fake.MISSED, 4, 4),
            fake.counter(fake.DEFERRALS, 77), fake.counter(fake.CPU_NS, 5_000_000_000)]


def continues():
    """Every counter continues after a stop or a kill, and nothing is counted twice."""
    rig = StateRig(*BY_CGROUP)
    peer = rig.accept()
    peer.send(*busy_records())
    peer.acks(3 * fake.STRIDE)
    for end in (rig.stop, rig.kill):
        before = counters(rig.scrape())
        end()
        peer.close()
        rig.start(*BY_CGROUP)
        peer = rig.accept()
        expect((peer.instance, peer.position), (ONE, 3 * fake.STRIDE), "RESUME of the next exporter")
        before["rexmit_collector_connects_total",] += 1
        now = counters(rig.scrape())
        for sample, value in before.items():
            good = now[sample] >= value if sample[0].startswith(OF_SCRAPES) else now[sample] == value
            check(good, f"{sample} was {value} and is {now[sample]}")
        expect(set(now), set(before), "samples")
        # The collector repeats an event that was counted but not acknowledged.
        peer.send(fake.hello(ONE, position=2 * fake.STRIDE), fake.event(3 * fake.STRIDE, segments=5))
        peer.acks(3 * fake.STRIDE)
        expect(rig.value("rexmit_collector_restarts_total"), 0, "rexmit_collector_restarts_total")
        expect(rig.value("tcp_retransmissions_total"), 10, "tcp_retransmissions_total")
    # The group keeps its path, although no collector has sent it to this exporter.
    expect(rig.value("tcp_retransmissions_total", cgroup="/b.service"), 2, "the segments of a path")
    expect(rig.value("rexmit_label_names"), 2, "rexmit_cgroup_paths")
    rig.stop()


def collector_restarted_meanwhile():
    rig = StateRig()
    peer = rig.accept()
    peer.send(*busy_records())
    peer.acks(3 * fake.STRIDE)
    rig.kill()
    peer.close()
    rig.start()
    peer = rig.accept()
    peer.send(fake.hello(TWO), fake.event(fake.STRIDE), fake.counter(fake.SEGMENTS, 2, fake.FAST),
              fake.counter(fake.CPU_NS, 1_000_000_000))
    peer.acks(fake.STRIDE)
    expect(rig.value("rexmit_collector_restarts_total"), 1, "rexmit_collector_restarts_total")
    expect(rig.value("rexmit_segments_total", cause="fast"), 17, "rexmit_segments_total")
    expect(rig.value("rexmit_collector_cpu_seconds_total"), 6, "rexmit_collector_cpu_seconds_total")
    rig.stop()


def other_options():
    """If the labels changed, the old groups count as evicted. All other counts continue."""
    rig = StateRig()
    peer = rig.accept()
    peer.send(*busy_records())
    peer.acks(3 * fake.STRIDE)
    for flags, folds in ((("--max-series", "20000"), False), (BY_CGROUP, True),
                         ((*BY_CGROUP, "--max-series", "5"), True), ((), True)):
        before = rig.scrape()
        rig.kill()
        rig.start(*flags)
        page = rig.scrape()
        evicted = page.value("rexmit_evicted_segments_total")
        expect(evicted + page.sum("tcp_retransmissions_total"), 10,
               "the sum of evicted and other segments")
        expect(evicted, 10 if folds else before.value("rexmit_evicted_segments_total"), "evicted")
        expect(page.sum("rexmit_segments_total"), before.sum("rexmit_segments_total"), "segments")
        expect(page.sum("tcp_retransmission_srtt_seconds_count"), 2, "the histogram's count")
        expect("counted as evicted" in rig.exporter.log(), folds,
               f"whether a line about eviction was logged with {flags}")
    rig.stop()


def refused(words, *flags):
    """Starts an exporter that must end with one line that contains these words."""
    done = subprocess.run([*pipeline.AS_USER, pipeline.EXPORTER, *FLAGS, "--web.listen-address",
                           "127.0.0.1:0", *flags], timeout=60, capture_output=True, text=True,
                          check=False)
    expect(done.returncode, 1, f"status of {flags} ({done.stderr})")
    lines = done.stderr.splitlines()
    expect(len(lines), 1, f"lines of {flags}: {lines}")
    check(all(word in lines[0] for word in words), f"{flags}: {lines[0]}")


def not_to_be_used():
    rig = StateRig()
    refused([rig.path, "another exporter uses it"], "--state-file", rig.path)
    refused(["/none/state", "No such file"], "--state-file", f"{rig.directory}/none/state")
    os.mkfifo(f"{rig.directory}/fifo", 0o666)
    os.chmod(f"{rig.directory}/fifo", 0o666)
    refused(["regular file"], "--state-file", f"{rig.directory}/fifo")
    os.symlink(rig.path, f"{rig.directory}/link")
    refused(["symbolic"], "--state-file", f"{rig.directory}/link")
    rig.stop()
    expect(oct(os.stat(rig.path).st_mode), "0o100600", "the file's mode")


def set_aside(rig, content, words, unchanged=True):
    """The next exporter refuses the file, renames it, and starts at zero."""
    with open(rig.path, "wb") as file:
        file.write(content)
    rig.start()
    log = rig.exporter.log()
    check(words in log and log.count("renamed to") == 1,
          f"expected '{words}' and one 'renamed to' in: {log}")
    check("cannot" not in log, log)
    with open(f"{rig.path}.bad", "rb") as file:
        check(not unchanged or file.read() == content, "the renamed file has other contents")
    expect(rig.value("tcp_retransmissions_total"), 0, "tcp_retransmissions_total")
    rig.kill()


def forged(good, at, value):
    """Returns the file with another word at the offset `at`, and its right checksum (state_weigh())."""
    file = bytearray(good)
    weight = (((at - WORDS_AT) // 8 + 1) * 0x9e3779b97f4a7c15) % 2**64
    weight = ((weight ^ weight >> 32) * 0xd6e8feb86659fd93) % 2**64
    before, = struct.unpack_from("Q", file, at)
    low, high = struct.unpack_from("2Q", file, SUM_AT)
    total = ((high << 64 | low) + weight * (value - before)) % 2**128
    struct.pack_into("2Q", file, SUM_AT, total % 2**64, total >> 64)
    struct.pack_into("Q", file, at, value)
    return bytes(file)


def not_to_be_trusted():
    rig = StateRig()
    peer = rig.accept()
    peer.send(*busy_records())
    peer.acks(3 * fake.STRIDE)
    rig.kill()
    good = rig.read()
    boot = good.index(b"-", 16) - 8
    set_aside(rig, b"# a file of another program\n", "too short")
    set_aside(rig, b"\x7fELF" + bytes(200000), "is not a state file")
    set_aside(rig, good[:-4096], "too short")
    set_aside(rig, good[:8] + b"\x63" + good[9:], "another version")
    set_aside(rig, good[:boot] + b"00000000" + good[boot + 8:], "before a reboot")
    # The pages are from different times, as in a backup of a file in use. Each word is valid, so
    # only the checksum shows the fault.
    for page in range(65536, len(good), 4096):
        if any(good[page + 64:page + 4096]):
            set_aside(rig, good[:page + 64] + bytes(4096 - 64) + good[page + 4096:], "is damaged")
    # The exporter finds another type of HELLO after it has begun to use the file.
    set_aside(rig, forged(good, HELLO_AT, 3), "is damaged", unchanged=False)
    # Other labels have these groups, and the last of them is incomplete.
    groups, grouping = struct.unpack_from("2Q", good, GROUPS_SIZE_AT)
    set_aside(rig, forged(forged(good, GROUPS_SIZE_AT, groups - 8), GROUPS_SIZE_AT + 8, grouping ^ 1),
              "is damaged")
    with open(rig.path, "wb") as file:
        file.write(forged(good, HELLO_AT, struct.unpack_from("Q", good, HELLO_AT)[0]))
    rig.start()
    expect(rig.value("tcp_retransmissions_total"), 10, "the segments of the good file")
    rig.kill()


def truncated_while_in_use():
    """If the file is truncated during use, the exporter logs a line and exits without a core dump.

    The next exporter starts at zero.
    """
    rig = StateRig()
    peer = rig.accept()
    os.truncate(rig.path, 0)
    peer.send(*busy_records())
    until("the exporter's end", lambda: rig.exporter.process.poll() is not None)
    expect(rig.exporter.process.returncode, 1, "status")
    check("the state file was truncated" in rig.exporter.log(), rig.exporter.log())
    rig.start()
    rig.stop()


def main():
    continues()
    collector_restarted_meanwhile()
    other_options()
    not_to_be_used()
    not_to_be_trusted()
    truncated_while_in_use()


run_test(main)
