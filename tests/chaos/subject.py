# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Starts and ends the two programs of the chaos test, and scrapes them all the time."""
import signal

import exposition
import pipeline
from counters import Counters
from lifetime import until
from pins import pins_directory


def rss_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


class Subject:
    def __init__(self, ring_bytes):
        self.directory = pipeline.private_directory()
        self.collector_flags = ("--pin", pins_directory(), "--ring-bytes", str(ring_bytes))
        self.exporter_flags = ("--group-by", "netns,cause,dst_port", "--idle-expiry", "0",
                               "--state-file", f"{self.directory}/state")
        self.counters = Counters()
        self.collector = self.exporter = None
        self.start("collector")
        self.start("exporter")
        self.exporter.wait_for_collector()
        self.first_rss = self.rss()

    def start(self, who):
        program, flags = {"collector": (pipeline.Collector, self.collector_flags),
                          "exporter": (pipeline.Exporter, self.exporter_flags)}[who]
        setattr(self, who, program(self.directory, *flags).wait())

    def kill(self, who):
        process = getattr(self, who).process
        process.kill()
        process.wait()

    def freeze(self, who, frozen):
        getattr(self, who).process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def rss(self):
        return {who: rss_kib(getattr(self, who).process) for who in ("collector", "exporter")}

    def look(self):
        """Scrapes once. Returns None if the exporter is too busy with hostile clients to answer."""
        self.collector.running()
        self.exporter.running()
        try:
            answer = exposition.get(self.exporter.port)
        except TimeoutError:
            return None
        if not answer or answer[0] != 200:
            return None
        now = exposition.Exposition(answer[2].decode())
        self.counters.see(now)
        return now

    def must_look(self):
        return until("an exposition", self.look)
