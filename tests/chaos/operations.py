# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""What may happen to the two programs. Each takes the subject and a random.Random, and says what
it did; whatever it does, the subject is whole again at its end."""
import contextlib
import socket
import time

import wire

HEADER = b"GET /metrics HTTP/1.1\r\nHost: chaos\r\n"


def kill_collector(subject, choose):
    blind = choose.choice((0, 0, choose.random() * 2))
    subject.kill("collector")
    time.sleep(blind)
    subject.start_collector()
    return f"and start it {blind:.2f} s later"


def restart_collector(subject, _):
    subject.collector.stop()
    subject.start_collector()
    return ""


def kill_exporter(subject, choose):
    gone = choose.choice((0, 0, choose.random() * 2))
    subject.kill("exporter")
    time.sleep(gone)
    subject.start_exporter()
    return f"and start it {gone:.2f} s later"


def restart_exporter(subject, _):
    subject.exporter.stop()
    subject.start_exporter()
    return ""


def freeze_collector(subject, choose):
    return _freeze(subject, "collector", choose.random() * 2)


def freeze_exporter(subject, choose):
    return _freeze(subject, "exporter", choose.random() * 4)


def _freeze(subject, who, seconds):
    subject.freeze(who, True)
    time.sleep(seconds)
    subject.freeze(who, False)
    return f"for {seconds:.2f} s"


def kill_frozen_exporter(subject, choose):
    """What it has read is applied, and not acknowledged."""
    seconds = choose.random()
    subject.freeze("exporter", True)
    time.sleep(seconds)
    subject.kill("exporter")
    subject.start_exporter()
    return f"after {seconds:.2f} s"


def kill_both(subject, choose):
    """In either order, and started in either order."""
    both = choose.sample(("collector", "exporter"), 2)
    for who in both:
        subject.kill(who)
    choose.shuffle(both)
    for who in both:
        getattr(subject, f"start_{who}")()
    return f"and start the {both[0]} first"


def second_client(subject, choose):
    """Comes beside the exporter, or before it: is told BUSY, or reads and acknowledges nothing."""
    count = choose.randrange(1, 5)
    with contextlib.ExitStack() as all_of_them:
        for _ in range(count):
            with contextlib.suppress(OSError):
                client = all_of_them.enter_context(wire.Client(subject.collector.socket, 1))
                client.send(choose.choice((wire.resume(), wire.ack(0), choose.randbytes(96),
                                           choose.randbytes(200), b"x")))
                client.socket.recv(wire.PACKET_SIZE)
        time.sleep(choose.random() * 0.5)
    return f"{count} times"


def slow_reader(subject, choose):
    seconds = choose.random() * 2
    end = time.monotonic() + seconds
    with contextlib.suppress(OSError), socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        reader.settimeout(1)
        reader.connect(("127.0.0.1", subject.exporter.port))
        reader.send(HEADER + b"\r\n")
        while time.monotonic() < end and reader.recv(16):
            time.sleep(0.02)
    return f"for {seconds:.2f} s"


def http_abuse(subject, choose):
    """Many at once, of whom each leaves its request unfinished, unread, or makes none of it."""
    count = choose.randrange(1, 200)
    with contextlib.ExitStack() as all_of_them:
        for _ in range(count):
            with contextlib.suppress(OSError):
                client = all_of_them.enter_context(
                    socket.create_connection(("127.0.0.1", subject.exporter.port), 1))
                client.send(choose.choice((b"", HEADER, HEADER + b"\r\n", choose.randbytes(300),
                                           (HEADER + b"\r\n") * 20, b"X: " + b"y" * 9000)))
        time.sleep(choose.random())
    return f"by {count}"


def wait(_, choose):
    seconds = choose.random()
    time.sleep(seconds)
    return f"{seconds:.2f} s"


ALL = (kill_collector, restart_collector, freeze_collector, kill_exporter, restart_exporter,
       freeze_exporter, kill_frozen_exporter, kill_both, second_client, slow_reader, http_abuse, wait)
