/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "serve.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/systemd.h"
#include "http/guard.h"
#include "routes.h"
#include "version.h"

static int serve_on_fd(struct exporter *e, int listen_fd)
{
	_cleanup_close_ int fd = listen_fd;
	char *address = e->addresses[e->address_count];
	int r = http_bound_address(fd, address); /* systemd may pass other kinds of sockets */

	if (r == 0)
		r = e->http ? http_server_listen(e->http, fd)
			    : http_server_new(&e->http, e->base, fd, &http_default_limits,
				      routes_answer, e);
	if (r < 0) {
		log_error("cannot serve on %s: %s", address, strerror(-r));
		return r;
	}
	cleanup_take_fd(&fd);
	e->address_count++;
	return 0;
}

static int serve_on_address(struct exporter *e, const char *address)
{
	int fd = http_listen(address);

	if (fd >= 0)
		return serve_on_fd(e, fd);
	log_error("cannot listen on %s: %s; choose another --web.listen-address", address,
		strerror(-fd));
	return fd;
}

/*
 * Checks Host headers (http/host_names.h). With TLS the check is not necessary, because the
 * certificate proves the host's name. With passwords it is not necessary, because another site has
 * no password.
 */
static void serve_named_hosts(struct exporter *e)
{
	if (gethostname(e->host_name, sizeof(e->host_name)))
		e->host_name[0] = '\0';
	e->host_names = (struct http_host_names){e->host_name, e->options.host_names};
	http_server_set_host_names(e->http, &e->host_names);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* `address` has the form of http_bound_address(). */
static bool is_local(const char *address)
{
	return starts_with(address, "127.") || starts_with(address, "[::1]:") ||
	       starts_with(address, "[::ffff:127.") || starts_with(address, "unix:");
}

static void warn_of_bare_passwords(const struct exporter *e)
{
	if (!e->guard || !e->guard->passwords || e->guard->tls)
		return;
	for (unsigned i = 0; i < e->address_count; i++) {
		if (!is_local(e->addresses[i]))
			log_warning("passwords cross the network without TLS on %s: add "
				    "tls_server_config, or serve on loopback",
				e->addresses[i]);
	}
}

/* Serves programs that have neither a password nor a certificate, such as the kubelet. */
static int serve_probes(struct exporter *e)
{
	const char *address = e->options.probe_address;
	struct http_limits limits = http_default_limits;
	_cleanup_close_ int fd = address ? http_listen(address) : -1;
	char bound[HTTP_ADDRESS_SIZE];
	int r;

	if (!address)
		return 0;
	limits.connections = PROBE_CONNECTIONS;
	if (fd >= 0)
		http_bound_address(fd, bound);
	r = fd < 0 ? fd : http_server_new(&e->probes, e->base, fd, &limits, routes_probe, e);
	if (r < 0) {
		log_error("cannot serve probes on %s: %s; choose another --web.probe-address",
			address, strerror(-r));
		return r;
	}
	cleanup_take_fd(&fd);
	log_info("serving /healthz and /readyz on %s", bound);
	return 0;
}

int serve_open(struct exporter *e)
{
	int count = systemd_listen_fds(AF_UNSPEC, SOCK_STREAM, HTTP_LISTENERS), r = 0;

	if (count < 0 && count != -ENOENT) {
		log_error(
			"cannot use the sockets that systemd passed: give 1 to 8 listening stream "
			"sockets in the .socket unit");
		return count;
	}
	for (int i = 0; i < count && r == 0; i++)
		r = serve_on_fd(e, SYSTEMD_LISTEN_FDS_START + i);
	for (unsigned i = 0; count < 0 && i < e->options.listen_count && r == 0; i++)
		r = serve_on_address(e, e->options.listen_addresses[i]);
	if (r == 0 && e->guard)
		http_server_set_guard(e->http, e->guard);
	if (r == 0 && !(e->guard && (e->guard->tls || e->guard->passwords)))
		serve_named_hosts(e);
	warn_of_bare_passwords(e);
	return r < 0 ? r : serve_probes(e);
}

/* A Unix socket has no standard URL, so the line has its path. */
void serve_log_addresses(const struct exporter *e)
{
	const char *scheme = e->guard && e->guard->tls ? "https" : "http";

	for (unsigned i = 0; i < e->address_count; i++) {
		const char *address = e->addresses[i];

		if (starts_with(address, "unix:"))
			log_info("version " REXMIT_VERSION ", serving %s on %s", scheme, address);
		else
			log_info("version " REXMIT_VERSION ", serving %s://%s/metrics", scheme,
				address);
	}
}
