# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Each installed example drop-in has its documented effect, and all segments are counted."""
import os
import re

import loss
import processes
from examples import add, kill, mount_bpffs, unpin, use
from lifetime import check, run_test, until
from machine import COLLECTOR, EXPORTER, UNITS, Machine


def check_collector(machine, name, **sets):
    use(machine, name)
    user = machine.user("rexmit-collector")
    processes.check_privileges(machine.process(COLLECTOR), user, **sets)
    machine.wait_until_connected()
    loss.check_exact(machine)


def check_address(machine):
    text = use(machine, "exporter-listen-address.conf")
    address = re.search(r"^ListenStream=(\S+)$", text, re.M).group(1)
    machine.namespace.run("ip", "address", "add", address.split(":")[0], "dev", "lo")
    # The service requires the socket, so it restarts with the socket.
    machine.wait_until_connected(address)
    check(machine.try_scrape() is None, "the default address is still served")
    # An address of the same file, as its comment says.
    machine.add_drop_in("rexmit-exporter.socket", "listen-address",
                        re.sub(r"^ListenStream=\S+$", "ListenStream=/run/rexmit-web.sock", text, flags=re.M))
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", "rexmit-exporter.socket")
    mode = os.stat(machine.path("/run/rexmit-web.sock")).st_mode
    check(mode & 0o777 == 0o660, f"the mode of a Unix socket is {mode:o}: users outside its group can connect")


def check_state_file(machine):
    """The counts survive a kill."""
    use(machine, "exporter-state-file.conf")
    machine.wait_until_connected()
    loss.check_exact(machine)
    before = loss.account(machine)
    kill(machine, EXPORTER)
    after = loss.account(machine)
    check(after.in_series >= before.in_series > 0,
          f"the counts were {before}, and after a kill {after}")
    status = os.stat(machine.path("/var/lib/rexmit-exporter/state"))
    check(status.st_mode == 0o100600 and status.st_uid == machine.user("rexmit-exporter")[0],
          f"mode {status.st_mode:o}, user {status.st_uid}")
    loss.check_exact(machine)


def check_events(machine):
    """Only root can read the lines, because they contain addresses."""
    machine.run("sh", "-c", "echo 'ARGS=--print-events' >/etc/default/rexmit-exporter")
    use(machine, "exporter-print-events.conf")
    machine.wait_until_connected()
    loss.check_exact(machine)
    path = machine.path("/var/log/rexmit-exporter.events")
    until("a line in the file", lambda: os.path.getsize(path))
    status = os.stat(path)
    check((status.st_uid, status.st_mode) == (0, 0o100600),
          f"user {status.st_uid}, mode {status.st_mode:o}")
    machine.run("rm", "/etc/default/rexmit-exporter")


def check_pin_refuses_link(machine):
    """If all users may write to bpffs, a user can put a link there. The link's target must stay
    root's.
    """
    machine.run("sh", "-c", "mkdir /etc/victim && ln -s /etc/victim /sys/fs/bpf/rexmit && "
                "chown -h nobody /sys/fs/bpf/rexmit")
    add(machine, "collector-pin.conf")
    machine.systemctl("daemon-reload")
    done = machine.try_run("systemctl", "restart", COLLECTOR)
    status = os.stat(machine.path("/etc/victim"))
    check((status.st_uid, status.st_mode) == (0, 0o40755),
          f"root's directory now belongs to user {status.st_uid}, mode {status.st_mode:o}")
    check(done.returncode != 0, "the collector pinned in the target of a link")
    machine.systemctl("stop", COLLECTOR)
    machine.run("rm", "/sys/fs/bpf/rexmit")


def check_pin(machine):
    """The next collector continues with the pins of a killed collector."""
    mount_bpffs(machine)
    check_pin_refuses_link(machine)
    use(machine, "collector-pin.conf")
    machine.wait_until_connected()
    restarts = machine.scrape().sum("rexmit_collector_restarts_total")
    kill(machine, COLLECTOR)
    check(machine.scrape().sum("rexmit_collector_restarts_total") == restarts,
          "the counts restarted")
    processes.check_privileges(machine.process(COLLECTOR), machine.user("rexmit-collector"),
                               CapPrm=processes.BPF_AND_PERFMON, CapEff=processes.BPF_AND_PERFMON,
                               CapBnd=processes.BPF_AND_PERFMON)
    loss.check_exact(machine)
    machine.systemctl("stop", COLLECTOR)
    unpin(machine)
    machine.systemctl("start", COLLECTOR)


def check_filters_suffice(machine):
    """Makes the units' filters kill, which shows that no program makes an unlisted call.

    By default the filters only refuse such a call.
    """
    for unit in UNITS:
        machine.add_drop_in(unit, "kill", "[Service]\nSystemCallErrorNumber=kill\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", *UNITS)
    machine.wait_until_connected()
    loss.check_exact(machine)
    for unit in UNITS:
        check(machine.show(unit, "NRestarts") == "0", f"{unit} was killed")


def main():
    machine = Machine()
    machine.enable(*UNITS)
    machine.boot()
    kept = {"CapPrm": processes.BPF_AND_PERFMON, "CapEff": processes.BPF_AND_PERFMON}
    check_collector(machine, "collector-start-as-root.conf", **kept)
    check_collector(machine, "collector-keep-no-capability.conf",
                    CapBnd=processes.BPF_AND_PERFMON)
    check_state_file(machine)
    check_events(machine)
    check_pin(machine)
    check_filters_suffice(machine)
    check_address(machine)


run_test(main)
