# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The scripts of the tarball refuse arguments that would damage an installation or this host.

uninstall removes what a failed installation leaves. The test installs a few small files, and needs
no root.
"""
import os
import shutil
import subprocess
import tempfile

from lifetime import check, on_exit, run_test

SCRIPTS = os.path.join(os.environ["REXMIT_SOURCE"], "packaging/tarball")
REFUSED = ["", "/", "relative", "/opt/my dir", "/opt/a&b", "/opt/a|b", "/opt/%n", "/opt/$x", "/opt/a\nb",
           "/usr/local//", "//usr/local", "/usr/./local", "/usr/local/.", "/opt/../usr/local"]
ACCEPTED = ["/usr/local", "/usr/local/", "/usr", "/opt/rexmit-1.0_a+b"]


def make_tree(directory):
    for name in ("install", "uninstall"):
        shutil.copy(f"{SCRIPTS}/{name}", directory)
    for name, text in (("bin/a", "a"), ("lib/systemd/system/b.service", "ExecStart=/usr/local/bin/a\n"),
                       ("share/large", "x" * 100000)):
        path = f"{directory}/files/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


def files(root):
    return {os.path.join(place, name)[len(root):] for place, _, names in os.walk(root) for name in names}


def run(directory, script, *words, limit=None):
    shell = f"ulimit -f {limit or 'unlimited'}; exec \"$@\""
    return subprocess.run(["sh", "-c", shell, "sh", "sh", f"{directory}/{script}", *words],
                          capture_output=True, text=True, check=False)


def refusals(directory, root):
    run(directory, "install", "--root", root)
    before = files(root)
    check("/usr/local/bin/a" in before, f"installed: {before}")
    for prefix in REFUSED:
        done = run(directory, "install", "--root", root, "--prefix", prefix)
        check(done.returncode == 2 and "--prefix must" in done.stderr, f"--prefix {prefix!r}: {done}")
        check(files(root) == before, f"--prefix {prefix!r} changed the root: {files(root) ^ before}")
    # Accepted, these would install on this host.
    for script in ("install", "uninstall"):
        for value in ("", "/", "//", "/.", "/tmp/.."):
            done = run(directory, script, "--root", value, "--prefix", f"{directory}/nowhere", "--help")
            check(done.returncode == 2 and "--root must" in done.stderr, f"{script} --root {value!r}: {done}")
    run(directory, "uninstall", "--root", root)
    check(not files(root), f"left: {files(root)}")


def accepted(directory, root):
    for prefix in ACCEPTED:
        done = run(directory, "install", "--root", root, "--prefix", prefix)
        check(done.returncode == 0, f"--prefix {prefix}: {done}")
        done = run(directory, "uninstall", "--root", root, "--prefix", prefix)
        check(done.returncode == 0 and not os.listdir(root), f"--prefix {prefix} leaves {files(root)}")


def failed(directory, root):
    """The last file exceeds the limit for files, so its write fails, as on a full disk."""
    done = run(directory, "install", "--root", root, limit=8)
    check(done.returncode != 0 and files(root), f"the installation did not fail: {done}")
    run(directory, "uninstall", "--root", root)
    check(not os.listdir(root), f"a failed installation leaves {files(root)}")


def main():
    directory = tempfile.mkdtemp(prefix="rexmit-arguments-")
    on_exit(shutil.rmtree, directory, True)
    make_tree(directory)
    root = f"{directory}/root"
    os.mkdir(root)
    refusals(directory, root)
    accepted(directory, root)
    failed(directory, root)


run_test(main)
