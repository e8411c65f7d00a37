#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""usage: embed.py OUTPUT PAGE FILE...
Writes a C source with PAGE, which is served as "/", and each FILE, all compressed.

References to NAME in PAGE become NAME?HASH. If a file's content changes, its address changes, too.
Therefore browsers may cache the file for ever. The same input gives the same output.
"""
import gzip
import hashlib
import re
import sys
from pathlib import Path

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def entry(path, kind, content):
    """One element of web_files[]."""
    packed = gzip.compress(content, 9, mtime=0)
    lines = [", ".join(map(str, packed[at:at + 24])) for at in range(0, len(packed), 24)]
    return (f'\t{{"{path}", "{TYPES[kind]}", {len(packed)}, {len(content)},\n'
            "\t\t(const unsigned char[]){" + ",\n\t\t".join(lines) + "}},\n")


def main():
    output, page, *files = map(Path, sys.argv[1:])
    html = page.read_text(encoding="utf-8")
    entries = []
    for file in files:
        content = file.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:16]
        html, found = re.subn(rf'="{re.escape(file.name)}"', f'="{file.name}?{version}"', html)
        if found == 0:
            sys.exit(f"embed.py: {page} does not refer to {file.name}")
        entries.append(entry(f"/{file.name}", file.suffix, content))
    entries.insert(0, entry("/", page.suffix, html.encode()))
    output.write_text('/* Made by embed.py. */\n#include "ui/web_files.h"\n\n'
                      f"const unsigned web_file_count = {len(entries)};\n"
                      f"const struct web_file web_files[] = {{\n{''.join(entries)}}};\n",
                      encoding="utf-8")


main()
