# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Operations on the two programs. Each operation returns a description of what it did. Both
programs run when it returns.

Each operation chooses by a random.Random, never by a result of an operation. So the same seed makes
the same choices.
"""
import contextlib
import time

import wire
from visits import Detour


def _header(subject):
    return f"GET /metrics HTTP/1.1\r\nHost: localhost\r\n{subject.header}".encode()


def kill_collector(subject, choose):
    return _kill(subject, "collector", choose)


def kill_exporter(subject, choose):
    return _kill(subject, "exporter", choose)


def _kill(subject, who, choose):
    gone = choose.choice((0, 0, choose.random() * 2))
    subject.kill(who)
    time.sleep(gone)
    subject.start(who)
    return f"and start it {gone:.2f} s later"


def restart_collector(subject, _):
    return _restart(subject, "collector")


def restart_exporter(subject, _):
    return _restart(subject, "exporter")


def _restart(subject, who):
    getattr(subject, who).stop()
    subject.start(who)
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
    """Kills a frozen exporter, which may have applied records that it did not acknowledge."""
    seconds = choose.random()
    subject.freeze("exporter", True)
    time.sleep(seconds)
    subject.kill("exporter")
    subject.start("exporter")
    return f"after {seconds:.2f} s"


def kill_both(subject, choose):
    """Kills both programs in random order, then starts both in random order."""
    both = choose.sample(("collector", "exporter"), 2)
    for who in both:
        subject.kill(who)
    choose.shuffle(both)
    for who in both:
        subject.start(who)
    return f"and start the {both[0]} first"


def visit_without_exporter(subject, choose):
    """Another exporter acknowledges events while the exporter has ended."""
    return _visit(subject, choose, ("exporter",), False)


def visit_before_exporter(subject, choose):
    """Kills the collector. Another exporter connects first, and acknowledges events.

    The collector may be killed again right after that.
    """
    return _visit(subject, choose, ("collector",), choose.random() < 0.5)


def visit_and_kill_collector(subject, choose):
    """Another exporter acknowledges events while the exporter has ended, and the collector is
    killed.
    """
    gone = choose.choice((("exporter",), ("collector", "exporter")))
    return _visit(subject, choose, gone, True)


def _visit(subject, choose, gone, ends):
    """Kills the programs `gone`, or stops the exporter. `ends` is an argument of Visits.make()."""
    stopped = choose.random() < 0.5
    for who in gone:
        if who == "exporter" and stopped:
            subject.exporter.stop()
        else:
            subject.kill(who)
    detour = Detour(subject.collector.socket)
    if "exporter" in gone:
        subject.start("exporter")
    applied = detour.resume()
    if "collector" in gone:
        subject.start("collector")
    said = subject.visits.make(subject, applied, choose, ends)
    detour.end()
    subject.wait_for_collector()
    subject.check_stream()
    return said + (", then kill the collector" if ends else "")


def second_client(subject, choose):
    """Connects other clients. Each sends a random packet and reads once.

    The collector answers BUSY while the exporter is connected. Otherwise a client may receive
    records, but acknowledges none. Other operations make visits.
    """
    packets = [choose.choice((wire.resume(), wire.ack(0), choose.randbytes(128),
                              choose.randbytes(200), b"x")) for _ in range(choose.randrange(1, 5))]
    seconds = choose.random() * 0.5
    with contextlib.ExitStack() as all_of_them:
        for packet in packets:
            with contextlib.suppress(OSError):
                client = all_of_them.enter_context(wire.Client(subject.collector.socket, 1))
                client.send(packet)
                client.socket.recv(wire.PACKET_SIZE)
        time.sleep(seconds)
    return f"{len(packets)} times"


def slow_reader(subject, choose):
    seconds = choose.random() * 2
    end = time.monotonic() + seconds
    with contextlib.suppress(OSError), subject.connect(receive_bytes=2048) as reader:
        reader.send(_header(subject) + b"\r\n")
        while time.monotonic() < end and reader.recv(16):
            time.sleep(0.02)
    return f"for {seconds:.2f} s"


def http_abuse(subject, choose):
    """Opens many connections. Each sends no request or an incomplete one, or reads no response.

    If the exporter requires TLS, one client in eight starts a handshake.
    """
    header = _header(subject)
    requests = [choose.choice((b"", header, header + b"\r\n", choose.randbytes(300),
                               (header + b"\r\n") * 20, b"X: " + b"y" * 9000))
                for _ in range(choose.randrange(1, 200))]
    seconds = choose.random()
    with contextlib.ExitStack() as all_of_them:
        for number, request in enumerate(requests):
            with contextlib.suppress(OSError):
                client = all_of_them.enter_context(subject.connect(encrypted=number % 8 == 0))
                client.send(request)
        time.sleep(seconds)
    return f"by {len(requests)} clients"


def wait(_, choose):
    seconds = choose.random()
    time.sleep(seconds)
    return f"{seconds:.2f} s"


# {the program that an operation ends: operations}
ENDS = {"collector": (kill_collector, restart_collector, visit_before_exporter),
        "exporter": (kill_exporter, restart_exporter, kill_frozen_exporter, visit_without_exporter)}
DISTURBS = (freeze_collector, freeze_exporter, second_client, slow_reader, http_abuse, wait)
ALL = (*ENDS["collector"], *ENDS["exporter"], kill_both, visit_and_kill_collector, *DISTURBS)
