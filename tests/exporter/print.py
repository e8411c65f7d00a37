#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""--print-events prints a line for each retransmission, and does not disturb scrapes."""
import json
import os
import socket
import subprocess
import tempfile
import time

import fake_collector as fake
from rig import FLAGS, Rig, check, expect, on_exit, pipeline, run_test, until

INSTANCE = b"p" * 16


def lines(rig, wanted):
    """Waits for `wanted` lines of output that are not log lines. Returns these lines."""
    def found_all():
        found = [line for line in rig.exporter.lines() if not line.startswith("rexmit-exporter: ")]
        return found if len(found) >= wanted else None
    return until(f"{wanted} lines", found_all)


def events():
    return [fake.name(77, "/a.service"),
            fake.event(fake.STRIDE, segments=3, cgroup=77, nbytes=4344, srtt_us=12300, uid=1000),
            fake.event(2 * fake.STRIDE, segments=0, cause=fake.NONE, sent=5),
            fake.event(3 * fake.STRIDE, local="2001:db8::1", remote="2001:db8::2", role=fake.CLIENT,
                       cause=fake.SYN, state=2, cgroup=78),
            fake.event(4 * fake.STRIDE, segments=0, cause=fake.NONE, sent=1, state=7, resets_received=1)]


def as_json():
    rig = Rig("--print-events", "--format", "json")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE, clock_offset_ns=1700000000 * 10**9), *events())
    first, second, reset = [json.loads(line) for line in lines(rig, 3)]
    expect(first, {"time": "2023-11-14T22:13:20.000000Z", "cause": "fast", "segments": 3,
                   "bytes": 4344, "srtt_us": 12300, "stall_us": 0, "spurious": 0,
                   "role": "server", "ip_version": 4, "src_ip": "192.0.2.1", "src_port": 443, "dst_ip": "198.51.100.7",
                   "dst_port": 50000, "state": "ESTABLISHED", "resets_sent": 0,
                   "resets_received": 0, "ended": False, "timed_out": None, "netns": 1,
                   "uid": 1000,
                   "cgroup": "/a.service", "pod_uid": "none", "container_id": "none",
                   "unit": "a.service", "process": "unknown"}, "the first line")
    expect((second["src_ip"], second["state"], second["cgroup"]),
           ("2001:db8::1", "SYN_SENT", "unknown"), "the second line")
    expect((reset["cause"], reset["segments"], reset["resets_received"]), ("none", 0, 1),
           "the line of a reset")
    expect(rig.value("tcp_retransmissions_total"), 4, "the segments in the exposition")
    rig.stop()
    expect(len(lines(rig, 3)), 3, "the number of lines")


def for_people():
    rig = Rig("--print-events")
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE), *events())
    header, first, second, reset = lines(rig, 4)
    check(header.startswith("TIME "), header)
    check("198.51.100.7:50000" in first and first.endswith(" /a.service"), first)
    check("[2001:db8::1]:443 " in second and second.endswith(" unknown"), second)
    check(" CLOSE       received " in reset, reset)
    rig.stop()


def stuck():
    """If the reader of the output stops, lines are lost. No scrape and no record is lost."""
    pipe = tempfile.mktemp(prefix="rexmit-test-pipe-")
    os.mkfifo(pipe)
    on_exit(os.unlink, pipe)
    os.chmod(pipe, 0o666)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    rig = Rig("--print-events", "--format", "json",
              launcher=("sh", "-c", f'exec "$@" >{pipe}', "sh"))
    peer = rig.accept()
    peer.send(fake.hello(INSTANCE))
    for i in range(100):
        peer.send(*(fake.event(fake.STRIDE * (256 * i + j)) for j in range(1, 257)))
    rig.until("tcp_retransmissions_total", 25600)
    lost = rig.value("rexmit_event_lines_lost_total")
    check(lost > 10000, f"only {lost} lines were lost")
    os.close(reader)
    ended(rig)


def ended(rig):
    """Waits until the exporter ends, which it does after its output was closed."""
    expect(rig.exporter.process.wait(60), 0, "status")
    check("the reader of the events is gone" in rig.exporter.log(), rig.exporter.log())


def reader_leaves():
    """Runs "rexmit-exporter --print-events | head", with and without events."""
    for lines_read in (1, 2):
        sent = f"{pipeline.private_directory()}/sent"
        reader = f'until [ -e {sent} ]; do sleep 0.1; done; exec head -n {lines_read}'
        rig = Rig("--print-events", launcher=("sh", "-c", f'"$@" | ({reader})', "sh"))
        peer = rig.accept()
        peer.send(fake.hello(INSTANCE), *(fake.event(fake.STRIDE * i) for i in range(1, 4)))
        open(sent, "wb").close()
        ended(rig)


def as_journal(directory):
    """The exporter survives a closed standard output that $JOURNAL_STREAM names."""
    ours, theirs = socket.socketpair()
    status = os.fstat(theirs.fileno())
    with open(f"{directory}/stderr", "w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [pipeline.EXPORTER, *FLAGS, "--allow-root", "--print-events", "--collector-socket",
             f"{directory}/none", "--web.listen-address", "127.0.0.1:0"], stdout=theirs,
            stderr=log, env={**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        on_exit(pipeline.stop, process)
        theirs.close()
        until("the header", lambda: ours.recv(4096).startswith(b"TIME "))
        ours.close()
        time.sleep(2.5)
        check(process.poll() is None, "the exporter has ended")
        process.terminate()
        expect(process.wait(60), 0, "status")
        log.seek(0)
        check("exporter-print-events.conf" in log.read(), "the log does not warn")


def main():
    as_json()
    for_people()
    stuck()
    reader_leaves()
    as_journal(pipeline.private_directory())


run_test(main)
