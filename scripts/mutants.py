# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The mutants of the code: each is a file with one change. scripts/mutate tests them."""
import functools
import random
import re
import sys
from pathlib import Path

import pages

ROOT = Path(__file__).resolve().parents[1]
EXPLAINED = ROOT / "tests/mutants.md"
# Lines that stay unchanged. Tests cannot detect a changed assertion: assertions never fail in a
# correct program, and the compiler checks static ones. Tests compare few log lines.
SKIPPED = re.compile(r"^\s*(?:_Static_assert|WIRE_AT|invariant\(|log_\w+\(|\w+\(\)?$)")
# Comments, strings, directives, and sizes of array parameters (they have no effect).
NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^#(?:[^\n]*\\\n)*[^\n]*'
                      r'|(?<=\w )\w+\[\w+\](?=[,)])', re.S | re.M)

DESCRIPTOR = r"\b(fd|epoll|iterator|link|signals)"
# The declaration of an array. A larger one has no effect, except in a structure of a header.
ARRAY = re.compile(r"\s*(?:static |const |struct |union |unsigned )*\w+ \**\w+\[\d+\](?: = *(?:\{0\})?)?; *")

# (pattern, replacements). Comments and strings are not changed.
OPERATORS = (
    (r" == ", (" != ",)), (r" != ", (" == ",)),
    (r" < ", (" <= ", " >= ")), (r" > ", (" >= ", " <= ")),
    (r" <= ", (" < ", " > ")), (r" >= ", (" > ", " < ")),
    (r" && ", (" || ",)), (r" \|\| ", (" && ",)),
    (r" \+ ", (" - ",)), (r"(?<=[\w)\]]) - ", (" + ",)),
    (r"(?<=[\w)\]]) / ", (" * ",)), (r"(?<=[\w)\]]) % ", (" / ",)),
    (r" \+= ", (" -= ",)), (r" -= ", (" += ",)),
    (r"(?<=[\w)\]]) & ", (" | ",)), (r"(?<=[\w)\]]) \| ", (" & ",)),
    (r" << ", (" >> ",)), (r" >> ", (" << ",)),
    (r"\+\+(?=;)", ("--",)), (r"--(?=;)", ("++",)),
    (r"(?<=[(\s])!(?=[\w(])", ("",)),
    (r"\btrue\b", ("false",)), (r"\bfalse\b", ("true",)),
    (r"(?<![\w.])0(?![\w.])", ("1",)), (r"(?<![\w.])1(?![\w.])", ("0", "2")),
    (r"(?<![\w.])(?:[2-9]|[1-9]\d+)(?![\w.])", ("+1", "-1")),
    (r"\breturn (?!0;|false;|true;|NULL;)[^;{}]+;", ("return 0;",)),
    (r"(?<=\t)if \([^;{}]*\)(?=\n)", ("if (1)", "if (0)")),
    (r"(?<=\t)[\w>.\[\]-]+ [+|-]?= [^;{}]+;", (";",)),  # an assignment
    (r"(?<=\t)(?!return\b|break\b)\w[\w>.-]*\([^;{}]*\);", (";",)),  # a call
    (r"\b(?:break|continue);", (";",)),
)


def blanked(text):
    """Returns the text with spaces in place of comments, strings and directives."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def without_descriptor_0(line):
    """Returns the line with equal comparisons of descriptors. Descriptor 0 is standard input."""
    line = re.sub(DESCRIPTOR + " (?:< 1|<= 0)", r"\1 < 0", line)
    return re.sub(DESCRIPTOR + " (?:>= 1|> 0)", r"\1 >= 0", line)


@functools.cache
def text_of(name):
    """Returns the file's text at its first read, so that a later edit does not move mutants."""
    return (ROOT / name).read_text()


def mutants_of(name):
    """Returns all mutants of a file, as (file, offset, original text, new text)."""
    text = text_of(name)
    code = blanked(text)
    found = []
    for pattern, replacements in OPERATORS:
        for match in re.finditer(pattern, code):
            start = code.rfind("\n", 0, match.start()) + 1
            line = code[start:].split("\n", 1)[0]
            if SKIPPED.match(line):
                continue
            before = text[match.start():match.end()]
            for after in replacements:
                if after == "+1" and not name.endswith(".h") and ARRAY.fullmatch(line):
                    continue
                if after in ("+1", "-1"):
                    after = str(int(before) + int(after))
                if without_descriptor_0(line) == without_descriptor_0(
                        line[:match.start() - start] + after + line[match.end() - start:]):
                    continue
                # The object file contains line numbers. So a mutant must have as many lines as the
                # original.
                found.append((name, match.start(), before, after + "\n" * before.count("\n")))
    return found


def files_of(group):
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / group).glob("*.[ch]")
                  if path.name != "kernel.bpf.h")  # it only declares the kernel's structures


def sample(group, count, seed, only):
    found = [mutant for name in files_of(group) if not only or name in only
             for mutant in mutants_of(name)]
    random.Random(f"{seed} {group}").shuffle(found)
    return found[:count]


def place(mutant):
    """Returns (file and line, file and function, change). Line numbers change too often for a page."""
    name, at, before, after = mutant
    text = text_of(name)
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].split("\n", 1)[0].strip()
    first = text[start:at].lstrip() + after.strip("\n") + text[at + len(before):].split("\n", 1)[0]
    number = text.count("\n", 0, at)
    return (f"{name}:{number + 1}", f"{name} {pages.functions_of(text)[number]}".strip(),
            f"{line} -> {first.strip()}")


@functools.cache
def explained():
    """Returns the mutants that tests/mutants.md explains, as (file and function, change)."""
    found = pages.entries(EXPLAINED.read_text())
    names = {name.split()[0] for name, _ in found}
    possible = {place(mutant)[1:] for name in names if (ROOT / name).exists() for mutant in mutants_of(name)}
    for name, change in sorted(found - possible):
        sys.exit(f"mutate: {EXPLAINED.name} explains a change of code that no longer exists: {name}: {change}")
    return found
