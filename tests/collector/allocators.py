# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""With any allocator, the collector makes no system call for memory after it entered its filter.

These allocators, which hardened hosts preload, return freed memory to the system after a random
time. The settings in AT_ONCE make them return it immediately.
"""
import glob

import pipeline
from lifetime import check, need_root_and_namespaces, run_test, until

AT_ONCE = ("MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0", "MIMALLOC_PURGE_DELAY=0",
           "TCMALLOC_RELEASE_RATE=1000000", "TCMALLOC_AGGRESSIVE_DECOMMIT=1",
           "MALLOC_MMAP_THRESHOLD_=1")
PRELOADED = ("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4")


def try_allocator(library):
    preload = [f"LD_PRELOAD={library}"] if library else []
    directory = pipeline.private_directory()
    collector = pipeline.Collector(directory, launcher=["env", *AT_ONCE, *preload]).wait()
    with open(f"/proc/{collector.process.pid}/maps", encoding="ascii") as maps:
        check(library in maps.read(), f"{library} is not in the process")
    exporter = pipeline.Exporter(directory).wait().wait_for_collector()
    seconds = exporter.scrape().sum("rexmit_collector_cpu_seconds_total")
    until("the next tally", lambda: exporter.scrape().sum("rexmit_collector_cpu_seconds_total")
          != seconds)
    exporter.stop()
    collector.stop()
    print(f"ran with {library or 'the C library'}", flush=True)


def main():
    need_root_and_namespaces()
    for library in ("", *(path for name in PRELOADED for path in glob.glob(f"/usr/lib/*/{name}"))):
        try_allocator(library)


run_test(main)
