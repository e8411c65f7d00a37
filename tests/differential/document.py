# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Reads the tables of docs/protocol.md: sizes, types, fields and values. Reads the bounds of the
histograms from docs/metrics.md.

This module uses no code of protocol/, so the test compares the codec with the document alone.
"""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "protocol.md").read_text()
METRICS = (DOCS / "metrics.md").read_text()
RESERVED = "reserved"
BYTE_ORDER = os.environ.get("REXMIT_BYTE_ORDER", sys.byteorder)  # the codec's byte order


@dataclass
class Field:
    name: str
    offset: int
    size: int
    values: list = field(default_factory=list)  # the field's cells, in a table of one or more types

    def read(self, record):
        part = record[self.offset : self.offset + self.size]
        return int.from_bytes(part, BYTE_ORDER) if self.size <= 8 else bytes(part)

    def write(self, record, value):
        if isinstance(value, int):
            value = value.to_bytes(self.size, BYTE_ORDER)
        record[self.offset : self.offset + self.size] = value


def search(pattern):
    return re.search(pattern, TEXT, re.S)[1]


RECORD_SIZE = int(search(r"whole \*\*records\*\* of \*\*(\d+) bytes\*\*"))
STRIDE = int(search(r"One record uses (\d+) bytes"))  # between two positions
RECORDS_MAX = int(search(r"A packet is 1 to (\d+) whole"))


def section(title):
    """Returns the text after a heading of any level, up to the next heading."""
    return search(rf"\n#+ {re.escape(title)}\n(.*?)(?=\n#+ |\Z)")


def table(text):
    rows = [[cell.strip() for cell in line.strip().strip("|").split(" |")]
            for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def fields(title):
    return [Field(row[2], int(row[0]), int(row[1]), row[3:]) for row in table(section(title))]


def layouts():
    """Returns {type: (name, fields)} from the headings `### NAME (type)`."""
    found = {}
    for title in re.findall(r"\n### (.*\(\d+\).*)\n", TEXT):
        rows = fields(title)
        for column, (name, number) in enumerate(re.findall(r"(\w+) \((\d+)\)", title)):
            found[int(number)] = name, [
                Field(f.name, f.offset, f.size, f.values[column : column + 1]) for f in rows]
    return found


LAYOUTS = layouts()
TYPES = {name: number for number, (name, _) in LAYOUTS.items()}


def cell(record_name, field_name):
    """Returns the document's text about a field."""
    return next(f.values[0] for f in LAYOUTS[TYPES[record_name]][1] if f.name == field_name)


def range_of(text):
    """Returns a range of integers from texts such as "1 to 18" or "1 (ESTABLISHED) to 12"."""
    first, last = re.search(r"(\d+)(?: \(\w+\))? to (\d+)", text).groups()
    return range(int(first), int(last) + 1)


def bounds(histogram):
    """Returns the upper bounds of the buckets, as in the label `le`."""
    return re.search(rf"\n- `{histogram}`: (.*)\n", METRICS)[1].split(", ")
