#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The exporter sends large expositions with other allocators, which hardened hosts preload.

When such an allocator locks or releases memory, it makes other system calls than the C library.
"""
import glob
import os

import fake_collector as fake
from budget import Storm
from rig import Rig, check, expect, exposition, run_test, until
from lifetime import skip

# The allocators release freed memory immediately. By default they wait ten seconds or longer.
AT_ONCE = ("MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0", "TCMALLOC_RELEASE_RATE=10",
           "MIMALLOC_PURGE_DELAY=0")
PEERS, SCRAPES = 20000, 6
NAMES = ("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4")


def try_allocator(library):
    rig = Rig("--max-series", str(PEERS), launcher=["env", *AT_ONCE, f"LD_PRELOAD={library}"])
    storm = Storm(rig.accept())
    storm.peer.send(fake.hello(b"a" * 16))
    storm.send(range(1, PEERS + 1))
    until("all series", lambda: len(rig.scrape().values("tcp_retransmissions_total")) == PEERS)
    for i in range(SCRAPES):
        answer = exposition.get(rig.exporter.port, "/metrics")
        rig.exporter.running()
        check(answer, "the exporter did not answer")
        status, _, body = answer
        expect(status, 200, f"the status of scrape {i}")
        check(len(body) > 5_000_000, f"only {len(body)} bytes")
    with open(f"/proc/{rig.exporter.process.pid}/maps", encoding="utf-8") as maps:
        check(library in maps.read(), f"{library} is not in the process")
    print(f"{os.path.basename(library)}: {SCRAPES} expositions of {len(body) >> 20} MiB")
    rig.stop()


def main():
    found = [path for name in NAMES for path in glob.glob(f"/usr/lib/*/{name}")]
    if not found or os.environ.get("REXMIT_EXPORTER_FLAGS"):
        skip("no other allocator is installed, or a sanitizer has its own")
    for library in found:
        try_allocator(library)


if __name__ == "__main__":
    run_test(main)
