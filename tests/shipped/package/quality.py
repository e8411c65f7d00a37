# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The package passes lintian, has hardened programs, and has the same bytes in every build."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from debian_root import suite
from lifetime import check, command, on_exit, run_test, skip
from machine import own_mount_namespace
from release import SOURCE, Release


def directory():
    path = tempfile.mkdtemp(prefix="rexmit-quality-")
    on_exit(shutil.rmtree, path, True)
    return path


def check_lintian(package):
    changes = re.sub(r"\.deb$", ".changes", package)
    done = subprocess.run(["lintian", "-EvI", "--pedantic", changes], capture_output=True,
                          text=True, check=False)
    found = [line for line in done.stdout.splitlines() if re.match("[EWIPX]: ", line)]
    print("\n".join(found), flush=True)
    check("P: rexmit source: no-homepage-field" in found, f"lintian did not run: {done.stderr}")
    check(not [line for line in found if line[0] in "EW"], "lintian has errors or warnings")


def check_hardening(package):
    tree = directory()
    command("dpkg-deb", "--extract", package, tree)
    modules = glob.glob(f"{tree}/usr/lib/*/rexmit/rexmit-web-config.so")
    check(len(modules) == 1, f"expected one module: {modules}")
    for program in (f"{tree}/usr/sbin/rexmit-collector", f"{tree}/usr/bin/rexmit-exporter",
                    *modules):
        # Debian's start files have no note of branch tracking, so the programs have none either.
        print(command("hardening-check", "--nocfprotection", program), flush=True)
        check(re.search(r"\bendbr64\b", command("objdump", "--disassemble", program))
              or os.uname().machine != "x86_64", f"{program} has no branch tracking at all")


def digests(path):
    found = {}
    for name in sorted(os.listdir(path)):
        if name.endswith((".deb", ".tar.xz", ".dsc")):
            with open(f"{path}/{name}", "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def unpacked():
    """Returns a tree as a release's tarball has it: without git, but with the commit's name."""
    tree = directory()
    command("sh", "-c", f"""cd {SOURCE} && git -c safe.directory={SOURCE} ls-files -z |
        tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory={tree} &&
        scripts/source-version --commit >{tree}/source-commit && mkdir {tree}/build-other &&
        touch {tree}/build-other/not-of-the-tree""")
    return tree


def check_version(package):
    """The programs report the commit from which they were built."""
    tree = directory()
    command("dpkg-deb", "--extract", package, tree)
    said = command(f"{tree}/usr/bin/rexmit-exporter", "--version").split()[1]
    wanted = command(f"{SOURCE}/scripts/source-version", said.split("+")[0]).strip()
    check(said == wanted and "+" in said, f"the package has version {said}, the tree {wanted}")


def check_reproducible(package):
    """Builds in another directory, with another hour, time zone, language and umask."""
    out, temporary = directory(), directory()
    surroundings = {**os.environ, "TMPDIR": temporary, "TZ": "Pacific/Kiritimati",
                    "LC_ALL": "C.UTF-8", "DEB_BUILD_OPTIONS": "parallel=1"}
    done = subprocess.run(
        ["sh", "-c", f"umask 0027; exec {unpacked()}/scripts/package --no-install {out}"],
        capture_output=True, text=True, check=False, env=surroundings)
    check(done.returncode == 0, f"the second build failed: {done.stderr}")
    first, second = digests(os.path.dirname(package)), digests(out)
    check(len(first) >= 4, f"there is less than two .deb and two tarballs: {first}")
    check(first == second, f"two builds differ: {first}, {second}")
    for name, value in first.items():
        print(f"{value[:16]} twice: {name}", flush=True)


def main():
    own_mount_namespace()
    for tool in ("lintian", "hardening-check", "objdump"):
        if not shutil.which(tool):
            skip(f"no {tool} command")
    package = Release(suite()).package()
    check_hardening(package)
    check_lintian(package)
    check_version(package)
    check_reproducible(package)


run_test(main)
