# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Connections between two namespaces. Both ends are sockets of the test's process."""
import socket


class Ends:
    """Makes sockets in the namespaces of a client and of a server, over IPv4 or IPv6."""

    def __init__(self, client, server, version):
        self.client, self.server, self.version = client, server, version
        self.family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.address = server.v4 if version == 4 else server.v6

    def client_socket(self):
        with self.client.inside():
            return socket.socket(self.family)

    def listen(self, port, backlog):
        with self.server.inside():
            listener = socket.socket(self.family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, port))
        listener.listen(backlog)
        return listener
