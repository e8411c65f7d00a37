#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""bash and zsh complete exactly the flags of --help. The programs accept the completed values."""
import re
import shutil
import subprocess
import unittest

from manual import PROGRAMS, ROOT, helped

# Completes the last word of "PROGRAM WORD...", and prints each completion on a line. Omits files
# and users, which depend on the host.
BASH = """
compgen() { [[ $* != *-W* ]] || builtin compgen "$@"; }
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p "$1"); function=${function#*-F }
"${function%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
# Prints the specifications that zsh's _arguments receives, one a line.
ZSH = """_arguments() { print -rl -- "$@" }; source "$1" """


def bash(program, *words):
    path = ROOT / "completions/bash" / program
    done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", path, program, *words],
                          capture_output=True, text=True, check=True)
    return done.stdout.split()


def zsh(program):
    path = ROOT / "completions/zsh" / f"_{program}"
    done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", path],
                          capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def zsh_values(spec):
    """Returns the words in --flag=[text]:name:(one two) or :_values -s , name one two."""
    action = re.split(r"(?<!\\):", spec)[-1]
    if action.startswith("_values"):
        return action.split()[4:]
    return action.strip("()").split() if action.startswith("(") else []


def accepts(program, flag, value):
    """Whether the program accepts a value. The --version after the value then exits with 0."""
    return subprocess.run([PROGRAMS[program], flag, value, "--version"], check=False,
                          capture_output=True).returncode == 0


def takes_value(program, flag):
    """Whether the flag needs a value. Such a flag consumes the --version after it."""
    return subprocess.run([PROGRAMS[program], flag, "--version", "--wrong"], check=False,
                          capture_output=True).returncode == 2


class Bash(unittest.TestCase):
    def test_flags(self):
        for program, path in PROGRAMS.items():
            self.assertEqual(set(bash(program, "--")), helped(path))
            self.assertEqual(bash(program, "--ver"), ["--version"])

    def test_values_are_accepted(self):
        for program, path in PROGRAMS.items():
            for flag in helped(path):
                for value in bash(program, flag, "") if takes_value(program, flag) else []:
                    self.assertTrue(accepts(program, flag, value), f"{flag} {value}")

    def test_words_after_an_equals_sign(self):
        self.assertEqual(bash("rexmit-collector", "--keep-caps", "=", "b"), ["bpf"])
        self.assertEqual(bash("rexmit-collector", "--keep-caps", "="), ["bpf", "none"])

    def test_lists(self):
        self.assertEqual(bash("rexmit-exporter", "--group-by", "cause,dst_i"), ["cause,dst_ip"])


@unittest.skipUnless(shutil.which("zsh"), "no zsh command")
class Zsh(unittest.TestCase):
    def test_flags(self):
        for program, path in PROGRAMS.items():
            flags = [re.match(r"--[\w.-]+", spec)[0] for spec in zsh(program)]
            self.assertEqual(set(flags), helped(path))
            self.assertEqual(len(flags), len(set(flags)))

    def test_values_are_those_of_bash(self):
        for program in PROGRAMS:
            for spec in zsh(program):
                flag = re.match(r"--[\w.-]+", spec)[0]
                if takes_value(program, flag):
                    self.assertEqual(zsh_values(spec), bash(program, flag, ""), flag)

    def test_flags_with_a_value(self):
        for program in PROGRAMS:
            for spec in zsh(program):
                flag = re.match(r"--[\w.-]+", spec)[0]
                self.assertEqual("=" in spec.split("[")[0], takes_value(program, flag), flag)


if __name__ == "__main__":
    unittest.main()
