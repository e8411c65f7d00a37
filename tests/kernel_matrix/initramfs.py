# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes an initramfs: an init, programs with their shared libraries, and a kernel's modules.

This module writes the archive itself (the "newc" format of cpio(5)). cpio would need root to make a
device node, and files that belong to root.
"""
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from lifetime import check

MODULES = ("veth", "tun", "nf_tables", "nft_numgen")  # the tests use these
USERS = {"root": 0, "rexmit-collector": 900, "rexmit-exporter": 901}


class Initramfs:
    """`root` is the directory that contains the programs and libraries."""

    def __init__(self, root="/"):
        self.root = Path(root)
        self.entries = {}  # path without leading '/': (mode, data, device)
        self.modules = []
        self.add_device("dev/console", 5, 1)

    def _add(self, path, mode, data=b"", device=(0, 0)):
        for parent in reversed(Path(path).parents[:-1]):
            self.entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b"", (0, 0)))
        self.entries[path] = (mode, data, device)

    def add_device(self, path, major, minor):
        self._add(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def add_text(self, path, text):
        self._add(path, stat.S_IFREG | 0o644, text.encode())

    def add_file(self, path, source):
        self._add(path, stat.S_IFREG | 0o755, Path(source).read_bytes())

    def add_program(self, program):
        """Adds `program`, a path or a name in PATH, to /bin, and its libraries at their paths."""
        source = self._find(program)
        check(source, f"no program {program}")
        self.add_file("bin/" + Path(program).name, source)
        self._add_libraries(source)

    def add_library(self, path, source):
        """Adds a module that a program loads, and the libraries of that module."""
        self.add_file(path, source)
        self._add_libraries(source)

    def _find(self, program):
        if self.root == Path("/"):
            return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        name = Path(program).name
        folders = (self.root / folder for folder in ("bin", "sbin", "usr/bin", "usr/sbin"))
        found = next((folder / name for folder in folders if (folder / name).exists()), None)
        return found or (os.path.exists(program) and program)  # in the root, or built

    def _add_foreign_libraries(self, source):
        """Adds libraries without ldd(1), which would run the program."""
        headers = subprocess.run(["readelf", "--wide", "--dynamic", "--program-headers", source],
                                 text=True, capture_output=True, check=False).stdout
        loader = re.findall(r"program interpreter: /(\S+?)\]", headers)
        for name in (*loader, *re.findall(r"NEEDED.*\[(.*)\]", headers)):
            path = name if "/" in name else next(
                (str(found.relative_to(self.root)) for folder in ("lib", "usr/lib")
                 for found in self.root.glob(f"{folder}/*-linux-gnu/{name}")), None)
            check(path, f"{source}: no library {name}")
            if path not in self.entries:
                self.add_file(path, self.root / path)
                self._add_foreign_libraries(self.root / path)

    def _add_libraries(self, source):
        if self.root != Path("/"):
            self._add_foreign_libraries(source)
            return
        libraries = subprocess.run(["ldd", source], text=True, capture_output=True, check=False)
        for library in re.findall(r"(/\S+) \(0x", libraries.stdout):
            self.add_file(library.lstrip("/"), library)

    def add_tree(self, directory, without=()):
        """Adds files at their paths, and the libraries that Python's modules need."""
        for folder, folders, files in os.walk(self.root / directory.lstrip("/")):
            folders[:] = set(folders) - set(without)
            for name in files:
                source = os.path.join(folder, name)
                add = self.add_library if name.endswith(".so") else self.add_file
                add(os.path.relpath(source, self.root), source)

    def add_modules(self, kernel):
        for name in MODULES:
            self._add_module(kernel, name)

    def add_users(self, users):
        """`users` is {name: number}. Each user has a group with the same name and number."""
        self.add_text("etc/passwd",
                      "".join(f"{u}:x:{n}:{n}::/:/bin/sh\n" for u, n in users.items()))
        self.add_text("etc/group", "".join(f"{u}:x:{n}:\n" for u, n in users.items()))

    def _add_module(self, kernel, name):
        """Adds the module `name` after its dependencies. A built-in module has no file."""
        path = kernel.modules / f"{name}.ko"
        if name in self.modules or not path.exists():
            return
        data = path.read_bytes()
        for needed in re.search(rb"\0depends=([^\0]*)\0", data)[1].decode().split(","):
            self._add_module(kernel, needed.replace("-", "_"))
        self.modules.append(name)
        self._add(f"modules/{len(self.modules):02}-{name}.ko", stat.S_IFREG | 0o644, data)

    def write(self, path):
        with open(path, "wb") as archive:
            for inode, (name, entry) in enumerate(self.entries.items(), 1):
                archive.write(newc_entry(inode, name, *entry))
            archive.write(newc_entry(0, "TRAILER!!!", 0, b"", (0, 0)))


def newc_entry(inode, name, mode, data, device):
    """Returns one member: 13 fields of 8 hexadecimal digits, the name, and the data.

    Name and data are padded to 4 bytes.
    """
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)
