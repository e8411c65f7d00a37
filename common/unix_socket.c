/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Sockets with a path. The file must have the right mode from the start. A file that already exists
 * is either stale or in use by a process.
 */
#include "unix_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cleanup.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* include/uapi/asm-generic/socket.h */
#endif

#define BACKLOG 16 /* connections are accepted or refused immediately */

static int path_address(const char *path, struct sockaddr_un *address)
{
	size_t length = strlen(path);

	if (length == 0)
		return -EINVAL; /* with an empty path bind(2) chooses an abstract address */
	if (length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, length);
	return 0;
}

static int unix_socket(const char *path, int type, struct sockaddr_un *address)
{
	int fd, r = path_address(path, address);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 ? -errno : fd;
}

/*
 * Binds the socket to a file that has `mode` from the start: bind(2) creates the file with mode
 * 0777 minus the umask. The umask belongs to all threads, but both programs have only one thread
 * here.
 */
static int bind_mode(int fd, const struct sockaddr_un *address, mode_t mode)
{
	mode_t old = umask(0777 & ~mode);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(old);
	return r;
}

/*
 * Whether the file is a socket that no process has bound. To test this, the function connects a
 * datagram socket, which a listener does not notice. ECONNREFUSED means that no socket is bound.
 * EPROTOTYPE means that a socket of another type is bound.
 */
static bool is_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode) || probe < 0)
		return false;
	return connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
	       errno == ECONNREFUSED;
}

static int listen_at(const char *path, int type, mode_t mode, int backlog)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = unix_socket(path, type, &address);
	int r;

	if (fd < 0)
		return fd;
	r = bind_mode(fd, &address, mode);
	if (r == -EADDRINUSE && is_stale(&address)) {
		if (unlink(path) < 0)
			return -errno;
		r = bind_mode(fd, &address, mode);
	}
	if (r < 0)
		return r;
	if (listen(fd, backlog) < 0) {
		r = -errno;
		unlink(path);
		return r;
	}
	return cleanup_take_fd(&fd);
}

int unix_listen(const char *path, mode_t mode)
{
	return listen_at(path, SOCK_SEQPACKET, mode, BACKLOG);
}

int unix_listen_stream(const char *path)
{
	return listen_at(path, SOCK_STREAM, 0660, SOMAXCONN);
}

int unix_connect(const char *path)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = unix_socket(path, SOCK_SEQPACKET, &address);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return cleanup_take_fd(&fd);
}

void unix_refuse_files(int fd)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){0}, sizeof(int));
}

int unix_peer(int fd, struct ucred *peer)
{
	socklen_t size = sizeof(*peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &size) < 0)
		return -errno;
	/* For a socket that never connected, the kernel returns pid 0 and -1 for uid and gid. */
	return peer->uid == (uid_t)-1 ? -ENOTCONN : 0;
}
