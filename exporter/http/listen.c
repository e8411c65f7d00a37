/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "common/unix_socket.h"
#include "http/listen.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

/* Parses a port. strtoul() would accept blanks and signs. */
static int port_parse(const char *text, in_port_t *port)
{
	unsigned value = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits < 1 || digits > 5 || text[digits])
		return -EINVAL;
	for (; *text; text++)
		value = value * 10 + (unsigned)(*text - '0');
	if (value > UINT16_MAX)
		return -EINVAL;
	*port = htons((uint16_t)value);
	return 0;
}

static int address_parse(const char *text, union address *address)
{
	char host[INET6_ADDRSTRLEN + 2] = "";
	const char *colon = strrchr(text, ':');
	size_t size = colon ? (size_t)(colon - text) : 0;
	in_port_t port;

	if (!colon || size >= sizeof(host) || port_parse(colon + 1, &port))
		return -EINVAL;
	memcpy(host, text, size);
	*address = (union address){0};
	if (!size || host[0] == '[') {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = port;
		if (!size)
			return 0;
		if (host[size - 1] != ']')
			return -EINVAL;
		host[size - 1] = '\0';
		return inet_pton(AF_INET6, host + 1, &address->v6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = port;
	return inet_pton(AF_INET, host, &address->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

static int address_listen(const union address *address)
{
	const int on = 1, off = 0;
	_cleanup_close_ int fd = socket(
		address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -errno;
	/* "::" accepts both families, independent of net.ipv6.bindv6only. */
	if (address->any.sa_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)))
		return -errno;
	if (bind(fd, &address->any, address_size(address)))
		return -errno;
	/* With a full backlog, the kernel drops a scraper's SYN, which delays the scrape by a
	 * second. */
	if (listen(fd, SOMAXCONN))
		return -errno;
	return cleanup_take_fd(&fd);
}

static const char *unix_path(const char *text)
{
	static const char prefix[] = "unix:";
	size_t length = sizeof(prefix) - 1;

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int http_listen_check(const char *text)
{
	const char *path = unix_path(text);
	union address address;

	if (path)
		return *path && strlen(path) < sizeof(address.local.sun_path) ? 0 : -EINVAL;
	return address_parse(text, &address);
}

int http_listen(const char *text)
{
	const char *path = unix_path(text);
	union address address;
	int r = path ? http_listen_check(text) : address_parse(text, &address);

	if (r)
		return r;
	if (path)
		return unix_listen_stream(path);
	r = address_listen(&address);
	if (text[0] == ':' && (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)) { /* IPv6 is disabled */
		union address v4 = {.v4 = {.sin_family = AF_INET}};

		v4.v4.sin_port = address.v6.sin6_port;
		r = address_listen(&v4);
	}
	return r;
}

int http_bound_address(int fd, char text[HTTP_ADDRESS_SIZE])
{
	union address address = {0};
	socklen_t size = sizeof(address);
	char host[INET6_ADDRSTRLEN];

	strcpy(text, "?");
	if (getsockname(fd, &address.any, &size))
		return -errno;
	if (address.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
		snprintf(text, HTTP_ADDRESS_SIZE, "%s:%u", host, ntohs(address.v4.sin_port));
	} else if (address.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
		snprintf(text, HTTP_ADDRESS_SIZE, "[%s]:%u", host, ntohs(address.v6.sin6_port));
	} else if (address.any.sa_family == AF_UNIX) {
		/* The name of an abstract address follows a zero (unix(7)). */
		bool abstract = address.local.sun_path[0] == '\0';

		snprintf(text, HTTP_ADDRESS_SIZE, "unix:%s%.*s", abstract ? "@" : "",
			(int)sizeof(address.local.sun_path) - abstract,
			address.local.sun_path + abstract);
	} else {
		return -EAFNOSUPPORT;
	}
	return 0;
}
