# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Runs searches of spin, each in a separate directory."""
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lifetime import check, command, skip

FOLDER = Path(__file__).resolve().parent
DEPTH = 200_000      # maximum of steps in a run
MEMORY_MB = 4000     # the largest search in CI needs less than 300
STATE_BYTES = 8192   # maximum size of a state; the states of replay.pml have 4 KB
HASH_BITS = 18       # clearing the default table takes longer than a replay
# pan prints one of these if it has not visited every state. After a run that is too long it goes on,
# and counts no error.
INCOMPLETE = ("max search depth too small", "Search not completed", "out of memory", "MEMLIM")


def need_spin():
    for tool in ("spin", "gcc"):
        if not shutil.which(tool):
            skip(f"no {tool} command")


class Result:
    def __init__(self, output):
        self.output = output
        errors = re.search(r"errors: (\d+)", output)
        broken = re.search(r"^pan:1: (.*?) \(at depth", output, re.M)
        self.error = broken and broken[1]
        incomplete = not errors or any(text in output for text in INCOMPLETE)
        check(self.error or not incomplete, f"the search is incomplete: {output}")
        check(self.error or errors[1] == "0", f"the search found an unknown error: {output}")
        self.states = int(re.search(r"(\d+) states, stored", output)[1])
        self.seconds = float(re.search(r"elapsed time ([\d.e+]+)", output)[1])

    def broken_claim(self):
        """Returns the variable in `assertion violated !(claim)`, the text of another error, or
        None.
        """
        claim = self.error and re.fullmatch(r"assertion violated +!\((\w+)\)", self.error)
        return claim[1] if claim else self.error


def _make(directory, model, defines, *flags):
    """Makes the model's verifier, pan.o, in the directory."""
    for file in FOLDER.glob("*.pml"):
        shutil.copy(file, directory)
    command("spin", "-a", *(f"-D{define}" for define in defines), model, cwd=directory)
    command("gcc", *flags, "-w", "-DCOLLAPSE", f"-DMEMLIM={MEMORY_MB}", "-c", "pan.c", cwd=directory)


def _run(directory, name, *words):
    """Links pan.o with the file `name`, which may be pan.o, and runs the verifier."""
    command("gcc", "-o", f"run-{name}", *{"pan.o", name}, cwd=directory)
    # pan exits with 0 even if the search found errors.
    done = subprocess.run([f"./run-{name}", f"-m{DEPTH}", *words], cwd=directory,
                          capture_output=True, text=True, check=False)
    return Result(done.stdout + done.stderr)


def search(model, *defines, cycles=False, early=False, optimize=False):
    """Searches all states of the model, compiled with -D for each definition.

    `cycles` searches for cycles without progress. `early` is for a search that soon finds an error:
    -DREVERSE tries the model's last process first. Only long searches are worth optimizing.
    """
    flags = ["-O2" if optimize else "-O0", *(["-DREVERSE"] if early else [])]
    with tempfile.TemporaryDirectory(prefix="rexmit-model-") as directory:
        _make(directory, model, defines, *flags, "-DNP" if cycles else "-DSAFETY")
        return _run(directory, "pan.o", *(["-l"] if cycles else []))


def search_each(model, sources, *defines):
    """Searches the model once with each C source, which has the data that the model declares.

    The model may end in any state.
    """
    with tempfile.TemporaryDirectory(prefix="rexmit-model-") as directory:
        _make(directory, model, defines, "-O0", "-DREVERSE", "-DSAFETY",
              f"-DVECTORSZ={STATE_BYTES}")

        def one(numbered):
            name = f"{numbered[0]}.c"
            Path(directory, name).write_text(numbered[1], encoding="ascii")
            return _run(directory, name, "-E", f"-w{HASH_BITS}")
        return in_parallel(one, list(enumerate(sources)))


def in_parallel(function, items):
    """Returns [function(item)]. Runs as many calls at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))
