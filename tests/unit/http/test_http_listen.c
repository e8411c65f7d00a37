/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the syntax of addresses, whether clients can connect to them, and calls that fail. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/listen.h"
#include "support/failing_calls.h"

FAILING_CALL(int, -1, listen, (int fd, int backlog), (fd, backlog))
FAILING_CALL(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
	(fd, level, name, value, size))
FAILING_CALL(int, -1, socket, (int family, int type, int protocol), (family, type, protocol))

Test(http_listen, refuses_invalid_addresses)
{
	static const char *const texts[] = {"", ":", "2112", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:1x", "127.0.0.1: 1", "127.0.0.1:+1",
		"127.0.0.1:-1", "127.0.0.1:65536", "127.0.0.1:000001", "127.0.0.1:4294967297",
		"127.1:1", "0x7f.0.0.1:1", "127.0.0.1 :1", " 127.0.0.1:1", "localhost:1", "::1:1",
		"[::1]", "[::1]1", "[::1:1", "::1]:1", "[]:1", "[127.0.0.1]:1", "[::1]]:1",
		"[[::1]:1", "[::1%lo]:1", "http://127.0.0.1:1", "127.0.0.1:1/",
		"[00000:00000:00000:00000:00000:00000:00000:00000:00000]:1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		cr_assert_eq(http_listen(texts[i]), -EINVAL, "%s", texts[i]);
}

static void connect_to(const char *address, unsigned port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &sin.sin_addr);
	cr_assert_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0, "%s", strerror(errno));
	close(fd);
}

/* The kernel chooses the port, which follows `prefix` in the text. */
static void check_listens(const char *text, const char *prefix)
{
	int fd = http_listen(text);
	char bound[HTTP_ADDRESS_SIZE];

	cr_assert_geq(fd, 0, "%s: %s", text, strerror(-fd));
	cr_assert_eq(http_bound_address(fd, bound), 0);
	cr_assert_eq(strncmp(bound, prefix, strlen(prefix)), 0, "%s: %s", text, bound);
	connect_to("127.0.0.1", (unsigned)atoi(bound + strlen(prefix)));
	close(fd);
}

static bool has_ipv6(void)
{
	return access("/proc/sys/net/ipv6", F_OK) == 0;
}

Test(http_listen, listens)
{
	check_listens("127.0.0.1:0", "127.0.0.1:");
	check_listens("0.0.0.0:0", "0.0.0.0:");
	check_listens(":0", has_ipv6() ? "[::]:" : "0.0.0.0:");
	if (has_ipv6())
		check_listens("[::]:0", "[::]:");
}

/* Connections in TIME_WAIT do not prevent a restart on the same port. */
Test(http_listen, reuses_the_address)
{
	int fd = http_listen("127.0.0.1:0"), on = 0;
	socklen_t size = sizeof(on);

	cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &size), 0);
	cr_assert_eq(on, 1);
	close(fd);
}

Test(http_listen, returns_the_error)
{
	char bound[HTTP_ADDRESS_SIZE];
	int fd = http_listen("127.0.0.1:0");

	cr_assert_eq(http_bound_address(fd, bound), 0);
	cr_assert_eq(http_listen(bound), -EADDRINUSE);
	cr_assert_eq(http_listen("192.0.2.1:0"), -EADDRNOTAVAIL);
	close(fd);
	cr_assert_eq(http_bound_address(fd, bound), -EBADF);
	cr_assert_str_eq(bound, "?");
}

/* A kernel without IPv6, and a kernel that has disabled it, as with ipv6.disable=1. */
Test(http_listen, uses_ipv4_without_ipv6)
{
	failing_calls_set("socket", 1, EAFNOSUPPORT);
	check_listens(":0", "0.0.0.0:");
	failing_calls_assert_made();
	failing_calls_set("setsockopt", 2, EADDRNOTAVAIL);
	check_listens(":0", "0.0.0.0:");
	failing_calls_assert_made();
}

static void fail(const char *call, unsigned at, int error)
{
	unsigned fds = failing_calls_open_fds();

	failing_calls_set(call, at, error);
	cr_assert_eq(http_listen(":0"), -error, "%s %u", call, at);
	failing_calls_assert_made();
	cr_assert_eq(failing_calls_open_fds(), fds, "%s: a descriptor stays open", call);
}

Test(http_listen, returns_the_error_of_each_call)
{
	fail("socket", 1, EMFILE);
	fail("setsockopt", 1, ENOMEM);
	fail("setsockopt", 2, ENOMEM);
	fail("listen", 1, EADDRINUSE);
}
