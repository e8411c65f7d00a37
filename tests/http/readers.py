#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""100 clients of /events read while many events arrive. 90 of them stop reading.

The exporter answers every scrape. Two limits apply: to the 99th percentile of the answers' times,
without the time for which other processes had the CPU (answer_time.py), and to the exporter's
memory. The other ten clients receive each line, or the exact number of lost lines in its place. The
test prints times. On an idle machine the percentile is below 100 ms.
"""
import os
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

from rig import Rig, pipeline  # noqa: E402
from answer_time import AnswerTime  # noqa: E402
from lifetime import check, on_exit, run_test, until  # noqa: E402
import exposition  # noqa: E402
import fake_collector as fake  # noqa: E402

READER = os.path.join(os.path.dirname(__file__), "reader.py")
GOOD, STOPPED = 10, 90
SERIES = 1000
EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 400 * fake.PACKET_RECORDS
GROWTH_KIB = 8192
P99_S = 1


class Storm:
    """A collector that sends events as fast as the exporter acknowledges them."""

    def __init__(self, rig):
        self.peer = rig.accept()
        self.peer.send(fake.hello(b"readers-of-event"))
        self.position = 0

    def send(self, count, numbered):
        for begin in range(0, count, fake.PACKET_RECORDS):
            records = [fake.event(self.position + i, remote=f"10.0.{i % SERIES >> 8}.{i % 256}",
                                  nbytes=begin + i if numbered else 0)
                       for i in range(1, fake.PACKET_RECORDS + 1)]
            self.peer.send(*records)
            self.position += fake.PACKET_RECORDS
            self.peer.acks(self.position)


class Stopped:
    """A client that stops reading before or after the response's header."""

    def __init__(self, port):
        self.port = port
        self.sock = None
        self.connect()

    def connect(self):
        self.close()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.connect(("127.0.0.1", self.port))
        self.sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def was_refused(self):
        try:
            return self.sock.recv(13, socket.MSG_PEEK | socket.MSG_DONTWAIT)[9:12] not in (b"", b"200")
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def close(self):
        if self.sock:
            self.sock.close()


def good_reader(port):
    """Starts a client that reads. It reconnects until the exporter accepts it."""
    while True:
        reader = subprocess.Popen([sys.executable, READER, str(port), str(EVENTS)],
                                  stdout=subprocess.PIPE, text=True)
        if reader.stdout.readline() == "reading\n":
            on_exit(pipeline.stop, reader)
            return reader
        check(reader.wait() == 75, "a client failed")
        time.sleep(0.1)


def memory_kib(rig, field):
    with open(f"/proc/{rig.exporter.process.pid}/status", encoding="ascii") as status:
        return int(re.search(rf"{field}:\s+([0-9]+) kB", status.read()).group(1))


def scrape(port):
    answer = exposition.get(port)
    check(answer is not None and answer[0] == 200, f"a scrape was answered by {answer}")


def scrape_while(storm, exporter):
    """Scrapes over new connections until the storm ends. Returns the sorted times."""
    answer_time, times = AnswerTime(exporter.process.pid), []
    while storm.is_alive():
        times.append(answer_time.of_ns(lambda: scrape(exporter.port)) / 1e9)
        time.sleep(0.02)
    return sorted(times)


def reconnect(stopped, ended):
    """Refused clients try again until the storm has ended."""
    while not ended.wait(0.05):
        for client in stopped:
            if client.was_refused():
                client.connect()


def main():
    rig = Rig()
    storm = Storm(rig)
    storm.send(4 * fake.PACKET_RECORDS, numbered=False)
    rig.scrape()
    before_kib = memory_kib(rig, "VmHWM")
    stopped = [Stopped(rig.exporter.port) for _ in range(STOPPED)]
    # Fills the buffers of the clients that stopped reading. The exporter closes them, so that it
    # can accept clients that read.
    storm.send(64 * fake.PACKET_RECORDS, numbered=False)
    good = [good_reader(rig.exporter.port) for _ in range(GOOD)]
    ended = threading.Event()
    threads = [threading.Thread(target=storm.send, args=(EVENTS, True)),
               threading.Thread(target=reconnect, args=(stopped, ended))]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    times = scrape_while(threads[0], rig.exporter)
    seconds = time.monotonic() - begin
    ended.set()
    threads[1].join()
    counts = []
    for reader in good:
        output = reader.communicate(timeout=120)[0]
        check(reader.returncode in (0, 76), f"a client failed: {output}")
        if reader.returncode == 0:
            counts.append([int(number) for number in output.split()])
    # On a busy machine a reader may do nothing for a second. The exporter gives its place to another.
    check(len(counts) >= GOOD / 2, f"only {len(counts)} of {GOOD} clients received all events")
    p99 = times[int(0.99 * (len(times) - 1))]
    growth_kib = memory_kib(rig, "VmHWM") - before_kib
    print(f"{EVENTS / seconds:.0f} events/s; {len(times)} scrapes: median "
          f"{1000 * times[len(times) // 2]:.1f} ms, p99 {1000 * p99:.1f} ms; memory "
          f"+{growth_kib} KiB; received and lost: {counts}", flush=True)
    check(all(received + lost == EVENTS for received, lost in counts), counts)
    check(growth_kib < GROWTH_KIB, f"the exporter grew by {growth_kib} KiB")
    check(p99 < P99_S, f"the 99th percentile of scrapes is {p99:.1f} s")
    total = storm.position
    check(rig.value("tcp_retransmissions_total") == total, "the exporter did not count all events")
    check(rig.value("rexmit_event_reader_lines_lost_total") >= sum(c[1] for c in counts),
          "the exporter counted too few lost lines")
    for client in stopped:
        client.close()
    until("the end of all clients", lambda: rig.value("rexmit_event_readers") == 0)
    rig.stop()


run_test(main)
