# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts and ends the two programs of the chaos test, and scrapes them."""
import signal
import socket

import exposition
import pipeline
from counters import Counters
from lifetime import check, until
from pins import pins_directory
from visits import Visits


BY_PORT = ("--group-by", "netns,cause,dst_port", "--idle-expiry", "0")


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def ignored_by(exporter_flags):
    """Returns the networks of --ignore."""
    value = dict(zip(exporter_flags, exporter_flags[1:])).get("--ignore")
    return value.split(",") if value else []


class Subject:
    """A collector and its exporter. `pins` is the name of the directory for pins, or None."""

    header = ""  # header fields for every request to the exporter

    def __init__(self, ring_bytes, pins="test", exporter_flags=BY_PORT, counters=None,
                 state_file=True):
        self.directory = pipeline.private_directory()
        pin = ("--pin", pins_directory(pins)) if pins else ()
        state = ("--state-file", f"{self.directory}/state") if state_file else ()
        self.collector_flags = (*pin, "--ring-bytes", str(ring_bytes))
        self.exporter_flags = (*exporter_flags, *state)
        self.counters = counters or Counters()
        self.visits = Visits(ignored_by(exporter_flags))
        self.collector = self.exporter = None
        self.start("collector")
        self.start("exporter")
        self.wait_for_collector()
        self.first_rss = self.rss()

    def options(self, _who):
        """Returns the keyword arguments with which pipeline.Program starts this program."""
        return {}

    def start(self, who):
        program, flags = {"collector": (pipeline.Collector, self.collector_flags),
                          "exporter": (pipeline.Exporter, self.exporter_flags)}[who]
        setattr(self, who, program(self.directory, *flags, **self.options(who)).wait())

    def kill(self, who):
        process = getattr(self, who).process
        process.kill()
        process.wait()

    def freeze(self, who, frozen):
        getattr(self, who).process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def rss(self):
        return {who: rss_kib(getattr(self, who).process.pid) for who in ("collector", "exporter")}

    def connect(self, receive_bytes=None, encrypted=True):
        """Returns a socket connected to the exporter.

        `encrypted`: uses TLS if the exporter requires it.
        """
        del encrypted
        client = socket.socket()
        if receive_bytes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        client.settimeout(1)
        client.connect(("127.0.0.1", self.exporter.port))
        return client

    def get(self):
        """Returns the answer to GET /metrics in the form of exposition.get()."""
        return exposition.get(self.exporter.port)

    def all_running(self):
        self.collector.running()
        self.exporter.running()

    def look(self):
        """Scrapes once. Returns None if hostile clients keep the exporter too busy to answer.

        The samples include those of other exporters (visits.py).
        """
        self.all_running()
        try:
            answer = self.get()
        except TimeoutError:
            return None
        if not answer or answer[0] != 200:
            return None
        now = exposition.Exposition(answer[2].decode())
        now.samples += self.visits.samples()
        self.counters.see(now)
        return now

    def must_look(self):
        return until("an exposition", self.look)

    def wait_for_collector(self):
        until("rexmit_collector_up 1", lambda: self.must_look().sum("rexmit_collector_up") == 1)

    def check_stream(self):
        now, gaps = self.must_look(), self.visits.gaps
        restarts = now.sum("rexmit_collector_restarts_total")
        check(restarts == 0, f"the exporter counted {restarts} restarts of the collector")
        counted = now.sum("rexmit_stream_gaps_total")
        check(counted == gaps, f"the exporter counted {counted} gaps, not {gaps}")
