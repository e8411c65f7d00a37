# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Builds the package for a release of Debian once, and makes roots of that release.

A root is a stack of layers: the directory of debootstrap, and the changes that commands made in a
root. All layers are in the cache of tests/systemd.
"""
import contextlib
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

import debian_root
from lifetime import command, on_exit, skip

SOURCE = os.environ["REXMIT_SOURCE"]
PACKAGES = f"{os.environ['REXMIT_BUILD']}/packages"  # a directory for each release and tree
TREE = "/tree"


def digest(*words):
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def tree_digest():
    """Digests the present state of all files that git knows. Each state needs one build."""
    names = command("git", "-c", f"safe.directory={SOURCE}", "-C", SOURCE, "ls-files").splitlines()
    total = hashlib.sha256()
    for name in filter(os.path.isfile, (f"{SOURCE}/{name}" for name in names)):
        with open(name, "rb") as file:
            total.update(name.encode() + file.read())
    return total.hexdigest()[:12]


@contextlib.contextmanager
def mounted(lower, upper):
    """Mounts a root for the `with` block. It has the tree, read-only. Changes go to `upper`."""
    with tempfile.TemporaryDirectory(prefix="rexmit-layer-", dir=os.path.dirname(upper)) as work:
        root = f"{work}/root"
        for path in (root, f"{work}/work"):
            os.mkdir(path)
        command("mount", "-t", "overlay", "overlay", "-o",
                f"lowerdir={':'.join(lower)},upperdir={upper},workdir={work}/work", root)
        try:
            os.makedirs(root + TREE, exist_ok=True)
            command("mount", "--bind", "-o", "ro", SOURCE, root + TREE)
            command("mount", "-t", "proc", "proc", f"{root}/proc")
            shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
            yield root
        finally:
            command("umount", "--recursive", root)


def run_in(lower, upper, *words):
    with mounted(lower, upper) as root:
        return subprocess.run(["chroot", root, *words], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, cwd="/",
                              env={**os.environ, "LC_ALL": "C",
                                   "DEBIAN_FRONTEND": "noninteractive"})


def layer(name, lower, *words):
    """Runs the command above the layers `lower`, and caches its changes. Returns [new layer,
    *lower].
    """
    path = f"{debian_root.cache_directory()}/{name}-{digest(*lower, *words)}"
    with debian_root.locked(path + ".lock"):
        if not os.path.exists(path):
            upper = tempfile.mkdtemp(prefix=f"{name}-new-", dir=os.path.dirname(path))
            on_exit(shutil.rmtree, upper, True)
            print(f"making {path}, which takes a minute", flush=True)
            done = run_in(lower, upper, *words)
            if done.returncode != 0:
                skip(f"cannot install in a root of {name}: {done.stderr[-500:]}")
            os.rename(upper, path)
    return [path, *lower]


def kept(name, build):
    """Returns a directory that build(directory) has filled. Each state of this tree is built once.

    build returns the finished process of a script.
    """
    path = f"{PACKAGES}/{name}-{tree_digest()}"
    os.makedirs(PACKAGES, exist_ok=True)
    with debian_root.locked(f"{PACKAGES}/{name}.lock"):
        if not os.path.exists(path):
            new = tempfile.mkdtemp(dir=PACKAGES)
            on_exit(shutil.rmtree, new, True)
            done = build(new)
            if done.returncode != 0:
                raise SystemExit(f"the build of {name} failed: {done.stdout}{done.stderr}")
            for old in glob.glob(f"{PACKAGES}/{name}-*"):
                shutil.rmtree(old)
            os.rename(new, path)
    return path


def tarball():
    """Returns the path of this tree's tarball for this machine's architecture."""
    path = kept("tarball", lambda directory: subprocess.run(
        [f"{SOURCE}/scripts/tarball", "--no-install", directory], capture_output=True, text=True,
        check=False))
    return glob.glob(f"{path}/rexmit-*-linux-*.tar.gz")[0]


class Release:
    def __init__(self, codename):
        self.codename = codename
        self.is_host = debian_root.suite() == codename

    def minimal(self):
        return [debian_root.root_of(self.codename, debian_root.PACKAGES)]

    def tools(self):
        """Returns the layers of a root that has the package's build dependencies."""
        with open(f"{SOURCE}/packaging/debian/control", encoding="utf-8") as file:
            wanted = re.search(r"^Build-Depends:\n((?: .*\n)+)", file.read(), re.M).group(1)
        return layer(f"build-{self.codename}", self.minimal(), "sh", "-c", f"""
            : {' '.join(wanted.split())!r}
            {TREE}/scripts/package /tmp/out && rm -r /tmp/out && apt-get clean""")

    def _build(self, directory):
        if self.is_host:
            done = subprocess.run([f"{SOURCE}/scripts/package", "--no-install", directory],
                                  capture_output=True, text=True, check=False)
            if "dpkg-checkbuilddeps" in done.stderr:
                skip(f"build dependencies are missing: {done.stderr}")
        else:
            lower = self.tools()
            upper = f"{directory}/upper"
            os.mkdir(upper)
            done = run_in(lower, upper, f"{TREE}/scripts/package", "--no-install", "/out")
            for path in glob.glob(f"{upper}/out/*"):
                shutil.move(path, directory)
            shutil.rmtree(upper)
        return done

    def package(self):
        """Returns the path of this tree's .deb. Builds it, and the files that belong to it, if
        needed."""
        path = kept(self.codename, self._build)
        return glob.glob(f"{path}/rexmit_*.deb")[0]

    def root(self, package):
        """Returns the layers of a minimal root with the package's dependencies, but without the
        package.
        """
        wanted = command("dpkg-deb", "--field", package, "Depends").strip()
        return layer(f"run-{self.codename}", self.minimal(), "sh", "-c",
                     "apt-get -qq update && apt-get -qq -y --no-install-recommends satisfy "
                     f"'{wanted}' && apt-get clean")
