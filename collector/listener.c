/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/systemd.h"
#include "common/unix_socket.h"

/* Makes the last directory of `path` if it is missing. unix_listen() refuses a long path. */
static int make_directory(const char *path, const struct user *owner)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *directory = NULL;

	if (!slash || slash == path)
		return 0;
	directory = strndup(path, (size_t)(slash - path));
	if (!directory)
		return -ENOMEM;
	if (mkdir(directory, 0755))
		return errno == EEXIST ? 0 : -errno;
	if (geteuid() == 0 && lchown(directory, owner->uid, owner->gid))
		return -errno;
	return 0;
}

/* Changes the mode of the file of `fd`. fchmod(2) refuses a descriptor with O_PATH. */
static int change_mode(int fd, mode_t mode)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return chmod(name, mode) ? -errno : 0;
}

/* Warns, unless the exporter has the collector's uid and can connect with mode 0600, too. */
static void warn_private(const char *path, const struct user *peer)
{
	if (peer->uid != geteuid())
		log_warning(
			"only root and user %u can connect to %s: its mode stays 0600, because this "
			"process is not in group %u; add the user to the group, start as root, or let "
			"systemd make the socket",
			(unsigned)geteuid(), path, (unsigned)peer->gid);
}

/*
 * Listens on `path`. As root, the process has the group of `peer` while it makes the file. The file
 * has the right mode and group from the start, so an exporter can connect before hand_over().
 * Without root only hand_over() can change the group.
 */
static int listen_for_group(const char *path, gid_t group)
{
	gid_t own = getegid();
	bool root = geteuid() == 0 && setegid(group) == 0;
	_cleanup_close_ int fd = unix_listen(path, root ? 0660 : 0600);

	if (root && setegid(own))
		return -errno;
	return fd < 0 ? fd : cleanup_take_fd(&fd);
}

/*
 * Gives the socket file to `owner` and to the group of `peer`. Without root, the process can change
 * only the group, and only to one of its own groups. The owner of the directory could replace the
 * file. The function therefore follows no links, and changes only a socket of the current user.
 */
static int hand_over(const char *path, const struct user *owner, const struct user *peer)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool root = geteuid() == 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
		return -EADDRINUSE;
	if (fchownat(fd, "", root ? owner->uid : (uid_t)-1, peer->gid, AT_EMPTY_PATH)) {
		if (root)
			return -errno;
		warn_private(path, peer);
		return 0;
	}
	return change_mode(fd, 0660);
}

/*
 * Makes a copy of the path in read-only memory. The system call filter compares only the address of
 * the path, so the text must not change. The filter forbids mprotect(2) and similar calls.
 */
static const char *read_only(const char *path)
{
	size_t size = strlen(path) + 1;
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return NULL;
	memcpy(copy, path, size);
	if (!mprotect(copy, size, PROT_READ))
		return copy;
	munmap(copy, size);
	return NULL;
}

static int listen_on(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer)
{
	int r = make_directory(path, owner);

	if (r)
		return r;
	listener->fd = listen_for_group(path, peer->gid);
	if (listener->fd < 0)
		return listener->fd;
	listener->path = read_only(path);
	if (!listener->path) {
		r = -errno;
		unlink(path);
		return r;
	}
	unix_refuse_files(listener->fd);
	return hand_over(path, owner, peer);
}

int listener_open(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer)
{
	int r;

	*listener = (struct listener){.fd = SYSTEMD_LISTEN_FDS_START};
	r = systemd_listen_fds(AF_UNIX, SOCK_SEQPACKET, 1);
	if (r > 0) {
		unix_refuse_files(listener->fd);
		return 0;
	}
	if (r != -ENOENT) {
		log_error("systemd must pass exactly one socket, of ListenSequentialPacket=; see "
			  "rexmit-collector.socket");
		return r;
	}
	r = listen_on(listener, path, owner, peer);
	if (r)
		log_error("cannot listen on %s: %s; choose another path with --socket", path,
			strerror(-r));
	return r;
}

void listener_close(struct listener *listener)
{
	/* Some architectures have no unlink(2). */
	if (listener->path)
		(void)unlinkat(AT_FDCWD, listener->path, 0);
	listener->path = NULL;
}
