/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Sets the environment and the descriptors of a service, as systemd(1) does. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/systemd.h"

TestSuite(systemd, .timeout = 20);

/* Calls systemd_listen_fds() in a child process, because criterion uses descriptor 3. */
struct outcome {
	int result;
	bool environment_left, close_on_exec, non_blocking;
};

struct service {
	const char *listen_pid; /* NULL: not set; "self": the number of the child */
	const char *listen_fds;
	int fd; /* the descriptor that becomes number 3, or -1 */
	int family, type;
};

static void set_or_unset(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static struct outcome service_main(const struct service *service)
{
	struct outcome outcome = {0};
	char self[16];

	snprintf(self, sizeof(self), "%d", getpid());
	set_or_unset("LISTEN_PID",
		service->listen_pid != NULL && strcmp(service->listen_pid, "self") == 0
			? self
			: service->listen_pid);
	set_or_unset("LISTEN_FDS", service->listen_fds);
	setenv("LISTEN_FDNAMES", "name", 1);
	if (service->fd >= 0)
		dup2(service->fd, 3);
	else
		close(3);
	outcome.result = systemd_listen_fds(service->family, service->type, 1);
	outcome.environment_left = getenv("LISTEN_PID") != NULL || getenv("LISTEN_FDS") != NULL ||
				   getenv("LISTEN_FDNAMES") != NULL;
	outcome.close_on_exec = (fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
	outcome.non_blocking = (fcntl(3, F_GETFL) & O_NONBLOCK) != 0;
	return outcome;
}

static struct outcome run_service(const struct service *service)
{
	struct outcome outcome, *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child = fork();

	if (child == 0) {
		*shared = service_main(service);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	outcome = *shared;
	munmap(shared, sizeof(*shared));
	cr_assert_not(outcome.environment_left);
	return outcome;
}

static int unix_listener(int type)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	/* Sets only the family, so that the kernel chooses an abstract address (unix(7)). */
	cr_assert_eq(bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

/* Returns a socket on the loopback address, or -1 if the host does not support the family. */
static int tcp_listener(int family)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	_cleanup_close_ int fd = socket(family, SOCK_STREAM, 0);
	int r = family == AF_INET ? bind(fd, (struct sockaddr *)&in, sizeof(in))
				  : bind(fd, (struct sockaddr *)&in6, sizeof(in6));

	return r == 0 && listen(fd, 1) == 0 ? cleanup_take_fd(&fd) : -1;
}

static void assert_listens(int fd, int family, int type)
{
	struct service service = {"self", "1", fd, family, type};
	struct outcome outcome = run_service(&service);

	cr_assert_eq(outcome.result, 1);
	cr_assert(outcome.close_on_exec);
	cr_assert(outcome.non_blocking);
}

static void assert_refuses(int wanted, struct service service)
{
	cr_assert_eq(run_service(&service).result, wanted, "LISTEN_PID %s, LISTEN_FDS %s",
		service.listen_pid, service.listen_fds);
}

Test(systemd, accepts_the_passed_socket)
{
	_cleanup_close_ int packets = unix_listener(SOCK_SEQPACKET);
	_cleanup_close_ int stream = unix_listener(SOCK_STREAM);
	_cleanup_close_ int tcp = tcp_listener(AF_INET), tcp6 = tcp_listener(AF_INET6);

	assert_listens(packets, AF_UNIX, SOCK_SEQPACKET);
	assert_listens(tcp, AF_UNSPEC, SOCK_STREAM);
	assert_listens(stream, AF_UNSPEC, SOCK_STREAM);
	assert_listens(tcp, AF_INET, SOCK_STREAM);
	if (tcp6 >= 0)
		assert_listens(tcp6, AF_UNSPEC, SOCK_STREAM);
}

Test(systemd, nothing_was_passed)
{
	_cleanup_close_ int fd = unix_listener(SOCK_SEQPACKET);

	assert_refuses(-ENOENT, (struct service){NULL, NULL, -1, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-ENOENT, (struct service){NULL, "1", fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-ENOENT, (struct service){"self", NULL, fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-ENOENT, (struct service){"self", "0", fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-ENOENT, (struct service){"1", "1", fd, AF_UNIX, SOCK_SEQPACKET});
}

Test(systemd, invalid_variables_are_refused)
{
	static const char *const wrong[] = {
		"", "x", "-1", "+1", " 1", "1 ", "1x", "2", "2147483648", "18446744073709551616"};
	_cleanup_close_ int fd = unix_listener(SOCK_SEQPACKET);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refuses(
			-EINVAL, (struct service){"self", wrong[i], fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"", "1", fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"1x", "1", fd, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"self", "1", -1, AF_UNIX, SOCK_SEQPACKET});
}

Test(systemd, sockets_of_other_kinds_are_refused)
{
	_cleanup_close_ int stream = unix_listener(SOCK_STREAM);
	_cleanup_close_ int idle = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	_cleanup_close_ int tcp = tcp_listener(AF_INET);
	_cleanup_close_ int file = open("/dev/null", O_RDWR);

	assert_refuses(-EINVAL, (struct service){"self", "1", stream, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"self", "1", idle, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"self", "1", tcp, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"self", "1", tcp, AF_INET6, SOCK_STREAM});
	assert_refuses(-EINVAL, (struct service){"self", "1", file, AF_UNIX, SOCK_SEQPACKET});
	assert_refuses(-EINVAL, (struct service){"self", "1", idle, AF_UNSPEC, SOCK_STREAM});
}

/* Makes a service manager's socket at `name` ('@' for an abstract one), and sets $NOTIFY_SOCKET. */
static int manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	cr_assert_eq(bind(fd, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
		0, "%s", name);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void assert_notifies(int manager_fd)
{
	char buffer[64] = "";

	cr_assert_null(getenv("NOTIFY_SOCKET"));
	cr_assert_eq(systemd_notify("READY=1\nSTATUS=serving"), 0);
	cr_assert_eq(recv(manager_fd, buffer, sizeof(buffer) - 1, 0), 22);
	cr_assert_str_eq(buffer, "READY=1\nSTATUS=serving");
}

Test(systemd, notifies_by_path)
{
	char name[64];
	_cleanup_close_ int fd = -1;
	int r;

	snprintf(name, sizeof(name), "/tmp/rexmit-notify-%d", getpid());
	fd = manager(name);
	r = systemd_notify_open();
	unlink(name); /* before a check can fail; connections remain */
	cr_assert_eq(r, 0);
	assert_notifies(fd);
}

Test(systemd, notifies_by_abstract_name)
{
	char name[64];
	_cleanup_close_ int fd = -1;

	snprintf(name, sizeof(name), "@rexmit-notify-%d", getpid());
	fd = manager(name);
	cr_assert_eq(systemd_notify_open(), 0);
	assert_notifies(fd);
}

Test(systemd, notify_without_manager)
{
	unsetenv("NOTIFY_SOCKET");
	cr_assert_eq(systemd_notify_open(), 0);
	cr_assert_eq(systemd_notify("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	cr_assert_eq(systemd_notify_open(), 0);
	cr_assert_eq(systemd_notify("READY=1"), 0);
}

Test(systemd, notify_refuses_invalid_addresses)
{
	static const struct {
		const char *name;
		int wanted;
	} cases[] = {{"relative", -EAFNOSUPPORT}, {"vsock:2:1", -EAFNOSUPPORT}, {"@", -EINVAL},
		{"/", -EINVAL}, {"/nonexistent/notify", -ENOENT},
		{"@rexmit-nobody-listens-here", -ECONNREFUSED}};
	char too_long[109];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("NOTIFY_SOCKET", cases[i].name, 1);
		cr_assert_eq(systemd_notify_open(), cases[i].wanted, "%s", cases[i].name);
		cr_assert_null(getenv("NOTIFY_SOCKET"));
		cr_assert_eq(systemd_notify("READY=1"), 0,
			"a second call did something after a failure");
	}
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[0] = '/';
	too_long[108] = '\0';
	setenv("NOTIFY_SOCKET", too_long, 1);
	cr_assert_eq(systemd_notify_open(), -ENAMETOOLONG);
}

/* The service manager reads nothing, and later ends. */
Test(systemd, notify_never_blocks)
{
	char name[64];
	_cleanup_close_ int fd = -1;
	int r = 0;

	snprintf(name, sizeof(name), "@rexmit-notify-full-%d", getpid());
	fd = manager(name);
	cr_assert_eq(systemd_notify_open(), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = systemd_notify("WATCHDOG=1");
	cr_assert_eq(r, -EAGAIN);
	close(cleanup_take_fd(&fd));
	cr_assert_eq(systemd_notify("WATCHDOG=1"), -ECONNREFUSED);
}

Test(systemd, watchdog_interval)
{
	static const struct {
		const char *usec, *pid;
		uint64_t wanted;
	} cases[] = {{NULL, NULL, 0}, {"30000000", NULL, 15000000}, {"30000000", "self", 15000000},
		{"30000000", "1", 0}, {"30000000", "", 0}, {"30000000", "x", 0}, {"", NULL, 0},
		{"0", NULL, 0}, {"1", NULL, 0}, {"3", NULL, 1}, {"30s", NULL, 0}, {"-2", NULL, 0},
		{"18446744073709551614", NULL, UINT64_C(9223372036854775807)},
		{"18446744073709551615", NULL, 0}, {"18446744073709551616", NULL, 0}};
	char self[16];

	snprintf(self, sizeof(self), "%d", getpid());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool own = cases[i].pid != NULL && strcmp(cases[i].pid, "self") == 0;

		set_or_unset("WATCHDOG_USEC", cases[i].usec);
		set_or_unset("WATCHDOG_PID", own ? self : cases[i].pid);
		cr_assert_eq(systemd_watchdog_interval_us(), cases[i].wanted, "usec %s, pid %s",
			cases[i].usec, cases[i].pid);
	}
}
