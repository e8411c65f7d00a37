# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Tests the tarball in a root with only busybox: no library, no systemd, no init.

Both programs start in that root, and count every retransmitted segment of a namespace.
"""
import os
import shutil
import subprocess
import tempfile

import exposition
import network
import workloads
from installed import files
from lifetime import Failure, check, command, on_exit, run_test, skip, stop, until
from machine import own_mount_namespace
from release import tarball

BUSYBOX = "/bin/busybox"
PORT = 2113


def make_root():
    """Makes a root like an initramfs, whose commands are links to busybox."""
    if not os.path.exists(BUSYBOX) or "INTERP" in command("readelf", "-lW", BUSYBOX):
        skip("no busybox that is linked statically")
    root = tempfile.mkdtemp(prefix="rexmit-busybox-")
    on_exit(shutil.rmtree, root, True)
    os.chmod(root, 0o755)
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr"):
        os.mkdir(f"{root}/{name}")
    shutil.copy(BUSYBOX, f"{root}/bin")
    command("chroot", root, "/bin/busybox", "--install", "-s", "/bin")
    for name in ("passwd", "group"):
        with open(f"{root}/etc/{name}", "w", encoding="ascii") as file:
            file.write("root:x:0:0::/:/bin/sh\n" if name == "passwd" else "root:x:0:\nrexmit-exporter:x:77:")
    for place in ("dev", "proc", "sys"):
        command("mount", "--rbind", f"/{place}", f"{root}/{place}")
        on_exit(command, "umount", "--lazy", f"{root}/{place}")
    return root


class Root:
    def __init__(self, path):
        self.path = path

    def _words(self, words, user="root"):
        return ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/bin", shutil.which("chroot"),
                f"--userspec={self.identity(user)}", self.path, *words]

    def identity(self, user):
        """Returns uid:gid. The root's users have no names on the host."""
        with open(f"{self.path}/etc/passwd", encoding="ascii") as file:
            fields = next(line.split(":") for line in file if line.startswith(f"{user}:"))
        return ":".join(fields[2:4])

    def run(self, *words):
        said = command(*self._words(words))
        print(said, flush=True)
        return said

    def start(self, user, *words):
        process = subprocess.Popen(self._words(words, user))
        on_exit(stop, process)
        return process


def check_exact(client, server):
    total = workloads.lose_some(client, server)
    until(f"{total} segments of namespace {client.inode}", lambda: total == exposition.scrape(PORT)
          .sum("tcp_retransmissions_total", netns=client.inode), 30)
    print(f"exact: {total} segments", flush=True)


def main():
    own_mount_namespace()
    path = make_root()
    root, before = Root(path), files(path)
    command("tar", "--extract", "--gzip", f"--file={tarball()}", "--strip-components=1",
            f"--directory={path}/tmp")
    said = root.run("/tmp/install")
    check("created the user rexmit-exporter" in said and "no systemd" in said,
          "the output is wrong")
    check(root.identity("rexmit-exporter").endswith(":77"), "the existing group is not the user's")
    check("0 files written" in root.run("/tmp/install"), "the second installation wrote files")
    collector = root.start("root", "rexmit-collector", "--user", "rexmit-collector",
                           "--allow-user", "rexmit-exporter")
    exporter = root.start("rexmit-exporter", "rexmit-exporter", "--group-by", "netns,cause",
                          "--web.listen-address", f"127.0.0.1:{PORT}")
    until("rexmit_collector_up 1", lambda: collector.poll() is None and exporter.poll() is None
          and is_up())
    with network.make_pair() as (client, server):
        check_exact(client, server)
    check((stop(exporter), stop(collector)) == (0, 0), "a program ended with an error")
    os.makedirs(f"{path}/run/rexmit", exist_ok=True)
    os.makedirs(f"{path}/run/systemd/system/rexmit-exporter.service.d")
    root.run("/usr/local/libexec/rexmit/uninstall")
    for kept in ("rexmit", "systemd/system/rexmit-exporter.service.d"):
        check(os.path.exists(f"{path}/run/{kept}"), f"the removal in a chroot removes /run/{kept}, which may be the host's")
    left = files(path) - before
    check(not left, f"the removal leaves {sorted(left)}")


def is_up():
    try:
        return exposition.scrape(PORT).sum("rexmit_collector_up") == 1
    except Failure:
        return False  # the exporter does not listen yet


run_test(main)
