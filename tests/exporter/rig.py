# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs an exporter and the simulated collector to which it connects."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import exposition  # noqa: E402
import pipeline  # noqa: E402
from fake_collector import FakeCollector  # noqa: E402
from lifetime import check, on_exit, run_test, until  # noqa: E402

if os.geteuid() != 0:
    pipeline.AS_USER = []
    pipeline.USER = os.geteuid()

# At the end a sanitizer makes system calls that the exporter's filter refuses.
FLAGS = os.environ.get("REXMIT_EXPORTER_FLAGS", "").split()


class Rig:
    def __init__(self, *flags, **options):
        self.directory = pipeline.private_directory()
        self.collector = FakeCollector(f"{self.directory}/collector.sock")
        on_exit(self.collector.close)
        self.exporter = None
        self.start(*flags, **options)

    def start(self, *flags, launcher=()):
        """Starts another exporter for the same collector. `launcher` is the command that starts
        it."""
        self.exporter = pipeline.Exporter(
            self.directory, *FLAGS, *flags, launcher=launcher).wait()

    def accept(self):
        return self.collector.accept()

    def scrape(self):
        return self.exporter.scrape()

    def value(self, name, **labels):
        return self.scrape().sum(name, **labels)

    def until(self, name, wanted, **labels):
        """Waits until a metric has this value."""
        until(f"{name}{labels} == {wanted}", lambda: self.value(name, **labels) == wanted)

    def get(self, path):
        """Returns (status, headers, body). The exporter must answer."""
        answer = exposition.get(self.exporter.port, path)
        check(answer is not None, f"the exporter did not answer {path}")
        return answer

    def stop(self):
        self.exporter.stop()


def expect(have, wanted, what):
    check(have == wanted, f"{what} is {have}, expected {wanted}")
