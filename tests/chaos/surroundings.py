# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Changes what both programs see of a host: peers, cgroups, files, passwords, the clock.

Arguments and results are those of the functions in operations.py.
"""
import ipaddress
import signal

import cgroup2
import guest_clock
import traffic

PEERS = 150        # addresses of the server
AT_A_TIME = 6      # cgroups


class Surroundings:
    def __init__(self, pair):
        self._client, server = pair
        first = ipaddress.ip_address(server.v4) + 1
        self._peers = [str(first + i) for i in range(PEERS)]
        batch = "".join(f"address add {peer}/24 dev veth\n" for peer in self._peers)
        server.run("ip", "-batch", "-", stdin=None, input=batch)
        self._top = cgroup2.make()
        self._running = []
        self._made = 0
        self._ahead_s = 0

    def operations(self):
        always = (self.new_group, self.new_group, self.new_group, self.wrong_passwords, self.reload)
        return (*always, self.set_clock) if guest_clock.may_be_set() else always

    def new_group(self, _, choose):
        """Makes connections of a new cgroup to a random peer. Their groups evict others from a full
        table.
        """
        peer, count = choose.choice(self._peers), choose.randrange(1, 10)
        while len(self._running) >= AT_A_TIME:
            self._end_oldest()
        self._made += 1
        cgroup = self._top.child(f"{self._made}-{'x' * choose.randrange(60)}")
        self._running.append((cgroup, traffic.Connector(
            cgroup2.Inside(self._client, cgroup), peer, count=count, parallel=count, bytes=20_000,
            may_fail=True)))
        return f"{self._made}, {count} connections to {peer}"

    def _end_oldest(self):
        cgroup, connector = self._running.pop(0)
        connector.finish()
        cgroup.remove()

    def wrong_passwords(self, subject, choose):
        count = choose.randrange(1, 4)
        for i in range(count):
            subject.wrong_password(f"{choose.random()} {i}")
        return f"{count}"

    def reload(self, subject, choose):
        """Replaces the certificates, sends SIGHUP, or both.

        Without SIGHUP the next client makes the exporter reload.
        """
        actions = choose.choice((("another certificate",), ("SIGHUP",),
                                 ("another certificate", "SIGHUP")))
        if "another certificate" in actions:
            subject.web.renew()
        if "SIGHUP" in actions:
            subject.exporter.process.send_signal(signal.SIGHUP)
        return "by " + " and ".join(actions)

    def set_clock(self, _, choose):
        """Sets the clock, by at most an hour, so that certificates stay valid."""
        ahead_s = 0 if self._ahead_s else choose.randrange(1, guest_clock.HOUR_S)
        guest_clock.step(ahead_s - self._ahead_s)
        by_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        return f"by {by_s} s"

    def end(self):
        while self._running:
            self._end_oldest()
