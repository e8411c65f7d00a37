/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the advice after a failed connection, and which owners of a socket are trusted. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "intake/collector_socket.h"
#include "support/failing_calls.h"

#define NOBODY 65534

FAILING_CALL(int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
	(fd, level, name, value, size))

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char directory[] = "/tmp/rexmit-unit-XXXXXX";
static struct collector_problem problem;
static struct collector_socket wanted = {.path = address.sun_path};

static void init(void)
{
	cr_assert(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	wanted.own = wanted.collector = geteuid();
}

static void deinit(void)
{
	unlink(address.sun_path);
	rmdir(directory);
}

static int serve(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

TestSuite(collector_socket, .init = init, .fini = deinit);

Test(collector_socket, trusts_its_own_user)
{
	int listener = serve(), fd = collector_socket_connect(&wanted, &problem);

	cr_assert_geq(fd, 0);
	cr_assert_str_empty(problem.remedy);
	close(fd);
	close(listener);
}

/* The collector was restarted after a container had mounted its directory. */
Test(collector_socket, explains_a_socket_without_a_listener)
{
	close(serve());
	cr_assert_eq(collector_socket_connect(&wanted, &problem), -ECONNREFUSED);
	cr_assert_str_eq(problem.reason, strerror(ECONNREFUSED));
	cr_assert(strstr(problem.remedy, "mount the directory of the socket"));
}

Test(collector_socket, explains_a_missing_socket)
{
	cr_assert_eq(collector_socket_connect(&wanted, &problem), -ENOENT);
	cr_assert_str_eq(problem.reason, strerror(ENOENT));
	cr_assert(strstr(problem.remedy, "its socket was removed"));
}

Test(collector_socket, has_no_advice_for_other_errors)
{
	wanted.path = "/dev/null/socket";
	cr_assert_eq(collector_socket_connect(&wanted, &problem), -ENOTDIR);
	cr_assert_str_empty(problem.remedy);
}

/* Root may use every directory. */
Test(collector_socket, explains_a_forbidden_directory)
{
	cr_assert_eq(chmod(directory, 0), 0);
	cr_assert(geteuid() > 0 || seteuid(NOBODY) == 0);
	cr_assert_eq(collector_socket_connect(&wanted, &problem), -EACCES);
	cr_assert(strstr(problem.remedy, "in the group of the socket"));
	cr_assert(getuid() > 0 || seteuid(0) == 0);
}

Test(collector_socket, trusts_no_unknown_user)
{
	int listener = serve();
	unsigned fds = failing_calls_open_fds();

	failing_calls_set("getsockopt", 1, ENOBUFS);
	cr_assert_eq(collector_socket_connect(&wanted, &problem), -ENOBUFS);
	failing_calls_assert_made();
	cr_assert_str_eq(problem.reason, strerror(ENOBUFS));
	cr_assert_eq(failing_calls_open_fds(), fds, "a descriptor stays open");
	close(listener);
}
