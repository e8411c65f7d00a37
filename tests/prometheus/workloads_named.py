#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Prometheus finds the pod and the workload of traffic from two cgroups with the paths of pods.

One path has the form of the cgroup driver systemd, and the other that of cgroupfs. A server in this
test has the series of kube-state-metrics about both pods, their owners and a Service. The rules of
deploy/kubernetes join these series with rexmit's:

    tcp_retransmissions_total of each pod == RetransSegs of its network namespace
    the recorded rates have the pod's namespace, name and workload, and the name of the Service
"""
import functools
import http.server
import sys
import threading
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "lib"))

import cgroup2  # noqa: E402
import kubernetes_rules  # noqa: E402
import network  # noqa: E402
import pipeline  # noqa: E402
import traffic  # noqa: E402
from lifetime import check, need_root_and_namespaces, on_exit, run_test, until  # noqa: E402
from prometheus import Prometheus, need_prometheus  # noqa: E402

WEB, DB = "2b801b7a-5266-4386-864e-45ed71136539", "0bd7eabf-0b7f-4d2f-a1c9-2d1a6c6f9b11"
CONTAINERS = {WEB: "20e061fc" * 8, DB: "9f1c4e63" * 8}
NAMES = {WEB: ("shop", "web-7d9-x1", "web", "Deployment"), DB: ("shop", "db-0", "db", "StatefulSet")}
STATE = """\
kube_pod_info{{namespace="shop",pod="web-7d9-x1",uid="{web}",pod_ip="10.1.0.5",node="n",\
created_by_kind="ReplicaSet",created_by_name="web-7d9",host_network="false"}} 1
kube_replicaset_owner{{namespace="shop",replicaset="web-7d9",owner_kind="Deployment",\
owner_name="web",owner_is_controller="true"}} 1
kube_pod_info{{namespace="shop",pod="db-0",uid="{db}",pod_ip="10.1.0.6",node="n",\
created_by_kind="StatefulSet",created_by_name="db",host_network="false"}} 1
kube_service_info{{namespace="shop",service="payments",uid="s",cluster_ip="{service}"}} 1
"""
JOBS = """
  - job_name: kube-state-metrics
    honor_labels: true
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""
JOIN = ("sum by (pod_uid) (tcp_retransmissions_total) * on (pod_uid) group_left (namespace, pod, "
        "workload, workload_type) pod_uid:rexmit_workload:info")


class StateMetrics(http.server.BaseHTTPRequestHandler):
    def __init__(self, text, *arguments):
        self.text = text.encode()
        super().__init__(*arguments)

    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def serve(text):
    """Serves the text over HTTP. Returns the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                             functools.partial(StateMetrics, text))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    on_exit(server.shutdown)
    return server.server_port


def chain(top, *names):
    return functools.reduce(cgroup2.Cgroup.child, names, top)


def make_pods(top):
    """Returns {uid of the pod: its container's cgroup}."""
    burstable = "kubepods-burstable"
    return {WEB: chain(top, "kubepods.slice", f"{burstable}.slice",
                       f"{burstable}-pod{WEB.replace('-', '_')}.slice",
                       f"cri-containerd-{CONTAINERS[WEB]}.scope"),
            DB: chain(top, "kubepods", "besteffort", f"pod{DB}", CONTAINERS[DB])}


def names_of(labels):
    return tuple(labels.get(name) for name in ("namespace", "pod", "workload", "workload_type"))


def check_counts(prometheus, sides):
    """Prometheus has the kernel's count of each pod, under the pod's names."""
    def equal():
        have = {names_of(labels): int(value) for labels, value in prometheus.query(JOIN)}
        return have == {NAMES[uid]: side.counters()["Tcp.RetransSegs"]
                        for uid, side in sides.items()} and have
    have = until("each pod's retransmissions, by name", equal, every=0.2)
    check(all(have.values()), f"nothing was retransmitted: {have}")
    for names, segments in have.items():
        print(f"{'/'.join(names)}: {segments} segments, as the kernel counted")


def check_rates(prometheus, service):
    """Each pod's rate has its names. The rate to the Service's address has the Service's name."""
    def recorded():
        found = prometheus.query("namespace_workload_pod:tcp_retransmissions:rate5m > 0")
        return {names_of(labels) for labels, _ in found} == set(NAMES.values())
    until("a recorded rate of each pod", recorded, every=0.5)

    def to_service():
        return [labels for labels, value in
                prometheus.query("namespace_workload_peer:tcp_retransmissions:rate5m > 0")]
    labels, = until("a recorded rate to the Service", to_service, every=0.5)
    have = {name: labels[name] for name in ("workload", "peer_namespace", "peer", "peer_type")}
    check(have == {"workload": "web", "peer_namespace": "shop", "peer": "payments",
                   "peer_type": "Service"}, f"{labels}")
    print(f"to {service}: {labels}")


def main():
    need_root_and_namespaces()
    need_prometheus()
    pods = make_pods(cgroup2.make())
    flags = ("--group-by", "pod_uid,container_id,dst_ip,cause", "--ignore", "127.0.0.0/8,::1")
    _, exporter = pipeline.start_pair(exporter_flags=flags)
    with network.make_pair() as (web, service), network.make_pair() as (db, peer):
        sides = {WEB: web, DB: db}
        port = serve(STATE.format(web=WEB, db=DB, service=service.v4))
        rules = kubernetes_rules.write(pipeline.private_directory())
        prometheus = Prometheus(exporter.port, [rules], jobs=JOBS.format(port=port)).wait()
        for uid, remote in ((WEB, service), (DB, peer)):
            traffic.listen(remote, remote.v4)
            remote.drop(network.random_loss(5))
            # Two rounds, because increase() needs a sample between them.
            connector = traffic.Connector(cgroup2.Inside(sides[uid], pods[uid]), remote.v4,
                                          rounds=2, count=4, parallel=4, bytes=1_000_000)
            connector.wait_for_round(1)
            until("a sample of the first round", lambda uid=uid: prometheus.query(
                f'tcp_retransmissions_total{{pod_uid="{uid}",container_id="{CONTAINERS[uid]}"}}'))
            connector.next_round()
            connector.finish()
        check_counts(prometheus, sides)
        check_rates(prometheus, service.v4)


run_test(main)
