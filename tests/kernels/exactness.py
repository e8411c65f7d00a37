# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What the exporter's page says of a namespace, beside what the kernel itself counted in it."""
from lifetime import check
from page import Page
from workloads import WORKLOADS

METRIC, RESETS = "tcp_retransmissions_total", "tcp_resets_total"
MISSED = "rexmit_missed_invocations_total"
SEGMENTS_A_FIRING = 45  # 64 KiB
SIDES = ("client", "server")
# The kernel's own counts that must equal the sum of these causes.
EXACT = {
    "TcpExt.TCPFastRetrans": ("fast",),
    "TcpExt.TCPSlowStartRetrans": ("slow_start",),
    "TcpExt.TCPSynRetrans": ("syn", "synack"),
}
# Those that are shown beside them only: a last timeout gives up instead of sending again, a SYN-ACK
# has timeouts, too, and a probe may be new data.
SHOWN = {"TcpExt.TCPTimeouts": ("timeout", "syn"), "TcpExt.TCPLossProbes": ("probe",)}
HEADER = (f"{'workload':10} {'side':6} {'RetransSegs':>11} {'counted':>8} {'fast':>13} "
          f"{'slow_start':>13} {'syn+synack':>13} {'timeout+syn':>13} {'probe':>13} {'unknown':>7}")


class Skipped:
    """What the kernel says that it showed to no program, which is hardly anything (ARCHITECTURE.md:
    "Firings that a program is skipped for"): the most that may differ for that."""

    def __init__(self, page):
        self._calls = {name: int(calls) for name, calls in page.sum_by("program", MISSED).items()}
        # Either handler will do.
        self.segments = SEGMENTS_A_FIRING * min(
            self._calls[name] for name in ("tcp_retransmit_skb", "tcp_retransmit_skb_again"))
        self.synacks = self._calls["tcp_retransmit_synack"]
        self.resets = {"sent": self._calls["tcp_send_reset"],
                       "received": self._calls["tcp_receive_reset"]}

    def text(self):
        return f"{MISSED} " + ", ".join(f"{name} {calls}" for name, calls in self._calls.items())


class Row:
    """One namespace of one workload."""

    def __init__(self, report, page, workload, side, skipped):
        self.workload, self.side, self._skipped = workload, side, skipped
        self._kernel = kernel_counters(report, f"{workload}/{side}")
        counted = page.sum_by("cause", METRIC, netns=report[f"{workload}/{side}/inode"].text)
        self._causes = {cause: int(segments) for cause, segments in counted.items()}
        self._resets = page.sum_by("direction", RESETS, netns=report[f"{workload}/{side}/inode"].text)

    @property
    def unknown(self):
        return self._counted(["unknown"])

    def _counted(self, causes):
        return sum(self._causes.get(cause, 0) for cause in causes)

    def text(self):
        pairs = [f"{self._counted(causes)}/{self._kernel[name]}"
                 for name, causes in (EXACT | SHOWN).items()]
        return (f"{self.workload:10} {self.side:6} {self._kernel['Tcp.RetransSegs']:11} "
                f"{self._counted(self._causes):8} " + " ".join(f"{pair:>13}" for pair in pairs)
                + f" {self.unknown:7}")

    def faults(self):
        """What differs, and each cause without which the workload tested nothing."""
        for name, causes in ({"Tcp.RetransSegs": tuple(self._causes)} | EXACT).items():
            least = self._counted(causes)
            most = least + self._skipped.synacks + (self.unknown if name in EXACT else 0)
            if not least <= self._kernel[name] <= most:
                yield f"{name} {self._kernel[name]}, counted {least}"
        for cause in WORKLOADS[self.workload].causes.get(self.side, []):
            if not self._counted([cause]):
                yield f"the workload made no {cause}"
        yield from self._faults_of_resets()

    def _faults_of_resets(self):
        """Those without a connection are in OutRsts alone: a segment on its way to the one that was
        reset is answered by another one."""
        if self._resets.get("sent", 0) > self.resets_sent:
            yield f"OutRsts {self.resets_sent}, counted {self._resets}"
        made = {"client": "sent", "server": "received"}[self.side]
        resets = WORKLOADS[self.workload].resets
        counted = self._resets.get(made, 0)
        if resets and (set(self._resets) != {made}
                       or not counted <= resets <= counted + self._skipped.resets[made]):
            yield f"{resets} resets {made}, counted {self._resets}"

    @property
    def resets_sent(self):
        return self._kernel["Tcp.OutRsts"]


def kernel_counters(report, name):
    """Every value of /proc/net/snmp and netstat by name, such as "Tcp.RetransSegs"."""
    values = {}
    for part in ("snmp", "netstat"):
        lines = report[f"{name}/{part}"].lines
        for names, numbers in zip(lines[::2], lines[1::2]):
            group, names = names.split(": ")
            for key, number in zip(names.split(), numbers.split()[1:]):
                values[f"{group}.{key}"] = int(number)
    return values


def faults_of_all_resets(report, page, sent, skipped):
    """From 6.10 on each reset is shown to programs; before, those of full sockets."""
    counted = page.sum("rexmit_resets_total", direction="sent", scope="other")
    print(f"OutRsts {sent}, counted {counted:.0f}, without a connection "
          f"{page.sum('rexmit_resets_without_connection_total'):.0f}")
    release = tuple(map(int, report["uname"].text.split(".")[:2]))
    if counted > sent or (release >= (6, 10) and counted + skipped.resets["sent"] < sent):
        yield f"OutRsts {sent}, counted {counted:.0f}"


def check_exact(report):
    """Prints a row for each namespace, the first figure of a pair being rexmit's."""
    page = Page(report["page"].text)
    faults, skipped, resets_sent, unknown = [], Skipped(page), 0, 0
    print(HEADER)
    for name in WORKLOADS:
        traffic = report[f"{name}/traffic"]
        check(traffic.lines[-1] == "status 0", f"{name}: the traffic failed: {traffic.text}")
        for side in SIDES:
            row = Row(report, page, name, side, skipped)
            print(row.text())
            faults += [f"{name} {side}: {fault}" for fault in row.faults()]
            resets_sent += row.resets_sent
            unknown += row.unknown
    faults += faults_of_all_resets(report, page, resets_sent, skipped)
    print(skipped.text())
    if unknown > skipped.segments:
        faults.append(f"unknown {unknown}, of skipped firings {skipped.segments} at most")
    for name in ("rexmit_retransmit_failures_total", "rexmit_deferred_segments",
                 "rexmit_unattributed_segments_total"):
        print(f"{name} {page.sum(name):.0f}")
    check(not faults, "; ".join(faults))
