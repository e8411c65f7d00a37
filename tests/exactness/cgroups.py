#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each series has the path of its sockets' cgroup, even after that cgroup was removed.

Two services lose segments, and so does a container with its own network namespace. Their peers run
in another cgroup. The sum of each namespace still equals RetransSegs.
"""
import argparse
import functools
import os
import subprocess

import audit
import cgroup2
import network
import pipeline
import traffic
import workloads
from lifetime import Failure, check, need_root_and_namespaces, on_exit, run_test, until
from exposition import Exposition

GROUP_BY = ("--group-by", "netns,cgroup,dst_ip,cause", "--max-series", "200000")
LOSS = network.random_loss(5)
CONTAINER = ("unshare", "--cgroup", "--mount", "--uts", "--ipc", "--")
SLOTS = 1024  # WIRE_CGROUP_SLOTS
CROWD = 1500  # fewer than the BPF map can hold


def by_address(exposition, **of):
    """Returns {address: {path: segments}} of the segments retransmitted to each address."""
    sums = {}
    for labels, n in exposition.values(audit.METRIC, **of):
        paths = sums.setdefault(labels["dst_ip"], {})
        paths[labels["cgroup"]] = paths.get(labels["cgroup"], 0) + int(n)
    return sums


def settle(exporter, sides):
    """Returns an exposition with all retransmissions. The connections must have no unacknowledged
    data.
    """
    exposition = audit.wait_for_equality(exporter, sides)
    check(any(side.retrans_segs() for side in sides), "nothing was retransmitted")
    return exposition


def expect(exposition, *carries):
    """Checks that each address's retransmitted segments have the cgroup that `carries` gives."""
    for address, cgroup in carries:
        have = by_address(exposition).get(network.canonical(address), {})
        check(list(have) == [cgroup.label()],
              f"retransmitted to {address}: {have}, expected {cgroup.label()} alone")


def start(cgroup, namespace, address, *prefix, **options):
    return traffic.Connector(cgroup2.Inside(namespace, cgroup, *prefix), address, **options)


def start_exporter(directory):
    return pipeline.Exporter(directory, *GROUP_BY).wait().wait_for_collector()


def lose(pair):
    for side in pair:
        side.drop(LOSS)


def services(top, directory):
    """Tests two services, a container and their peers, before and after their cgroups are removed.
    Then one cgroup is created again.
    """
    web, db, peers = (top.child(f"{name}.service") for name in ("web", "db", "peers"))
    container = top.child("pods.slice").child("container")
    bulk = {"count": 8, "parallel": 4, "bytes": 2_000_000}
    _, exporter = pipeline.start_pair(directory, GROUP_BY)
    with network.make_pair() as (client, server), network.make_pair() as (inner, outer):
        sides = audit.sides((client, server, inner, outer), exporter.scrape())
        carries = ((server.v4, web), (server.v6, db), (outer.v4, container), (client.v4, peers),
                   (client.v6, peers), (inner.v4, peers))
        for pair in ((client, server), (inner, outer)):
            traffic.listen(cgroup2.Inside(pair[1], peers), "::", reply=2_000_000)
            lose(pair)
        runs = [start(web, client, server.v4, **bulk), start(db, client, server.v6, **bulk),
                start(container, inner, outer.v4, *CONTAINER, **bulk)]
        for run in runs:
            run.finish()
        exposition = settle(exporter, sides)
        expect(exposition, *carries)
        before, old = by_address(exposition)[server.v4][web.label()], web.id
        print("ok: two services, a container and their peers", flush=True)

        for cgroup in (web, db, container):
            cgroup.remove()
        expect(settle(exporter, sides), *carries)
        print("ok: after the removal of the cgroups", flush=True)

        web.again()
        check(web.id != old, "the new cgroup has the id of the old one")
        start(web, client, server.v4, **bulk).finish()
        exposition = settle(exporter, sides)
        expect(exposition, *carries)
        check(by_address(exposition)[server.v4][web.label()] > before,
              "the series with its path did not increase")
        print("ok: a new cgroup with the same path increased the old series", flush=True)


def gone(top, directory):
    """A connection outlives its cgroup, then an exporter, then a collector."""
    collector, exporter = pipeline.start_pair(directory, GROUP_BY)
    parent = top.child("parent.slice")
    with network.make_pair() as (client, server):
        sides = audit.sides((client,), exporter.scrape())
        traffic.listen(server, server.v4)
        lose((client, server))
        service = parent.child("gone.service")
        connector = start(service, client, server.v4, rounds=4, count=4, parallel=4,
                          bytes=2_000_000)
        connector.wait_for_round(1)
        parent.join(connector.process.pid)
        service.remove()
        connector.next_round()
        connector.wait_for_round(2)
        expect(settle(exporter, sides), (server.v4, service))
        print("ok: a connection whose cgroup is gone", flush=True)

        exporter.stop()
        sides = audit.sides((client,), Exposition(""))
        connector.next_round()
        connector.wait_for_round(3)
        exporter = start_exporter(directory)
        expect(settle(exporter, sides), (server.v4, service))
        print("ok: with an exporter that was started afterwards", flush=True)

        exporter.stop()
        collector.stop()
        sides = audit.sides((client,), Exposition(""))
        pipeline.Collector(directory).wait()
        exporter = start_exporter(directory)
        connector.next_round()
        connector.finish()
        until("the end of all connections", lambda: workloads.quiet(client), 180, 0.1)
        expect(settle(exporter, sides), (server.v4, service))
        print("ok: with a collector that never saw the cgroup", flush=True)


def one_slot(top, directory):
    """Two cgroups with the same slot in the protocol lose segments at the same time."""
    one = top.child("one")
    two = cgroup_where(top, lambda cgroup: (cgroup.id - one.id) % SLOTS == 0)
    _, exporter = pipeline.start_pair(directory, GROUP_BY)
    with network.make_pair() as (client, server):
        sides = audit.sides((client,), exporter.scrape())
        traffic.listen(server, "::")
        lose((client, server))
        runs = [start(cgroup, client, address, count=4, parallel=4, bytes=4_000_000)
                for cgroup, address in ((one, server.v4), (two, server.v6))]
        for run in runs:
            run.finish()
        exposition = settle(exporter, sides)
        expect(exposition, (server.v4, one), (server.v6, two))
        names = exposition.sum("rexmit_records_total", type="name")
        # Other tests have cgroups, too. A path takes at most four records.
        known = exposition.sum("rexmit_label_names")
        check(names <= 4 * known,
              f"{names} NAME records of {known} paths: the two cgroups displaced each other")
        print(f"ok: two cgroups with one slot, {int(names)} NAME records of {int(known)} paths", flush=True)


def cgroup_where(top, condition):
    """Creates cgroups until one has an id that meets the condition."""
    for _ in range(100_000):
        cgroup = cgroup2.Cgroup(top.directory + b"/two", top.path + b"/two")
        os.mkdir(cgroup.directory)
        if condition(cgroup):
            on_exit(cgroup.remove)
            return cgroup
        os.rmdir(cgroup.directory)
    raise Failure("no cgroup got an id for the slot")


def blackhole(client, server):
    """Routes 198.18.0.0/15 (RFC 2544) to the server, which forwards no packet."""
    server.sysctl(ip_forward=0)  # a new namespace inherits this setting from the host
    client.sysctl(tcp_syn_retries=1)
    client.run("ip", "route", "add", "198.18.0.0/15", "via", server.v4)


def target(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def expect_targets(exporter, namespace, labels):
    """Checks the label of all segments that the namespace retransmitted to each target."""
    expected = {target(i): label for i, label in enumerate(labels)}

    def complete():
        have = by_address(exporter.scrape(), netns=namespace.inode)
        return have.keys() >= expected.keys() and have
    have = until("a segment to each target", complete, 60, 0.2)
    for address, label in expected.items():
        check(list(have[address]) == [label], f"{address}: {have[address]}, expected {label}")


def odd_names(top, directory):
    """Tests names as long, as deep and as unusual as the kernel accepts."""
    def chain(*names):
        return functools.reduce(cgroup2.Cgroup.child, names, top)
    levels = [f"l{i}" for i in range(1, 16)]
    longest = 251 - len(top.path) - 1  # the longest name whose path is not shortened
    cases = [
        (cgroup2.root(), "/"),
        (chain('sp ace "quote" \\back'), f'{top.label()}/sp ace "quote" \\back'),
        (chain("é☃🐧"), f"{top.label()}/é☃🐧"),
        (chain(b"bad\xff\xc3.x"), f"{top.label()}/bad??.x"),
        (chain(*levels[:9]), "/".join([top.label(), *levels[:9]])),
        (chain("ten", *levels[:9]), "/.../ten/" + "/".join(levels[:9])),
        (chain("deep", *levels), "/.../" + "/".join(levels[5:])),
        (chain("w" * longest), top.label() + "/" + "w" * longest),
        (chain("c" * (longest + 1)), "/.../" + "c" * (longest + 1)),
        (chain("x" * 255), "/.../" + "x" * 250),
        (chain("x" + "é" * 127), "/.../x" + "é" * 124 + "?"),
        (chain("a" * 100, "b" * 100, "c" * 100), f"/.../{'b' * 100}/{'c' * 100}"),
    ]
    _, exporter = pipeline.start_pair(directory, GROUP_BY)
    with network.make_pair() as (client, server):
        blackhole(client, server)
        runs = [start(cgroup, client, target(i), may_fail=True)
                for i, (cgroup, _) in enumerate(cases)]
        for run in runs:
            run.finish()
        expect_targets(exporter, client, [label for _, label in cases])
    print(f"ok: {len(cases)} odd names", flush=True)


# Opens one connection in each cgroup whose cgroup.procs file is named on standard input.
CONNECT_IN_EACH = """
import resource, socket, sys, time
files, connections = sys.stdin.read().splitlines(), []
resource.setrlimit(resource.RLIMIT_NOFILE, (len(files) + 100,) * 2)
for number, name in enumerate(files):
    with open(name, "w") as file:
        file.write("0")
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((f"198.18.{number // 250}.{number % 250 + 1}", 80))
    connections.append(connection)
time.sleep(600)
"""


def crowd(top, directory):
    """Many cgroups with one connection each lose segments at the same time."""
    parent = top.child("crowd")
    made = [parent.child(f"c{i}") for i in range(CROWD)]
    _, exporter = pipeline.start_pair(directory, GROUP_BY)
    with network.make_pair() as (client, server):
        blackhole(client, server)
        process = client.start("python3", "-c", CONNECT_IN_EACH, stdin=subprocess.PIPE)
        process.stdin.write("\n".join(os.fsdecode(c.directory) + "/cgroup.procs" for c in made))
        process.stdin.close()
        expect_targets(exporter, client, [cgroup.label() for cgroup in made])
        names = exporter.scrape().sum("rexmit_records_total", type="name")
    print(f"ok: {CROWD} cgroups, {int(names)} NAME records", flush=True)


SCENARIOS = {function.__name__: function
             for function in (services, gone, one_slot, odd_names, crowd)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    options = parser.parse_args()
    need_root_and_namespaces()
    for name in options.scenario or SCENARIOS:
        SCENARIOS[name](cgroup2.make(), pipeline.private_directory())


run_test(main)
