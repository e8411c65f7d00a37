#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The table of rexmit-top, and its screen in tmux."""
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import fake_collector as fake
from rig import Rig, check, expect, on_exit, run_test, until
from lifetime import skip

TOP = os.environ["REXMIT_TOP"]


def top(*flags, text=None):
    return subprocess.run([TOP, *flags], capture_output=True, text=True, check=False, input=text)


class Losses(threading.Thread):
    """Two peers lose segments: the first loses more, and the second loses a larger share."""

    def __init__(self, peer):
        super().__init__(daemon=True)
        self.peer = peer
        self.position = 0
        self.ended = threading.Event()
        on_exit(self.ended.set)

    def lose(self):
        self.peer.send(fake.counter(fake.RING_SIZE, 1 << 20))
        for event in ({"remote": "198.51.100.7", "segments": 9, "sent": 900, "cgroup": 77},
                      {"remote": "203.0.113.9", "segments": 3, "sent": 10, "cause": fake.TIMEOUT}):
            self.position += 1
            self.peer.send(fake.event(self.position, **event))
        self.peer.acks(self.position)

    def run(self):
        while not self.ended.wait(0.2):
            self.lose()


def once(rig, url):
    done = top("--once", "--url", url)
    check(done.returncode == 0, done)
    lines = done.stdout.splitlines()
    check(url in lines[0] and "collector: connected" in lines[0], done.stdout)
    expect([line.split()[0] for line in lines[3:]],
           ["PEER", "198.51.100.7", "203.0.113.9"], "the first column")
    check(" fast " in lines[4] and lines[4].endswith(" a.service"), lines[4])
    summary = rig.get("/api/v1/summary")[2].decode()
    expect(top("--url", "-", text=summary).stdout.splitlines()[3:], lines[3:],
           "the rows of the summary on standard input")
    expect(len(top("--once", "--sort", "ratio", "--url", url).stdout.splitlines()), len(lines), "lines")


def wrong(rig, url):
    for flags, status, text in ((("--once", "--url", "unix:/does/not/exist"), 1, "cannot connect"),
                                (("--once", "--url", url + "/x"), 1, "--web.disable-page"),
                                (("--url", "https://localhost"), 2, "no https"),
                                ((), 2, "--once")):
        done = top(*flags)
        check(done.returncode == status and text in done.stderr, done)
        expect(done.stderr.count("\n"), 1, f"the number of lines with {flags}")
    check("no summary" in top("--url", "-", text="{}").stderr,
          "rexmit-top accepts input that is not a summary")


class Terminal:
    """A program in a tmux server, which gets a new name: an old server may still be ending."""

    numbers = itertools.count()

    def __init__(self, *command):
        self.server = f"rexmit-test-{os.getpid()}-{next(self.numbers)}"
        on_exit(self.tmux, "kill-server")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "20", *command)

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.server, *words], capture_output=True, text=True,
                              check=False)

    def screen(self):
        return self.tmux("capture-pane", "-p").stdout

    def peers(self):
        return [line.split()[0] for line in self.screen().splitlines()[4:6] if line]


def on_screen(rig, url, losses):
    if not shutil.which("tmux"):
        skip("no tmux command: run scripts/install-dependencies test")
    terminal = Terminal(TOP, "--interval", "1", "--url", url)
    until("the peers", lambda: terminal.peers() == ["198.51.100.7", "203.0.113.9"])
    print(terminal.screen())
    terminal.tmux("send-keys", "r")
    until("the peers sorted by ratio", lambda: terminal.peers() == ["203.0.113.9", "198.51.100.7"])
    terminal.tmux("resize-window", "-x", "40", "-y", "8")
    until("the help line of a small screen", lambda: "q quit" in terminal.screen().splitlines()[-1])
    losses.ended.set()
    losses.join()
    rig.stop()
    until("the error message", lambda: "cannot connect to" in terminal.screen())
    expect(len(terminal.peers()), 2, "the number of peers that stay on the screen")
    terminal.tmux("send-keys", "q")
    until("the end of rexmit-top", lambda: terminal.tmux("has-session").returncode != 0)


class SlowExporter(threading.Thread):
    """Answers each request with the same summary, after half a second."""

    def __init__(self, summary):
        super().__init__(daemon=True)
        self.answer = b"HTTP/1.1 200 OK\r\n\r\n" + summary
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            client = self.listener.accept()[0]
            with client, contextlib.suppress(OSError):  # rexmit-top may have closed it
                client.recv(4096)
                time.sleep(0.5)
                client.sendall(self.answer)


def resized(summary):
    """A change of the terminal's size while rexmit-top waits for the exporter is no failure."""
    slow = SlowExporter(summary)
    terminal = Terminal(TOP, "--interval", "1", "--url", slow.url)
    for columns in itertools.islice(itertools.cycle((100, 110, 120)), 40):
        time.sleep(0.05)
        terminal.tmux("resize-window", "-x", str(columns), "-y", "20")
        check("Interrupted" not in terminal.screen(), terminal.screen())
    until("the peers", lambda: terminal.peers() == ["198.51.100.7", "203.0.113.9"])
    terminal.tmux("kill-server")


def full_listener(family, address):
    """Returns a listener on which a connect(2) waits, because its queue is full and nothing accepts."""
    listener = socket.create_server(address, backlog=0) if family == socket.AF_INET else socket.socket(family)
    if family == socket.AF_UNIX:
        listener.bind(address)
        listener.listen(0)
    first = socket.socket(family)
    first.connect(listener.getsockname())
    return listener, first


def interrupted(directory):
    """Signals, such as of a stopped and continued job, do not extend the time of any call."""
    full_tcp = full_listener(socket.AF_INET, ("127.0.0.1", 0))
    full_unix = full_listener(socket.AF_UNIX, f"{directory}/full")
    silent = socket.create_server(("127.0.0.1", 0))
    urls = [f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in (full_tcp[0], silent)]
    running = [subprocess.Popen([TOP, "--once", "--url", url], stderr=subprocess.PIPE, text=True)
               for url in (*urls, f"unix:{directory}/full")]
    for process in running:
        on_exit(process.kill)

    def interrupt():
        left = [process for process in running if process.poll() is None]
        for process in left:
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
        return not left
    until("the end of rexmit-top that is interrupted", interrupt)
    for process in running:
        text = process.stderr.read()
        check(process.returncode == 1 and "timed out" in text, f"status {process.returncode}: {text}")
    for opened in (*full_tcp, *full_unix, silent):
        opened.close()


def main():
    rig = Rig("--group-by", "dst_ip,cause,unit")
    peer = rig.accept()
    peer.send(fake.hello(b"t" * 16), fake.name(77, "/a.service"))
    losses = Losses(peer)
    losses.lose()
    rig.until("rexmit_collector_up", 1)
    url = f"http://127.0.0.1:{rig.exporter.port}"
    interrupted(rig.directory)
    once(rig, url)
    wrong(rig, url)
    if shutil.which("tmux"):
        resized(rig.get("/api/v1/summary")[2])
    losses.start()
    on_screen(rig, url, losses)


run_test(main)
