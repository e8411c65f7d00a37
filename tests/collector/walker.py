# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The collector starts, counts and stops while its walk over the sockets hangs.

A user can make the walk wait in the kernel, where not even SIGKILL ends it. SIGSTOP has the same
effect here.
"""
import os
import re
import signal

import pipeline
import workloads
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until


def links(pid):
    """Returns the types of the BPF objects that the process has open."""
    found = []
    for number in os.listdir(f"/proc/{pid}/fdinfo"):
        with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as file:
            found += re.findall(r"^(prog_type|map_type|link_type):\s+(\w+)", file.read(), re.M)
    return found


def hang(walker):
    os.kill(walker, signal.SIGSTOP)
    on_exit(os.kill, walker, signal.SIGKILL)
    # If it hangs, it must not keep programs attached.
    check(links(walker) == [("link_type", "iter")] * 2, f"the walker has {links(walker)}")


def check_counts(directory, what):
    exporter = pipeline.Exporter(directory, *pipeline.BY_NAMESPACE).wait().wait_for_collector()
    workloads.check_counted(what, exporter)
    exporter.stop()


def check_hung(directory):
    collector = pipeline.Collector(directory).wait()
    walker = collector.walker()
    hang(walker)
    for attempt in ("first exporter", "second exporter"):
        check_counts(directory, f"hung walk, {attempt}")
    collector.stop()
    check(not os.path.exists(collector.socket), "the socket file is still there")
    check(os.path.exists(f"/proc/{walker}"), "the walker did not hang")
    collector = pipeline.Collector(directory).wait()
    check_counts(directory, "the next collector")
    collector.stop()


def new_walker(collector):
    """Returns the process id of the walker if the collector has started it, else None."""
    collector.running()
    try:
        return collector.walker()
    except ValueError:
        return None


def has_filter(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return "Seccomp:\t2" in file.read()


def hung_at_the_start(directory):
    """Returns a collector whose walker hangs in its first step, or None if the test was too late.

    The walker installs its filter before that step.
    """
    collector = pipeline.Collector(directory)
    walker = until("the walker", lambda: new_walker(collector), every=0.001)
    os.kill(walker, signal.SIGSTOP)
    on_exit(os.kill, walker, signal.SIGKILL)
    if has_filter(walker):
        collector.process.kill()
        collector.process.wait()
        return None
    return collector


def check_hung_start(directory):
    collector = until("a walker without an answer", lambda: hung_at_the_start(directory)).wait()
    check_counts(directory, "hung first walk")
    collector.stop()


def check_killed(directory):
    collector = pipeline.Collector(directory).wait()
    os.kill(collector.walker(), signal.SIGKILL)
    status = collector.process.wait(30)
    check(status == 1, f"status {status} after the walker was killed")
    check("the process that walks over the sockets has ended" in collector.log(), collector.log())
    check(not os.path.exists(collector.socket), "the socket file is still there")
    print("without its walker the collector ends, and can be started again")


def main():
    need_root_and_namespaces()
    directory = pipeline.private_directory()
    check_hung(directory)
    check_hung_start(directory)
    check_killed(directory)


run_test(main)
