/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* rexmit-exporter: takes records from the collector, counts them, serves them to Prometheus. */
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptors.h"
#include "common/log_limit.h"
#include "common/signals.h"
#include "common/systemd.h"
#include "confine/exporter_privileges.h"
#include "confine/exporter_system_calls.h"
#include "confine/landlock.h"
#include "exporter.h"
#include "http/guard.h"
#include "memory_limit.h"
#include "routes.h"
#include "version.h"
#include "web_config/load.h"

/* How often lines for standard output are written: nobody sees them come later than at once. */
#define PRINT_US 20000

/* Of --web.probe-address: a few programs probe, now and then. */
#define PROBE_CONNECTIONS 8

/* What only the event loop needs. */
struct loop {
	struct exporter *exporter;
	struct event *signals[SIGNALS(signals_stop) + SIGNALS(signals_noted)];
	struct event *second, *watchdog, *print;
	enum link_state told; /* to the service manager */
};

/* Serves on `fd`, which is the server's then. */
static int serve_on(struct exporter *e, int listen_fd)
{
	_cleanup_close_ int fd = listen_fd;
	char *address = e->addresses[e->address_count];
	int r;

	http_bound_address(fd, address);
	r = e->http ? http_server_listen(e->http, fd)
		    : http_server_new(
			      &e->http, e->base, fd, &http_default_limits, routes_answer, e);
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
		return serve_on(e, fd);
	log_error("cannot listen on %s: %s; choose another --web.listen-address", address,
		strerror(-fd));
	return fd;
}

/* With TLS the certificate has the name, and with passwords a site has none: see http/host_names.h. */
static void serve_named_hosts(struct exporter *e)
{
	if (gethostname(e->host_name, sizeof(e->host_name)))
		e->host_name[0] = '\0';
	e->host_names = (struct http_host_names){e->host_name, e->options.host_names};
	http_server_name(e->http, &e->host_names);
}

/* Of text that http_bound_address() wrote. */
static bool is_local(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]:", 6) == 0 ||
	       strncmp(address, "[::ffff:127.", 12) == 0 || strncmp(address, "unix:", 5) == 0;
}

static void warn_of_bare_passwords(const struct exporter *e)
{
	if (!e->security || !e->security->passwords || e->security->tls)
		return;
	for (unsigned i = 0; i < e->address_count; i++) {
		if (!is_local(e->addresses[i]))
			log_warning("passwords cross the network without TLS on %s: add "
				    "tls_server_config, or serve on loopback",
				e->addresses[i]);
	}
}

/* For programs that have neither password nor certificate, such as the kubelet. */
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

/* The sockets that systemd passed, else those on the addresses of the command line. */
static int serve(struct exporter *e)
{
	int count = systemd_listen_fds(AF_UNSPEC, SOCK_STREAM, HTTP_LISTENERS), r = 0;

	if (count < 0 && count != -ENOENT) {
		log_error("cannot use what systemd passed: 1 to 8 listening stream sockets are "
			  "wanted; look at the .socket unit");
		return count;
	}
	for (int i = 0; i < count && r == 0; i++)
		r = serve_on(e, SYSTEMD_LISTEN_FDS_START + i);
	for (unsigned i = 0; count < 0 && i < e->options.listen_count && r == 0; i++)
		r = serve_on_address(e, e->options.listen_addresses[i]);
	if (r == 0 && e->security)
		http_server_secure(e->http, e->security);
	if (r == 0 && !(e->security && (e->security->tls || e->security->passwords)))
		serve_named_hosts(e);
	warn_of_bare_passwords(e);
	return r ?: serve_probes(e);
}

/* A Unix socket has no URL that everybody agrees on. */
static void log_addresses(const struct exporter *e)
{
	const char *scheme = e->security && e->security->tls ? "https" : "http";

	for (unsigned i = 0; i < e->address_count; i++) {
		const char *address = e->addresses[i];

		if (strncmp(address, "unix:", strlen("unix:")) == 0)
			log_info("version " REXMIT_VERSION ", serving %s on %s", scheme, address);
		else
			log_info("version " REXMIT_VERSION ", serving %s://%s/metrics", scheme,
				address);
	}
}

/*
 * The first step: the process for passwords, which this forks, must inherit neither the memory of the
 * state file, which would be shared and writable, nor any key or descriptor.
 */
static int secure(struct exporter *e)
{
	e->base = event_base_new();
	if (!e->base) {
		log_error("cannot start: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	if (!e->options.web_config)
		return 0;
	return security_open(&e->security, e->options.web_config, e->base, e->options.sandbox);
}

static int connect_collector(struct exporter *e)
{
	const char *path = e->options.collector_socket;
	int r = link_new(&e->link, e->base, path, e->options.collector_user, &e->stream);

	if (r == -ENAMETOOLONG)
		log_error("cannot connect to %s: the path is longer than %zu bytes; choose "
			  "another --collector-socket",
			path, sizeof((struct sockaddr_un){0}.sun_path) - 1);
	else if (r < 0)
		log_error("cannot connect to %s: %s", path, strerror(-r));
	return r;
}

static void stop_cb(evutil_socket_t signal, short what, void *context)
{
	struct loop *loop = context;

	(void)what;
	log_info("stopping on signal %d", (int)signal);
	event_base_loopbreak(loop->exporter->base);
}

/* SIGHUP reads again what can be read again, at once instead of when the next client comes. */
static void noted_cb(evutil_socket_t signal, short what, void *context)
{
	struct http_security *security = ((struct loop *)context)->exporter->security;

	(void)what;
	if (signal == SIGHUP && security)
		security->reload(security);
	else
		log_limited(LOG_LEVEL_INFO,
			"ignoring SIG%s: there is nothing to read again; to change flags, restart",
			sigabbrev_np((int)signal));
}

/* For "systemctl status", when the state changes. */
static void tell_status(struct loop *loop, const char *prefix)
{
	struct exporter *e = loop->exporter;
	char state[256];

	loop->told = link_state(e->link);
	snprintf(state, sizeof(state), "%sSTATUS=%s", prefix, link_describe(e->link));
	systemd_notify(state);
}

static void second_cb(evutil_socket_t none, short what, void *context)
{
	struct loop *loop = context;

	(void)none;
	(void)what;
	exporter_second(loop->exporter);
	/* "rexmit-exporter --print-events | head" ends as a program does that SIGPIPE kills. */
	if (loop->exporter->printer && printer_reader_left(loop->exporter->printer)) {
		log_info("stopping: nobody reads the events any more");
		event_base_loopbreak(loop->exporter->base);
	}
	if (link_state(loop->exporter->link) != loop->told)
		tell_status(loop, "");
}

static void watchdog_cb(evutil_socket_t none, short what, void *context)
{
	(void)none;
	(void)what;
	(void)context;
	systemd_notify("WATCHDOG=1");
}

static void print_cb(evutil_socket_t none, short what, void *context)
{
	struct loop *loop = context;

	(void)none;
	(void)what;
	printer_flush(loop->exporter->printer);
}

/* Gives `event` back pending, or NULL. */
static struct event *added(struct event *event, const struct timeval *interval)
{
	if (event && event_add(event, interval) == 0)
		return event;
	if (event)
		event_free(event);
	return NULL;
}

static struct event *add_timer(struct loop *loop, uint64_t us, event_callback_fn callback)
{
	struct timeval interval = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};

	return added(event_new(loop->exporter->base, -1, EV_PERSIST, callback, loop), &interval);
}

/* Adds events for the signals of `set`; returns where the next one belongs, or NULL. */
static struct event **add_signals(struct loop *loop, struct event **event, const int *set,
	size_t count, event_callback_fn callback)
{
	for (size_t i = 0; i < count; i++, event++) {
		*event = added(evsignal_new(loop->exporter->base, set[i], callback, loop), NULL);
		if (!*event)
			return NULL;
	}
	return event;
}

static bool add_all_signals(struct loop *loop)
{
	struct event **next =
		add_signals(loop, loop->signals, signals_stop, SIGNALS(signals_stop), stop_cb);

	return next && add_signals(loop, next, signals_noted, SIGNALS(signals_noted), noted_cb);
}

/*
 * Until the loop notes them: also for the process that checks passwords, which "systemctl kill -s HUP"
 * and a terminal that is closed send them to, too.
 */
static void ignore_noted_signals(void)
{
	for (size_t i = 0; i < SIGNALS(signals_noted); i++)
		signal(signals_noted[i], SIG_IGN);
}

static int loop_init(struct loop *loop)
{
	uint64_t watchdog_us = systemd_watchdog_interval_us();
	bool print = loop->exporter->printer;

	loop->second = add_timer(loop, 1000000, second_cb);
	if (watchdog_us > 0)
		loop->watchdog = add_timer(loop, watchdog_us, watchdog_cb);
	if (print)
		loop->print = add_timer(loop, PRINT_US, print_cb);
	if (add_all_signals(loop) && loop->second && (loop->watchdog || watchdog_us == 0) &&
		(loop->print || !print))
		return 0;
	log_error("cannot start: %s", strerror(ENOMEM));
	return -ENOMEM;
}

static void loop_deinit(struct loop *loop)
{
	struct event *timers[] = {loop->second, loop->watchdog, loop->print};

	for (size_t i = 0; i < SIGNALS(loop->signals); i++) {
		if (loop->signals[i])
			event_free(loop->signals[i]);
	}
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		if (timers[i])
			event_free(timers[i]);
	}
}

/* Or libevent would write to standard error itself, and wait for it. */
static void libevent_log_cb(int severity, const char *message)
{
	log_limited(severity >= EVENT_LOG_WARN ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		"libevent: %s", message);
}

/* Else the service manager would wait for READY=1 in vain, and end the exporter without a reason. */
static int open_notify(void)
{
	int r = systemd_notify_open();

	if (r < 0)
		log_error("cannot reach the service manager at $NOTIFY_SOCKET: %s", strerror(-r));
	return r;
}

static int dispatch(struct event_base *base)
{
	if (event_base_dispatch(base) == 0)
		return 0;
	log_error("cannot wait for events: %s", strerror(errno));
	return -EIO;
}

/* Files stay accessible to debuggers and sanitizers, for which --seccomp off is. */
static int restrict_objects(const struct exporter *e)
{
	const char *files[HTTP_SECURITY_FILES] = {NULL};

	if (e->security)
		e->security->files(e->security, files);
	return landlock_restrict(e->options.sandbox != SANDBOX_OFF, files, HTTP_SECURITY_FILES);
}

static int run(struct exporter *e)
{
	struct loop loop = {.exporter = e};
	int r = loop_init(&loop);

	if (r == 0)
		r = restrict_objects(e); /* its calls are not in the list of the next step */
	if (r == 0)
		r = system_calls_restrict(
			e->options.sandbox, e->security != NULL, systemd_notify_fd());
	if (r == 0) {
		log_addresses(e);
		tell_status(&loop, "READY=1\n");
		r = dispatch(e->base);
		if (r == 0 && e->security && e->security->failed)
			r = -EIO;
		systemd_notify("STOPPING=1");
	}
	loop_deinit(&loop);
	return r;
}

int main(int argc, char *argv[])
{
	struct exporter exporter = {0};
	int r;

	log_init("rexmit-exporter", LOG_LEVEL_INFO);
	ignore_noted_signals();
	r = descriptors_init() ?: descriptors_drop_input();
	if (r < 0) {
		log_error("cannot open /dev/null for a standard stream: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	switch (options_parse(&exporter.options, argc, argv)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_DONE:
		return EXIT_SUCCESS;
	case OPTIONS_WRONG:
		return 2;
	}
	log_init("rexmit-exporter", exporter.options.log_level);
	/* As a wrong flag: what supervises the exporter need not try again. */
	if (memory_limit_check(&exporter.options) < 0)
		return 2;
	/* What a page took is given back when it has been sent, not kept for the next one. */
	mallopt(M_MMAP_THRESHOLD, 32 << 10);
	event_set_log_callback(libevent_log_cb);
	r = open_notify();
	if (r == 0)
		r = privileges_refuse(exporter.options.allow_root);
	if (r == 0)
		r = secure(&exporter);
	if (r == 0)
		r = exporter_init(&exporter);
	if (r == 0)
		r = serve(&exporter);
	if (r == 0)
		r = connect_collector(&exporter);
	if (r == 0)
		r = run(&exporter);
	exporter_deinit(&exporter);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
