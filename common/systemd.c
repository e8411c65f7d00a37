/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The environment variables of sd_listen_fds(3), sd_notify(3) and sd_watchdog_enabled(3), and the
 * datagrams of sd_notify(3).
 */
#include "systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"

#define LISTEN_FDS_MAX 65536 /* more than any service manager passes, and fits into an int */

static int notify_fd = -1;

/* Parses a decimal number without sign or space. */
static int parse_number(const char *text, uint64_t *number)
{
	char *end;
	unsigned long long value;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return -EINVAL;
	*number = value;
	return 0;
}

/* Returns how many sockets were passed to this process, or a negative errno. */
static int64_t listen_count(void)
{
	const char *pid_text = getenv("LISTEN_PID"), *fds_text = getenv("LISTEN_FDS");
	uint64_t pid, fds;

	if (!pid_text || !fds_text)
		return 0;
	if (parse_number(pid_text, &pid) < 0 || parse_number(fds_text, &fds) < 0 ||
		fds > LISTEN_FDS_MAX)
		return -EINVAL;
	return pid == (uint64_t)getpid() ? (int64_t)fds : 0;
}

int systemd_listen_end(void)
{
	int64_t count = listen_count();

	/* An invalid count is refused later, by systemd_listen_fds(). */
	return SYSTEMD_LISTEN_FDS_START + (count > 0 ? (int)count : 0);
}

static bool option_is(int fd, int option, int wanted)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

static bool is_listener(int fd, int family, int type)
{
	bool family_ok = family == AF_UNSPEC || option_is(fd, SO_DOMAIN, family);

	return family_ok && option_is(fd, SO_TYPE, type) && option_is(fd, SO_ACCEPTCONN, 1);
}

static int set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

int systemd_listen_fds(int family, int type, int limit)
{
	int64_t count = listen_count();
	int r;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_PIDFDID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count == 0)
		return -ENOENT;
	if (count < 0 || count > limit)
		return -EINVAL;
	for (int fd = SYSTEMD_LISTEN_FDS_START; fd < SYSTEMD_LISTEN_FDS_START + count; fd++) {
		if (!is_listener(fd, family, type))
			return -EINVAL;
		r = set_flags(fd);
		if (r < 0)
			return r;
	}
	return (int)count;
}

/* `text` is "/path", or "@name" for an abstract address, which starts with a zero (unix(7)). */
static int notify_address(const char *text, struct sockaddr_un *address, socklen_t *size)
{
	size_t length = strlen(text);

	if (text[0] != '/' && text[0] != '@')
		return -EAFNOSUPPORT;
	if (length < 2)
		return -EINVAL;
	if (length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, text, length);
	if (text[0] == '@')
		address->sun_path[0] = '\0';
	/* The size excludes a terminating zero, which would be part of an abstract name. */
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

static int notify_connect(const char *text)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address;
	socklen_t size;
	int r = notify_address(text, &address, &size);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)
		return -errno;
	return cleanup_take_fd(&fd);
}

int systemd_notify_open(void)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int fd;

	if (!text || !*text) /* some programs clear the variable instead of removing it */
		return 0;
	fd = notify_connect(text);
	unsetenv("NOTIFY_SOCKET");
	if (fd < 0)
		return fd;
	notify_fd = fd;
	return 0;
}

int systemd_notify_fd(void)
{
	return notify_fd;
}

int systemd_notify(const char *state)
{
	if (notify_fd < 0)
		return 0;
	if (send(notify_fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

uint64_t systemd_watchdog_interval_us(void)
{
	const char *usec_text = getenv("WATCHDOG_USEC"), *pid_text = getenv("WATCHDOG_PID");
	uint64_t usec, pid;

	if (!usec_text || parse_number(usec_text, &usec) < 0 || usec == UINT64_MAX)
		return 0;
	if (pid_text && (parse_number(pid_text, &pid) < 0 || pid != (uint64_t)getpid()))
		return 0;
	return usec / 2;
}
