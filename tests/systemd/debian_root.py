# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Creates a Debian root once, and caches it. It has systemd and the libraries of both programs."""
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess

from lifetime import command, on_exit, skip

MIRROR = os.environ.get("REXMIT_DEBIAN_MIRROR", "http://deb.debian.org/debian")
BUILD = os.environ["REXMIT_BUILD"]
PROGRAMS = [f"{BUILD}/collector/rexmit-collector", f"{BUILD}/exporter/rexmit-exporter",
            f"{BUILD}/exporter/web_config/rexmit-web-config.so"]  # the module is optional (-Dtls)
# The tests create and inspect networks from outside, so the root needs no other packages.
PACKAGES = {"systemd", "systemd-sysv"}


def cache_directory():
    path = os.path.join(os.environ.get("XDG_CACHE_HOME", "/var/cache"), "rexmit")
    os.makedirs(path, exist_ok=True)
    return path


def owner(path):
    """Returns a file's package. If /lib is a link, dpkg may know the path without /usr."""
    for known in (path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "--search", known], capture_output=True, text=True,
                              check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return skip(f"no package has {path}, which a program needs")


def libraries():
    """Returns the packages of the libraries that the programs need."""
    paths = re.findall(r"(/\S+) \(0x", command("ldd", *filter(os.path.exists, PROGRAMS)))
    return {owner(os.path.realpath(path)) for path in paths}


def suite():
    """Returns this host's Debian suite, whose libraries have the versions of the build."""
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian" or not shutil.which("debootstrap"):
        skip("not a Debian with debootstrap, which makes the container's root")
    return release["VERSION_CODENAME"]


@contextlib.contextmanager
def locked(path):
    """Locks the cache. Tests run in parallel, and only one of them may create the root."""
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bootstrap(path, packages, codename, options):
    unfinished = path + ".new"
    shutil.rmtree(unfinished, ignore_errors=True)
    on_exit(shutil.rmtree, unfinished, True)
    print(f"making {path}, which takes a minute", flush=True)
    done = subprocess.run(
        ["debootstrap", *options, "--variant=minbase", f"--include={','.join(packages)}",
         codename, unfinished, MIRROR], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        skip(f"debootstrap from {MIRROR} failed: {done.stdout.splitlines()[-1:]}")
    os.rename(unfinished, path)


def root_of(codename, packages, *options):
    """Returns the cached root of a suite with these packages and their dependencies.

    `options` are options of debootstrap.
    """
    key = hashlib.sha256(" ".join([*options, *sorted(packages)]).encode()).hexdigest()[:8]
    path = f"{cache_directory()}/systemd-{codename}-{key}"
    with locked(path + ".lock"):
        if not os.path.exists(path):
            bootstrap(path, sorted(packages), codename, options)
    return path


def debian_root():
    """Returns the path of the root, which serves only as the lower layer of an overlay."""
    return root_of(suite(), PACKAGES | libraries())
