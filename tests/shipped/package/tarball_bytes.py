# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Two builds of the tarball have the same bytes. The bill of materials has all linked libraries.

The second build has another directory (with spaces), user, day, time zone, language and umask.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

from debian_root import suite
from lifetime import check, command, on_exit, run_test, skip
from release import SOURCE, tarball

# The libraries that each program must link, with Debian's package names.
LINKED = {
    "rexmit-collector": {"libbpf-dev", "libelf-dev", "libcap-dev", "libseccomp-dev", "libc6-dev"},
    "rexmit-exporter": {"libevent-dev", "zlib1g-dev", "libseccomp-dev", "libc6-dev"},
    "rexmit-exporter-tls": {"libevent-dev", "libssl-dev", "libyaml-dev", "libcrypt-dev", "libc6-dev"},
}
WITHOUT_TLS = {"libssl-dev", "libyaml-dev", "libcrypt-dev"}


def build_again():
    """Builds as the user nobody, from a copy without git, forty days later."""
    place = tempfile.mkdtemp(prefix="rexmit-again-elsewhere-", dir="/var/tmp")
    on_exit(shutil.rmtree, place, True)
    command("sh", "-c", f"""cd {SOURCE} && mkdir {place}/tree "{place}/t m p" && bash -c '
        . scripts/source-tree.bash && copy_tree {place}/tree' && chown -R nobody {place}""")
    surroundings = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": place, "TMPDIR": f"{place}/t m p",
                    "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "DONT_FAKE_MONOTONIC": "1",
                    "NO_FAKE_STAT": "1"}
    done = subprocess.run(
        ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--", "faketime",
         "-f", "+40d", "sh", "-c", f"umask 0027; exec {place}/tree/scripts/tarball --no-install "
         f"{place}/out"], capture_output=True, text=True, check=False, env=surroundings, cwd="/")
    check(done.returncode == 0, f"the second build failed: {done.stdout}{done.stderr}")
    return f"{place}/out"


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def check_same(first):
    again = build_again()
    name = os.path.basename(first)
    for file in (name, name.replace(".tar.gz", ".spdx.json")):
        one, other = digest(f"{os.path.dirname(first)}/{file}"), digest(f"{again}/{file}")
        check(one == other, f"{file} differs: {one}, {other}")
        print(f"{one[:16]} twice: {file}", flush=True)


def check_bill(path):
    with open(path.replace(".tar.gz", ".spdx.json"), encoding="utf-8") as file:
        bill = json.load(file)
    names = {entry["SPDXID"]: entry.get("name") or entry["fileName"].removeprefix("./")
             for entry in bill["packages"] + bill["files"]}
    linked = {}
    for entry in bill["relationships"]:
        if entry["relationshipType"] == "STATIC_LINK":
            linked.setdefault(names[entry["spdxElementId"]], set()).add(
                names[entry["relatedSpdxElement"]])
    check(linked.keys() == LINKED.keys(), f"programs: {linked.keys()}")
    for program, needed in LINKED.items():
        check(needed <= linked[program], f"{program} links only {linked[program]}")
    check(not WITHOUT_TLS & linked["rexmit-exporter"],
          "the exporter without TLS links TLS libraries")
    with tarfile.open(path) as archive:
        shipped = {os.path.basename(member.name): hashlib.sha256(archive.extractfile(member).read())
                   .hexdigest() for member in archive.getmembers()
                   if member.isfile() and re.search("bin/|libexec/", member.name)}
    for entry in bill["files"]:
        sums = {sum_["algorithm"]: sum_["checksumValue"] for sum_ in entry["checksums"]}
        check(sums["SHA256"] == shipped[names[entry["SPDXID"]]],
              f"{entry['fileName']} has another checksum")
    print({program: sorted(found) for program, found in linked.items()}, flush=True)


def main():
    suite()
    if os.geteuid() != 0:
        skip("not root")
    if not shutil.which("faketime"):
        skip("no faketime command")
    path = tarball()
    check_bill(path)
    check_same(path)


run_test(main)
