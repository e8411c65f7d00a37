# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Changes a copy of the kernel's BTF, so that it describes a kernel with other structures.

Only libbpf reads the changed copy. The kernel verifies programs against its own BTF. So the names
and types of members may change, but not their offsets. The copy must keep its size, because the BTF
of each module continues the numbers of the kernel's BTF.
"""
import contextlib
import struct
import subprocess
import tempfile
from pathlib import Path

from lifetime import check

VMLINUX = "/sys/kernel/btf/vmlinux"
INT, STRUCT, UNION, TYPEDEF = 1, 4, 5, 8
# {kind: (size after the 12 bytes of the header, size of each member)}
TAILS = {INT: (4, 0), 3: (12, 0), STRUCT: (0, 12), UNION: (0, 12), 6: (0, 8), 13: (0, 8),
         14: (4, 0), 15: (0, 12), 17: (4, 0), 19: (0, 12)}
NO_MEMBER = "btf_trace_tcp_destroy_sock"  # in the kernel's BTF, but no member has this name


class Btf:
    def __init__(self, path=VMLINUX):
        self._data = bytearray(Path(path).read_bytes())
        length, types, types_length, strings, strings_length = struct.unpack_from(
            "=IIIII", self._data, 4)
        self._strings = length + strings
        self._strings_end = self._strings + strings_length
        self._types = [None]  # (offset, kind, members, size or type)
        at = length + types
        while at < length + types + types_length:
            _, info, size = struct.unpack_from("=III", self._data, at)
            kind, members = info >> 24 & 31, info & 0xffff
            self._types.append((at, kind, members, size))
            once, each = TAILS.get(kind, (0, 0))
            at += 12 + once + each * members

    def _string(self, text):
        at = self._data.find(b"\0" + text.encode() + b"\0", self._strings, self._strings_end)
        check(at >= 0, f"the kernel's BTF has no name {text}")
        return at + 1 - self._strings

    def _name(self, at):
        start = self._strings + struct.unpack_from("=I", self._data, at)[0]
        return self._data[start:self._data.index(0, start)].decode()

    def _members(self, number):
        """Yields the offset of each member, including members of anonymous structures."""
        at, kind, members, _ = self._types[number]
        if kind not in (STRUCT, UNION):
            return
        for member in range(at + 12, at + 12 + 12 * members, 12):
            yield member
            if not self._name(member):
                yield from self._members(struct.unpack_from("=I", self._data, member + 4)[0])

    def _structures(self, name):
        """Yields the numbers of the structures with this name, or with a typedef of this name."""
        for number, (at, kind, _, size) in enumerate(self._types[1:], 1):
            if kind in (STRUCT, UNION, TYPEDEF) and self._name(at) == name:
                yield size if kind == TYPEDEF else number

    def _u64(self):
        return next(number for number, (at, kind, _, size) in enumerate(self._types[1:], 1)
                    if kind == INT and size == 8 and "unsigned" in self._name(at))

    def _union_of_u64(self, member):
        """Makes the u64 `member` the first member of a union of 8 bytes. Returns its number."""
        number = next(number for number, (at, kind, members, size) in enumerate(self._types[1:], 1)
                      if kind == UNION and size == 8 and members)
        struct.pack_into("=II", self._data, self._types[number][0] + 12, self._string(member),
                         self._u64())
        return number

    def has(self, structure, member):
        return any(self._name(at) == member for number in self._structures(structure)
                   for at in self._members(number))

    def change(self, structure, member, name=NO_MEMBER, kind=None):
        """Renames a member. `kind` also changes its type, to "u64" or to "union" (a union with a
        u64).
        """
        changes = {None: lambda: None, "u64": self._u64,
                   "union": lambda: self._union_of_u64(member)}
        new_type, found = changes[kind](), 0
        for number in list(self._structures(structure)):
            for at in list(self._members(number)):
                if self._name(at) != member:
                    continue
                struct.pack_into("=I", self._data, at, self._string(name))
                if new_type:
                    struct.pack_into("=I", self._data, at + 4, new_type)
                found += 1
        check(found, f"the kernel's BTF has no member {structure}.{member}")

    @contextlib.contextmanager
    def shown(self):
        """Returns the start of a command line. The command sees this BTF in place of the kernel's.
        """
        with tempfile.NamedTemporaryFile(prefix="rexmit-btf-") as file:
            file.write(self._data)
            file.flush()
            yield ("unshare", "--mount", "--", "sh", "-c",
                   f'mount --bind {file.name} {VMLINUX} && exec "$@"', "sh")


def run_with(btf, *words, **options):
    with btf.shown() as prefix:
        return subprocess.run([*prefix, *words], text=True, capture_output=True, check=False,
                              **options)
