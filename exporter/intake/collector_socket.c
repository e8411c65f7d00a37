/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "intake/collector_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/unix_socket.h"

/* Advice for errors that only an administrator can fix while the collector runs. */
static const char *remedy_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return " (no process listens there; if the collector runs, it has made a new "
		       "socket: mount the directory of the socket, not the file, and restart the "
		       "exporter)";
	case ENOENT:
		return " (if the collector runs, its socket was removed: restart "
		       "rexmit-collector.socket, or the collector)";
	case EACCES:
		return " (is this user in the group of the socket and of its directory?)";
	default:
		return "";
	}
}

/*
 * Checks which user listens (SO_PEERCRED, unix(7)), because any user who can make a socket at this
 * path could report false counts. Root listens on systemd's sockets, and on the socket of a
 * collector that was started as root.
 */
static int check_collector(
	const struct collector_socket *s, int fd, struct collector_problem *problem)
{
	struct ucred peer;
	int r = unix_peer(fd, &peer);

	if (r < 0) {
		snprintf(problem->reason, sizeof(problem->reason), "%s", strerror(-r));
		return r;
	}
	if (peer.uid == 0 || peer.uid == s->own || peer.uid == s->collector)
		return 0;
	snprintf(problem->reason, sizeof(problem->reason),
		"user %u listens there; to trust it, give --collector-user %u", (unsigned)peer.uid,
		(unsigned)peer.uid);
	return -EACCES;
}

int collector_socket_connect(
	const struct collector_socket *socket, struct collector_problem *problem)
{
	_cleanup_close_ int fd = unix_connect(socket->path);
	int r;

	problem->remedy = "";
	if (fd < 0) {
		problem->remedy = remedy_of(-fd);
		snprintf(problem->reason, sizeof(problem->reason), "%s", strerror(-fd));
		return fd;
	}
	r = check_collector(socket, fd, problem);
	return r < 0 ? r : cleanup_take_fd(&fd);
}
