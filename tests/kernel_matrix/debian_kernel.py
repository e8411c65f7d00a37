# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Downloads the newest kernel of a Debian suite with a separate apt state, and caches it.

The kernel is the cloud flavour. It has the same source and network stack, and a third of the size.
"""
import fcntl
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from lifetime import skip

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
METAPACKAGE = "linux-image-cloud-{}"
# The cache keeps these files of a package: the image, and modules that a network test may need.
IMAGE = re.compile(r"(?:^|/)vmlinuz[^/]*$")
MODULE = re.compile(r"/kernel/(?:drivers/net|lib|net/netfilter)/([^/]+)\.ko(\.xz)?$")


class Unavailable(Exception):
    """No kernel is available on this host. The text is the reason."""


class Kernel:
    def __init__(self, directory):
        self.image = directory / "vmlinuz"
        self.modules = directory / "modules"
        self.version = (directory / "version").read_text().strip()


def cache_directory(kind):
    base = os.environ.get("XDG_CACHE_HOME")
    if not base:
        base = "/var/cache" if os.geteuid() == 0 else Path.home() / ".cache"
    return Path(base) / "rexmit" / kind


def cached(kind, name, make):
    """Returns the cached directory `name`.

    A missing directory is made by make(work, directory), where `work` is an empty directory.
    """
    directory = cache_directory(kind) / name
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        lock = open(directory.with_suffix(".lock"), "w")
    except OSError as error:
        raise Unavailable(f"cannot make the cache: {error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            with tempfile.TemporaryDirectory(dir=directory.parent) as work:
                Path(work).chmod(0o755)  # apt downloads as the user _apt
                make(Path(work), directory)
    return directory


def kernel_or_skip(suite, architecture="amd64"):
    name = suite if architecture == "amd64" else f"{suite}-{architecture}"
    try:
        return Kernel(cached("kernels", name, lambda work, directory: fetch(
            suite, architecture, work, directory)))
    except Unavailable as reason:
        skip(f"no kernel of {suite} for {architecture}: {reason}")


def fetch(suite, architecture, work, directory):
    apt = Apt(work, suite, architecture)
    tree = work / "tree"
    (tree / "modules").mkdir(parents=True)
    for package in apt.kernel_packages():
        unpack(apt.download(package), tree)
    (tree / "version").write_text(apt.kernel_version + "\n")
    tree.rename(directory)


class Apt:
    """Runs apt with a separate sources list, state and cache."""

    def __init__(self, work, suite, architecture):
        for folder in ("lists/partial", "archives/partial", "packages"):
            (work / folder).mkdir(parents=True)
        (work / "status").touch()
        (work / "sources.list").write_text(
            f"deb [arch={architecture} signed-by={KEYRING}] {mirror()} {suite} main\n")
        self.packages = work / "packages"
        self.suite, self.architecture = suite, architecture
        self.kernel_version = ""
        self.options = [f"-o{name}={value}" for name, value in {
            "Dir::Etc::SourceList": work / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State": work, "Dir::State::Lists": work / "lists",
            "Dir::State::status": work / "status", "Dir::Cache": work,
            "APT::Architecture": architecture, "APT::Architectures": architecture,
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none", "Acquire::Retries": 1, "Acquire::http::Timeout": 20,
        }.items()]
        self.run("apt-get", "update")

    def run(self, program, *arguments):
        result = subprocess.run([program, "-q", *self.options, *arguments], text=True,
                                cwd=self.packages, capture_output=True, check=False)
        if result.returncode != 0:
            lines = [line for line in result.stderr.splitlines() if line.startswith("E:")]
            raise Unavailable(f"{program} {arguments[0]}: {(lines or ['failed'])[0]}")
        return result.stdout

    def dependencies(self, package, wanted):
        found = re.search(r"^Depends: (.*)$", self.run("apt-cache", "show", package), re.M)
        return re.findall(wanted, found[1]) if found else []

    def kernel_packages(self):
        """Returns a kernel's packages. Older kernels have one, and newer kernels two.

        An empty package depends on these.
        """
        metapackage = METAPACKAGE.format(self.architecture)
        images = self.dependencies(metapackage, r"linux-image-\d[^ ,]*")
        if not images:
            raise Unavailable(f"suite {self.suite} has no {metapackage}")
        self.kernel_version = images[0].removeprefix("linux-image-")
        return self.dependencies(images[0], r"linux-(?:binary|modules)-\d[^ ,]*") or images

    def download(self, package):
        self.run("apt-get", "download", package)
        return next(self.packages.glob(f"{package}_*.deb"))


def mirror():
    """Returns the Debian mirror that the host uses."""
    if not os.path.exists(KEYRING):
        raise Unavailable(f"no {KEYRING} (package debian-archive-keyring)")
    if not shutil.which("apt-get"):
        raise Unavailable("no apt-get")
    uris = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)",
                           "Created-By: Packages"], text=True, capture_output=True, check=False)
    for uri in uris.stdout.split():
        if re.search(r"/debian(\.list)?/?$", uri):
            return uri
    raise Unavailable("apt's sources name no Debian mirror")


def unpack(package, tree):
    """Writes the image to tree/vmlinuz, and decompressed modules to tree/modules/NAME.ko."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as deb:
        with tarfile.open(fileobj=deb.stdout, mode="r|") as archive:
            for member in archive:
                name = "/" + member.name.lstrip("./")
                module = MODULE.search(name)
                if not member.isfile() or not (module or IMAGE.search(name)):
                    continue
                data = archive.extractfile(member).read()
                if module:
                    data = lzma.decompress(data) if module[2] else data
                    (tree / "modules" / (module[1].replace("-", "_") + ".ko")).write_bytes(data)
                else:
                    (tree / "vmlinuz").write_bytes(data)
        if deb.wait() != 0:
            raise Unavailable(f"dpkg-deb cannot unpack {package.name}")
