# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Links the SELinux module with Debian's reference policy, and searches the resulting policy.

The module uses attributes, to which the rules of other modules apply. So the test checks what the
whole policy allows both programs.
"""
import shutil
import tempfile

import debian_root
from lifetime import check, on_exit, run_test
from machine import own_mount_namespace
from release import TREE, Release, layer, run_in

PACKAGES = "make policycoreutils selinux-policy-default selinux-policy-dev setools"
BUILD = f"""set -e
cp -r {TREE}/packaging/selinux /module
cd /module
make -f /usr/share/selinux/devel/Makefile rexmit.pp
semodule --noreload --install rexmit.pp rexmit_port.cil
"""
# {arguments of sesearch: all rules that sesearch must find}
RULES = {
    "-s rexmit_exporter_t -p name_connect": [],
    "-s rexmit_exporter_t -p name_bind": ["allow rexmit_exporter_t rexmit_port_t:tcp_socket name_bind;"],
    "-s rexmit_exporter_t -c capability,capability2,bpf": [],
    "-s rexmit_collector_t -c capability2,bpf": [
        "allow rexmit_collector_t rexmit_collector_t:bpf "
        "{ map_create map_read map_write prog_load prog_run };",
        "allow rexmit_collector_t rexmit_collector_t:capability2 { bpf perfmon };"],
    "-s rexmit_collector_t -t rexmit_collector_t -c tcp_socket": [],
    "-s rexmit_collector_t -p execute_no_trans": [],
    "-s rexmit_collector_t -t rexmit_etc_t": [],
    "-s rexmit_collector_t -t rexmit_exporter_state_t": [],
}
LABELS = {"/usr/sbin/rexmit-collector": "rexmit_collector_exec_t",
          "/usr/bin/rexmit-exporter": "rexmit_exporter_exec_t",
          "/usr/local/libexec/rexmit/rexmit-exporter-tls": "rexmit_exporter_exec_t",
          "/run/rexmit/collector.sock": "rexmit_runtime_t",
          "/etc/rexmit/server.key": "rexmit_etc_t",
          "/var/lib/rexmit-exporter/state": "rexmit_exporter_state_t"}


def new_layer():
    path = tempfile.mkdtemp(prefix="selinux-", dir=debian_root.cache_directory())
    on_exit(shutil.rmtree, path, True)
    return path


def run(layers, script, upper):
    done = run_in(layers, upper, "sh", "-c", script)
    check(done.returncode == 0, f"{script}: {done.stdout}{done.stderr}")
    return done.stdout


def main():
    own_mount_namespace()
    layers = layer("selinux-bookworm", Release("bookworm").minimal(), "sh", "-c",
                   f"apt-get -qq update && apt-get -qq -y --no-install-recommends install {PACKAGES}"
                   " && apt-get clean")
    built = new_layer()
    run(layers, BUILD, built)

    def ask(command):
        return run([built, *layers], command, new_layer())
    for arguments, rules in RULES.items():
        found = ask(f"sesearch -A {arguments} /etc/selinux/default/policy/policy.*")
        check([line.strip() for line in found.splitlines() if line] == rules,
              f"sesearch {arguments}: {found}")
    found = ask("seinfo --portcon=2112 /etc/selinux/default/policy/policy.*")
    check("portcon tcp 2112 system_u:object_r:rexmit_port_t:s0" in found, f"the port: {found}")
    for path, kind in LABELS.items():
        found = ask("matchpathcon -m file -n -f "
                    f"/etc/selinux/default/contexts/files/file_contexts {path}")
        check(f":{kind}:" in found, f"{path}: {found}")
    print(f"{len(RULES)} searches, {len(LABELS)} labels", flush=True)


run_test(main)
