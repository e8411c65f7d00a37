# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Traffic with losses between two namespaces."""
import network
import traffic
import workloads
from lifetime import until


class Ground:
    """`bulk` and `short` are numbers of simultaneous connections: those with much data and those
    with little.
    """

    def __init__(self, pair, seconds, bulk=4, short=20):
        client, server = self.pair = pair
        workloads.prepare(client, server)
        self.listener = traffic.listen(server, "::", reply=20_000)
        server.drop(network.random_loss(5))
        client.drop(network.random_loss(3))
        self.load = [traffic.Connector(client, address, parallel=n, bytes=size, may_fail=True,
                                       seconds=seconds)
                     for address, n, size in ((server.v4, bulk, 3_000_000), (server.v4, short, 5_000),
                                              (server.v6, 2, 100_000))]

    def end(self):
        for load in self.load:
            load.finish()
        until("the end of all connections",
              lambda: all(workloads.quiet(side) for side in self.pair), 180, 0.1)
