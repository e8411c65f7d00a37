# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Compares the exporter's counts of a namespace with the kernel's own counters."""
from lifetime import check
from exposition import Exposition
from witness import SEGMENTS_MAX
from workloads import WORKLOADS

UNNAMED_MOST = 0.01  # share of all segments; docs/runbook.md
METRIC, RESETS = "tcp_retransmissions_total", "tcp_resets_total"
MISSED = "rexmit_missed_invocations_total"
SIDES = ("client", "server")
# {kernel counter: causes whose sum equals it, if no segment has the cause unknown}
EXACT = {
    "TcpExt.TCPFastRetrans": ("fast",),
    "TcpExt.TCPSlowStartRetrans": ("slow_start",),
    "TcpExt.TCPSynRetrans": ("syn", "synack"),
}
# Printed only for comparison. The last timeout retransmits nothing, SYN-ACKs have timeouts, too,
# and a probe may be new data.
SHOWN = {"TcpExt.TCPTimeouts": ("timeout", "syn"), "TcpExt.TCPLossProbes": ("probe",)}
HEADER = (f"{'workload':10} {'side':6} {'RetransSegs':>11} {'counted':>8} {'fast':>13} "
          f"{'slow_start':>13} {'syn+synack':>13} {'timeout+syn':>13} {'probe':>13} {'unknown':>7}")


class Allowance:
    """How many segments and resets may be missing. Before Linux 7.0 none may.

    Since Linux 7.0 a task may be preempted within a program. The kernel then skips other calls
    (docs/exactness.md), and as many segments may be missing as rexmit reports.
    """

    def __init__(self, exposition, release):
        missed = {name: int(calls) for name, calls in exposition.sum_by("program", MISSED).items()}
        self.text = f"{MISSED} " + ", ".join(f"{name} {calls}" for name, calls in missed.items())
        if release < (7, 0):
            missed = dict.fromkeys(missed, 0)
        # A hit has two handlers, and a connection's end has two. One of each pair suffices.
        firings = min(missed["tcp_retransmit_skb"], missed["tcp_retransmit_skb_again"])
        ends = min(missed["inet_sock_set_state"], missed["tcp_destroy_sock"])
        self.segments = firings * SEGMENTS_MAX + missed["tcp_retransmit_synack"]
        self.resets = {"sent": missed["tcp_send_reset"] + ends,
                       "received": missed["tcp_receive_reset"] + ends}


class Row:
    """A row of the table: one namespace of one workload."""

    def __init__(self, report, exposition, workload, side, allowance):
        self.workload, self.side, self._allowance = workload, side, allowance
        self._kernel = kernel_counters(report, f"{workload}/{side}")
        counted = exposition.sum_by("cause", METRIC, netns=report[f"{workload}/{side}/inode"].text)
        self._causes = {cause: int(segments) for cause, segments in counted.items()}
        self._resets = exposition.sum_by("direction", RESETS,
                                         netns=report[f"{workload}/{side}/inode"].text)

    @property
    def retransmitted(self):
        return self._kernel["Tcp.RetransSegs"]

    @property
    def unknown(self):
        return self._counted(["unknown"])

    @property
    def missing(self):
        return self.retransmitted - self._counted(self._causes)

    def _counted(self, causes):
        return sum(self._causes.get(cause, 0) for cause in causes)

    def text(self):
        pairs = [f"{self._counted(causes)}/{self._kernel[name]}"
                 for name, causes in (EXACT | SHOWN).items()]
        return (f"{self.workload:10} {self.side:6} {self.retransmitted:11} "
                f"{self._counted(self._causes):8} " + " ".join(f"{pair:>13}" for pair in pairs)
                + f" {self.unknown:7}")

    def faults(self):
        """Yields differences from the kernel, and required causes that did not occur."""
        if self.missing < 0:
            yield f"{-self.missing} more than Tcp.RetransSegs, {self.retransmitted}"
        for name, causes in EXACT.items():
            unnamed = self._kernel[name] - self._counted(causes)
            if not 0 <= unnamed <= self.unknown + max(self.missing, 0):
                yield f"{name} {self._kernel[name]}, counted {self._counted(causes)}"
        for cause in WORKLOADS[self.workload].causes.get(self.side, []):
            if not self._counted([cause]):
                yield f"the workload made no {cause}"
        yield from self._faults_of_resets()

    def _faults_of_resets(self):
        """Compares resets. Only OutRsts includes resets without a connection.

        Each segment that arrives after a reset causes another reset.
        """
        if self._resets.get("sent", 0) > self.resets_sent:
            yield f"OutRsts {self.resets_sent}, counted {self._resets}"
        made = {"client": "sent", "server": "received"}[self.side]
        resets = WORKLOADS[self.workload].resets
        counted = self._resets.get(made, 0)
        if resets and (set(self._resets) != {made}
                       or not counted <= resets <= counted + self._allowance.resets[made]):
            yield f"{resets} resets {made}, counted {self._resets}"

    @property
    def resets_sent(self):
        return self._kernel["Tcp.OutRsts"]


def kernel_counters(report, name):
    """Returns all values of /proc/net/snmp and netstat by name, such as "Tcp.RetransSegs"."""
    values = {}
    for part in ("snmp", "netstat"):
        lines = report[f"{name}/{part}"].lines
        for names, numbers in zip(lines[::2], lines[1::2]):
            group, names = names.split(": ")
            for key, number in zip(names.split(), numbers.split()[1:]):
                values[f"{group}.{key}"] = int(number)
    return values


def faults_of_all_segments(rows, allowance):
    """Allows as many missing segments as the workload has missed calls."""
    unnamed = sum(row.unknown + row.missing for row in rows)
    most = min(allowance.segments, UNNAMED_MOST * sum(row.retransmitted for row in rows))
    if unnamed > most:
        yield f"{unnamed} segments missing or unknown, {most:.0f} at most"


def faults_of_all_resets(exposition, sent, release, allowance):
    """Since Linux 6.10 programs see each reset. Before, they see only those of full sockets."""
    counted = exposition.sum("rexmit_resets_total", direction="sent", scope="other")
    print(f"OutRsts {sent}, counted {counted:.0f}, without a connection "
          f"{exposition.sum('rexmit_resets_without_connection_total'):.0f}")
    if counted > sent or (release >= (6, 10) and counted + allowance.resets["sent"] < sent):
        yield f"OutRsts {sent}, counted {counted:.0f}"


def check_exact(report):
    """Prints a row for each namespace. In each pair, rexmit's number is the first."""
    exposition = Exposition(report["exposition"].text)
    release = tuple(map(int, report["uname"].text.split(".")[:2]))
    allowance, rows, faults = Allowance(exposition, release), [], []
    print(HEADER)
    for name in WORKLOADS:
        traffic = report[f"{name}/traffic"]
        check(traffic.lines[-1] == "status 0", f"{name}: the traffic failed: {traffic.text}")
        for side in SIDES:
            rows.append(Row(report, exposition, name, side, allowance))
            print(rows[-1].text())
            faults += [f"{name} {side}: {fault}" for fault in rows[-1].faults()]
    faults += faults_of_all_segments(rows, allowance)
    faults += faults_of_all_resets(exposition, sum(row.resets_sent for row in rows), release, allowance)
    print(allowance.text)
    for name in ("rexmit_retransmit_failures_total", "rexmit_deferred_segments",
                 "rexmit_unattributed_segments_total"):
        print(f"{name} {exposition.sum(name):.0f}")
    check(not faults, "; ".join(faults))
