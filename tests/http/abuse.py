# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""During attacks over HTTP the exporter answers every scrape. Afterwards it releases all memory.

Scrapes use new connections, one after the other. The exposition has SERIES series (abuse.py
SERIES). The test prints times, memory and CPU. The process must never grow by more than GROWTH_KIB,
and it must be idle after an attack.

While hostile clients reconnect at once, the exporter answers only fast scrapers
(exporter/http/admission.h). On a busy machine this scraper is not always fast. So in these attacks
the share UNANSWERED of the scrapes may stay without an answer.
"""
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "exporter"))

from rig import Rig, pipeline  # noqa: E402
from lifetime import check, command, run_test, until  # noqa: E402
import attack  # noqa: E402
import fake_collector  # noqa: E402
import malformed  # noqa: E402

SERIES = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
GROWTH_KIB = 4096
UNANSWERED = 0.05
SECONDS = 7  # duration of each attack, longer than the time limit of a request
ENOUGH_FDS = 256
ENOUGH_SCRAPES = 100
TICKS = os.sysconf("SC_CLK_TCK")


def feed(collector):
    """Sends events of SERIES peers, and waits until the exporter has acknowledged them."""
    peer = collector.accept()
    peer.send(fake_collector.hello(b"abuse-of-the-web"))
    for begin in range(0, SERIES, fake_collector.PACKET_RECORDS):
        peer.send(*(fake_collector.event(i + 1, remote=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
                    for i in range(begin, min(begin + fake_collector.PACKET_RECORDS, SERIES))))
    peer.acks(SERIES)
    return peer


class Subject:
    """The exporter, and the measurements of its process."""

    def __init__(self):
        rig = Rig()
        self.exporter = rig.exporter
        self.peer = feed(rig.collector)
        self.pid, self.port = self.exporter.process.pid, self.exporter.port
        for _ in range(20):
            self.scrape()
        self.settled_fds = self.fds()
        self.limit_fds(ENOUGH_FDS)
        self.settled_kib = self.memory_kib("VmRSS")
        self.forget_peak()

    def memory_kib(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"{field}:\s+([0-9]+) kB", status.read()).group(1))

    def forget_peak(self):
        """Resets VmHWM (proc(5)).

        If that fails, VmHWM covers the time since the start, with the same limit.
        """
        try:
            with open(f"/proc/{self.pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        except PermissionError:
            pass

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def limit_fds(self, count):
        """Sets the limit as the exporter's user, because root may have no CAP_SYS_RESOURCE."""
        command(*pipeline.AS_USER, "prlimit", "--pid", str(self.pid), f"--nofile={count}:")

    def exchange(self, request):
        """Sends a request. Returns all bytes until the server closes or resets the connection."""
        answer = bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as sock:
            try:
                sock.sendall(request)
                while part := sock.recv(1 << 20):
                    answer += part
            except ConnectionError:
                if answer:
                    raise
        return bytes(answer)

    def scrape(self, must_be_answered=True):
        """Scrapes once. Returns the seconds, or None if the exporter closed without an answer.

        With `must_be_answered`, no answer is an error.
        """
        begin = time.monotonic()
        try:
            answer = self.exchange(attack.REQUEST + b"Connection: close\r\n\r\n")
        except ConnectionError as error:  # close(2) sends a reset if the exporter has not read all
            answer = repr(error).encode() if must_be_answered else b""
        except OSError as error:
            answer = repr(error).encode()
        elapsed_s = time.monotonic() - begin
        self.exporter.running()
        if not answer and not must_be_answered:
            return None
        head, _, body = answer.partition(b"\r\n\r\n")
        check(head.startswith(b"HTTP/1.1 200 OK\r\n"), f"a scrape was answered by {answer[:100]!r}")
        check(f"Content-Length: {len(body)}\r\n".encode() in head,
              "the body of a scrape is not complete")
        return elapsed_s

    def scrape_for(self, seconds, most_unanswered=0):
        """Scrapes about 50 times a second. Returns the sorted times of the answered scrapes.

        Some scrapes may be unanswered only among at least ENOUGH_SCRAPES.
        """
        end, times, unanswered = time.monotonic() + seconds, [], 0
        while time.monotonic() < end or (
                most_unanswered and unanswered + len(times) < ENOUGH_SCRAPES):
            elapsed_s = self.scrape(not most_unanswered)
            if elapsed_s is None:
                unanswered += 1
            else:
                times.append(elapsed_s)
            time.sleep(0.015)
        check(unanswered <= most_unanswered * (unanswered + len(times)),
              f"{unanswered} scrapes were closed unanswered, {len(times)} were answered")
        return sorted(times)

    def settle(self):
        """Waits until all connections are closed. The exporter must be idle, with its usual memory.
        """
        until("all connections are closed", lambda: self.fds() <= self.settled_fds)
        begin_s = self.cpu_s()
        time.sleep(1)
        cpu = self.cpu_s() - begin_s
        check(cpu < 0.2, f"the idle exporter used {cpu:.2f} s of CPU in a second")
        return cpu, self.memory_kib("VmRSS") - self.settled_kib

    def report(self, name, times=()):
        peak_kib = self.memory_kib("VmHWM") - self.settled_kib
        cpu, growth_kib = self.settle()
        figures = "{} scrapes: median {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms; ".format(
            len(times), *(1000 * times[int(q * (len(times) - 1))] for q in (.5, .99, 1))
        ) if times else ""
        print(f"{name}: {figures}memory +{peak_kib} KiB during, {growth_kib:+} KiB after; "
              f"CPU after {cpu:.0%}", flush=True)
        check(peak_kib < GROWTH_KIB, f"{name}: the process grew by {peak_kib} KiB")
        self.forget_peak()


def under_attack(subject, name, *attacks, most_unanswered=0):
    """Scrapes from the start of the attacks to their end."""
    running = [attack.Attack(*a) for a in attacks]
    times = subject.scrape_for(SECONDS, most_unanswered)
    for one in running:
        check(one.process.is_alive(), f"{name}: the attacker's process has ended")
        one.stop()
    subject.report(name, times)


def check_malformed(subject):
    """The exporter refuses each malformed request, closes, and answers nothing that follows."""
    for request, status in malformed.REQUESTS:
        answer = subject.exchange(request + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        check(answer.startswith(f"HTTP/1.1 {status} ".encode()),
              f"{request!r} was answered by {answer!r}")
        check(answer.count(b"HTTP/1.1 ") == 1,
              f"{request!r} was answered more than once: {answer!r}")
        check(b"\r\nConnection: close\r\n" in answer,
              f"the connection stays open after {request!r}: {answer!r}")
    subject.report(f"{len(malformed.REQUESTS)} malformed requests")


def check_header_flood(subject):
    results = []
    floods = [threading.Thread(
        target=lambda: results.append(attack.send_headers(subject.port, 64 << 20)))
        for _ in range(4)]
    for flood in floods:
        flood.start()
    times = subject.scrape_for(1)
    for flood in floods:
        flood.join()
    for sent, answer in results:
        check(answer.startswith(b"HTTP/1.1 431 ") or not answer,
              f"64 MiB of headers were answered by {answer!r}")
        check(sent < 64 << 20, "the exporter received 64 MiB of headers")
    check(any(answer for _, answer in results), "no client received status 431")
    most = max(sent for sent, _ in results) >> 10
    subject.report(f"4 times 64 MiB of headers (at most {most} KiB received)", times)


def check_pipeline(subject):
    """The client sends 10 000 requests at once, while it reads. The exporter answers all."""
    count, requests = 10000, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", subject.port), timeout=60) as sock:
        sender = threading.Thread(target=sock.sendall, args=(requests * count,))
        sender.start()
        answers = b""
        while answers.count(b"HTTP/1.1 200 OK\r\n") < count or not answers.endswith(b"ok\n"):
            part = sock.recv(1 << 20)
            check(part, f"the exporter closed after {len(answers)} bytes")
            answers += part
        sender.join()
    subject.report(f"{count} pipelined requests")


def check_no_fds(subject):
    """The exporter has few descriptors for 200 clients, later none, and finally enough again."""
    subject.limit_fds(subject.settled_fds + 4)
    under_attack(subject, "200 drips, 4 file descriptors", (attack.drip, subject.port, 200))
    subject.limit_fds(subject.settled_fds)
    waiting = [socket.create_connection(("127.0.0.1", subject.port)) for _ in range(20)]
    time.sleep(0.5)
    begin_s = subject.cpu_s()
    time.sleep(2)
    cpu = (subject.cpu_s() - begin_s) / 2
    check(cpu < 0.2, f"without file descriptors the exporter used {cpu:.0%} of a CPU")
    subject.limit_fds(ENOUGH_FDS)
    times = [subject.scrape()]
    for sock in waiting:
        sock.close()
    subject.report(f"no file descriptors (CPU {cpu:.0%} during that time)", times)


def main():
    subject = Subject()
    port = subject.port
    subject.report("undisturbed", subject.scrape_for(3))
    check_malformed(subject)
    check_header_flood(subject)
    check_pipeline(subject)
    under_attack(subject, "1000 drips", (attack.drip, port, 1000))
    under_attack(subject, "1000 drips that reconnect at once",
                 (attack.drip, port, 1000, attack.REQUEST + b"X: ", True),
                 most_unanswered=UNANSWERED)
    under_attack(subject, "1000 clients that send nothing", (attack.drip, port, 1000, b""))
    under_attack(subject, "64 pipelines, unread", (attack.pipeline_unread, port, 64))
    under_attack(subject, "100 slow readers", (attack.read_slowly, port, 100))
    under_attack(subject, "40 slow readers of each of the page's files",
                 *((attack.read_slowly, port, 40, path)
                   for path in (b"/", b"/page.css", b"/page.js", b"/uplot.js")))
    under_attack(subject, "1000 drips and 100 slow readers", (attack.drip, port, 1000),
                 (attack.read_slowly, port, 100))
    check_no_fds(subject)
    subject.exporter.stop()


run_test(main)
