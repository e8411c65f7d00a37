/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Calls that fail while a program makes its sockets, or takes those of the service manager. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/systemd.h"
#include "common/unix_socket.h"
#include "support/failing_calls.h"

static char directory[] = "/tmp/test-socket-calls-XXXXXX", path[64];
static unsigned fds_before;

FAILING_CALL(int, -1, listen, (int fd, int backlog), (fd, backlog))
FAILING_CALL(int, -1, unlink, (const char *file), (file))
FAILING_CALL(int, -1, socket, (int family, int type, int protocol), (family, type, protocol))
FAILING_CALL(int, -1, connect, (int fd, const struct sockaddr *address, socklen_t size),
	(fd, address, size))

/* Descriptor 3 is criterion's. Here it is always a listener. */
REPLACED_CALL(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size))
{
	(void)fd, (void)level, (void)size;
	*(int *)value = name == SO_DOMAIN ? AF_UNIX : name == SO_TYPE ? SOCK_STREAM : 1;
	return 0;
}

int __real_fcntl64(int fd, int command, ...);
REPLACED_CALL(int, fcntl64, (int fd, int command, ...))
{
	const char *name = command == F_GETFL   ? "F_GETFL"
			   : command == F_SETFL ? "F_SETFL"
			   : command == F_SETFD ? "F_SETFD"
						: NULL;

	if (!name)
		return __real_fcntl64(fd, command);
	return failing_calls_now(name) ? -1 : 0;
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	__real_unlink(path);
	rmdir(directory);
	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
}

TestSuite(socket_calls, .init = setup, .fini = teardown);

Test(socket_calls, a_failed_listen_leaves_no_file)
{
	struct stat st;

	failing_calls_set("listen", 1, EOPNOTSUPP);
	cr_assert_eq(unix_listen(path, 0660), -EOPNOTSUPP);
	cr_assert_eq(stat(path, &st), -1);
	failing_calls_set("socket", 1, EMFILE);
	cr_assert_eq(unix_listen(path, 0660), -EMFILE);
}

/* Only a file that is certainly stale is removed. */
Test(socket_calls, a_file_that_cannot_be_removed)
{
	int fd = unix_listen(path, 0660);

	close(fd); /* the file stays, and is stale */
	failing_calls_set("unlink", 1, EPERM);
	cr_assert_eq(unix_listen(path, 0660), -EPERM);
	failing_calls_set("socket", 2, EMFILE);
	cr_assert_eq(unix_listen(path, 0660), -EADDRINUSE);
	failing_calls_assert_made();
	failing_calls_set("connect", 1, EACCES);
	cr_assert_eq(unix_listen(path, 0660), -EADDRINUSE);
	failing_calls_assert_made();
	fd = unix_listen(path, 0660);
	cr_assert_geq(fd, 0);
	close(fd);
}

Test(socket_calls, passed_sockets)
{
	static const char *const calls[] = {"F_GETFL", "F_SETFL", "F_SETFD"};
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	for (size_t i = 0; i < 3; i++) {
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
		failing_calls_set(calls[i], 1, EBADF);
		cr_assert_eq(systemd_listen_fds(AF_UNIX, SOCK_STREAM, 1), -EBADF, "%s", calls[i]);
		failing_calls_assert_made();
	}
}

Test(socket_calls, notifications)
{
	setenv("NOTIFY_SOCKET", path, 1);
	failing_calls_set("socket", 1, EMFILE);
	cr_assert_eq(systemd_notify_open(), -EMFILE);
	setenv("NOTIFY_SOCKET", path, 1);
	cr_assert_eq(systemd_notify_open(), -ENOENT);
	cr_assert_eq(systemd_notify_fd(), -1);
}
