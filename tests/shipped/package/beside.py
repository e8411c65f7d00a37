# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Other installations, such as the tarball in its prefix or in /usr. A package is refused there."""
import os
import subprocess

from lifetime import check

PLACES = {
    "/usr/local/lib/systemd/system/rexmit-collector.service":
        "[Service]\nExecStart=/usr/local/sbin/rexmit-collector $ARGS\n",
    "/etc/systemd/system/rexmit-collector.service":
        "[Service]\nExecStart=/opt/rexmit/sbin/rexmit-collector $ARGS\n",
    "/usr/libexec/rexmit/installed": "/usr/sbin/rexmit-collector\n",
}


def check_refused(root, install, line, places=tuple(PLACES)):
    """Runs the command `install` beside each installation. Its error must contain `line` once."""
    for place in places:
        os.makedirs(os.path.dirname(root + place), exist_ok=True)
        with open(root + place, "w", encoding="ascii") as file:
            file.write(PLACES[place])
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        check(done.returncode != 0 and done.stderr.count(line.format(place)) == 1, f"not refused: {done}")
        check(not os.path.exists(f"{root}/usr/sbin/rexmit-collector"), "a refused package was unpacked")
        os.unlink(root + place)
