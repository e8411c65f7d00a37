# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes both programs do all their work under the confinement of apparmor.py or
selinux_domains.py."""
import combined
import examples
import loss
from lifetime import until
from machine import COLLECTOR, EXPORTER


def check_reload(machine):
    machine.systemctl("reload", EXPORTER)
    until("the line", lambda: "reloaded /etc/rexmit/web.yml" in machine.run(
        "journalctl", "--no-pager", "--unit", EXPORTER))


def check_work(check_confined):
    """Uses TLS, passwords, a state file, pins and no capability. Restarts and reloads the
    programs."""
    machine = combined.SecuredMachine()
    machine.configure()
    machine.namespace.run("ip", "address", "add", combined.ADDRESS, "dev", "lo")
    examples.use(machine, *combined.OF_ALL_USERS)
    until("an exporter with its collector", lambda: machine.try_scrape() and machine.connected())
    combined.check_refusals(machine)
    loss.check_exact(machine)
    check_reload(machine)
    check_confined()
    machine.systemctl("stop", COLLECTOR)
    examples.unpin(machine)
