# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Hostile clients. They run in other processes, so that they do not slow the test down."""
import multiprocessing
import resource
import selectors
import socket
import ssl
import threading
import time

from lifetime import on_exit

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"


class Attack:
    """Runs function(port, count, ...) in another process until stop() is called."""

    def __init__(self, function, *arguments):
        self.process = multiprocessing.Process(target=function, args=arguments, daemon=True)
        self.process.start()
        on_exit(self.stop)

    def stop(self):
        self.process.kill()
        self.process.join()


class _Herd:
    """Keeps `count` connections open. Replaces each connection that the server closes."""

    def __init__(self, port, count, greeting, receive_bytes=None):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.address = ("127.0.0.1", port)
        self.greeting = greeting
        self.receive_bytes = receive_bytes
        self.selector = selectors.DefaultSelector()
        self.members = set()
        for _ in range(count):
            self.open()

    def open(self):
        sock = socket.socket()
        if self.receive_bytes:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        sock.settimeout(20)
        sock.connect(self.address)
        sock.settimeout(0)
        self.members.add(sock)
        self.selector.register(sock, selectors.EVENT_READ)
        self.attempt(sock, lambda: sock.send(self.greeting))

    def attempt(self, sock, action):
        """Performs the action, or replaces the connection if the server has closed it."""
        try:
            gone = action() == b""
        except BlockingIOError:
            gone = False
        except ConnectionError:
            gone = True
        if gone:
            self.selector.unregister(sock)
            self.members.remove(sock)
            sock.close()
            self.open()

    def wait(self, seconds, on_readable):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                if key.fileobj in self.members:
                    self.attempt(key.fileobj, lambda sock=key.fileobj: on_readable(sock))


def drip(port, count, greeting=REQUEST + b"X: ", at_once=False):
    """Each client sends a byte of a header every second, and so notices a closed connection soon.
    """
    herd = _Herd(port, count, greeting)
    while True:
        members = list(herd.members)
        for i in range(0, len(members), 50):
            for sock in members[i:i + 50]:
                if sock in herd.members:
                    herd.attempt(sock, lambda sock=sock: sock.send(b"a") and sock.recv(4096))
            if at_once:
                herd.wait(50 / len(members), lambda sock: sock.recv(4096))
            else:
                time.sleep(50 / len(members))


def read_slowly(port, count, path=b"/metrics"):
    """Each client requests the exposition with a long timeout, and reads one byte a second."""
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\nX-Prometheus-Scrape-Timeout-Seconds: 999\r\n\r\n"
    herd = _Herd(port, count, request % path, receive_bytes=4096)
    while True:
        for sock in list(herd.members):
            if sock in herd.members:
                herd.attempt(sock, lambda sock=sock: sock.recv(1))
        time.sleep(1)


def client_hello():
    """Returns the first message of a TLS client."""
    sent = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="a").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


def shake_and_leave(port, count):
    """Each client completes a handshake, disconnects and reconnects."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def reconnect():
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
                    context.wrap_socket(sock).close()
            except OSError:
                time.sleep(0.01)

    threads = [threading.Thread(target=reconnect) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def pipeline_unread(port, count):
    """Each client requests the exposition ten thousand times, and reads no answer."""
    herd = _Herd(port, count, (REQUEST + b"\r\n") * 10000)
    while True:
        time.sleep(1)


def send_headers(port, size):
    """Sends header fields until it sent `size` bytes or the server closes. Returns (sent, answer).
    """
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sent, answer, chunk = sock.send(REQUEST), b"", b"X: aaaaaaaa\r\n" * 1000
        try:
            while sent < size:
                sent += sock.send(chunk)
        except ConnectionError:
            pass
        try:
            while part := sock.recv(4096):
                answer += part
        except ConnectionError:
            pass
        return sent, answer
