# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""All example drop-ins together have their effects, and all segments are counted.

Clients with the password receive the exposition over TLS, under the unit's filter.
"""
import os
import shutil
import tempfile

import examples
import loss
import processes
from certificates import Authority, need_openssl
from debian_root import PROGRAMS
from lifetime import check, command, on_exit, run_test, skip, until
from machine import COLLECTOR, EXPORTER, UNITS, Machine

ADDRESS = "192.0.2.1"  # the address in exporter-listen-address.conf
WEB = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.key
basic_auth_users:
  # The bcrypt hash of "secret"
  prometheus: $2b$10$oN40.OoIMtfVWg1DfZafWunIXbhsLbEhhWsyTD/E8wVAvRHrizTbG
"""
OF_ALL_USERS = ["collector-pin.conf", "collector-keep-no-capability.conf",
                "exporter-state-file.conf", "exporter-web-config.conf",
                "exporter-listen-address.conf"]
OF_ODD_HOSTS = ["collector-start-as-root.conf"]


class SecuredMachine(Machine):
    def configure(self):
        """Writes /etc/rexmit as the comment of the example explains."""
        directory = tempfile.mkdtemp(prefix="rexmit-combined-")
        on_exit(shutil.rmtree, directory, True)
        authority = Authority(directory, "ca")
        authority.issue("server", address=ADDRESS)
        self.authority = authority.pem
        with open(f"{directory}/web.yml", "w", encoding="utf-8") as file:
            file.write(WEB)
        self.run("mkdir", "/etc/rexmit")
        for name in ("web.yml", "server.pem", "server.key"):
            command("install", "-o", "0", "-g", str(self.user("rexmit-exporter")[1]), "-m", "0640",
                    f"{directory}/{name}", f"{self.root}/etc/rexmit/")

    def ask(self, *words, user="prometheus:secret"):
        return self.curl("--cacert", self.authority, "--user", user, *words,
                         f"https://{ADDRESS}:2112/metrics")

    def fetch(self, address=ADDRESS):
        return self.ask("--fail")


def check_refusals(machine):
    done = machine.ask("--write-out", "\n%{http_code}", user="prometheus:wrong")
    check(done.stdout.endswith("\n401"), "a wrong password was accepted")
    done = machine.curl(f"http://{ADDRESS}:2112/metrics")
    check("rexmit_" not in done.stdout, "metrics are served without TLS, too")
    check(machine.curl("http://127.0.0.1:2112/metrics").returncode == 7,
          "the default address is still served")
    refusals = {reason: machine.scrape().sum("rexmit_http_refusals_total", reason=reason)
                for reason in ("password", "plain_http")}
    check(all(refusals.values()), f"some refusals were not counted: {refusals}")


def check_goes_on(machine):
    """Counts continue after either program is killed."""
    loss.check_exact(machine)
    restarts = machine.scrape().sum("rexmit_collector_restarts_total")
    before = loss.account(machine)
    examples.kill(machine, COLLECTOR)
    examples.kill(machine, EXPORTER)
    check(machine.scrape().sum("rexmit_collector_restarts_total") == restarts,
          "the counts restarted")
    after = loss.account(machine)
    check(after.in_series >= before.in_series > 0,
          f"the counts were {before}, and after the kills {after}")
    loss.check_exact(machine)


def check_combined(machine, names, **sets):
    examples.use(machine, *names)
    until("an exporter with its collector", lambda: machine.try_scrape() and machine.connected())
    check_refusals(machine)
    check_goes_on(machine)
    processes.check_privileges(machine.process(COLLECTOR), machine.user("rexmit-collector"), **sets)
    # The keys and the process that checks passwords fit into the unit's limits.
    check(machine.show(EXPORTER, "NRestarts") == "1",
          "the exporter ended more often than it was killed")
    machine.systemctl("stop", *UNITS)
    examples.unpin(machine)


def main():
    need_openssl()
    if not os.path.exists(PROGRAMS[-1]):
        skip("built without TLS and passwords")
    machine = SecuredMachine()
    machine.enable(*UNITS)
    machine.boot()
    machine.namespace.run("ip", "address", "add", ADDRESS, "dev", "lo")
    machine.configure()
    examples.mount_bpffs(machine)
    check_combined(machine, OF_ALL_USERS, CapBnd=processes.BPF_AND_PERFMON)
    check_combined(machine, OF_ALL_USERS + OF_ODD_HOSTS)


if __name__ == "__main__":
    run_test(main)
