# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The pages that explain a place of the code: tests/coverage.md and tests/mutants.md."""
import functools
import re


@functools.cache
def functions_of(text):
    """Returns the function of each line of a C file, or "" before the first function."""
    functions, function = [], ""
    for line in text.splitlines():
        start = re.match(r"(?!extern |typedef |struct \w+ \{)[a-z].*?\b(\w+)\((?!.*;$)", line)
        function = start[1] if start else function
        functions.append(function)
    return functions


def entries(page):
    """Returns the page's entries, as (file and function, text)."""
    return set(re.findall(r"^- `([^`]+)`: `(.+)`$", page, re.M))
