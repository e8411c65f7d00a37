/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* rexmit-exporter: receives records from the collector, adds them up, and serves the counts. */
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/array.h"
#include "common/descriptors.h"
#include "common/log_limit.h"
#include "common/systemd.h"
#include "confine/exporter_privileges.h"
#include "confine/exporter_system_calls.h"
#include "confine/landlock.h"
#include "descriptor_limit.h"
#include "event_loop.h"
#include "exporter.h"
#include "http/guard.h"
#include "memory_limit.h"
#include "routes.h"
#include "serve.h"
#include "web_config/load.h"

/* Without this callback, libevent would write to standard error, and could block there. */
static void libevent_log_cb(int severity, const char *message)
{
	log_limited(severity >= EVENT_LOG_WARN ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		"libevent: %s", message);
}

/*
 * Connects to the service manager. Failure ends the program with a reason. Otherwise systemd would
 * wait for READY=1 and kill the exporter without a reason.
 */
static int open_notify_socket(struct exporter *e)
{
	int r = systemd_notify_open();

	(void)e;
	if (r < 0)
		log_error("cannot reach the service manager at $NOTIFY_SOCKET: %s", strerror(-r));
	return r;
}

static int refuse_privileges(struct exporter *e)
{
	return privileges_refuse(e->options.allow_root);
}

/*
 * This step forks the password checker. It precedes all steps that open something, because the
 * checker must not inherit keys, descriptors, or the shared mapping of the state file.
 */
static int open_web_config(struct exporter *e)
{
	e->base = event_base_new();
	if (!e->base) {
		log_error("cannot start: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	if (!e->options.web_config)
		return 0;
	return web_config_open(
		&e->guard, e->options.web_config, e->base, e->options.sandbox, e->argv);
}

static int start_link(struct exporter *e)
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

/* With --seccomp off, files stay accessible, because debuggers and sanitizers need some. */
static int enter_landlock(struct exporter *e)
{
	const char *files[HTTP_GUARD_FILES + 1] = {NULL};

	if (e->guard)
		e->guard->files(e->guard, files);
	files[HTTP_GUARD_FILES] = e->options.networks_file;
	return landlock_restrict(e->options.sandbox != SANDBOX_OFF, files, ARRAY_SIZE(files));
}

static int enter_system_call_filter(struct exporter *e)
{
	return exporter_system_calls_restrict(
		e->options.sandbox, e->guard || e->networks, systemd_notify_fd());
}

static int announce_addresses(struct exporter *e)
{
	serve_log_addresses(e);
	return 0;
}

/* The steps of the program, in order. Each step logs its failure, which ends the program. */
static int (*const steps[])(struct exporter *) = {
	refuse_privileges,
	open_web_config,    /* executes a second exporter in static programs (execute.c) */
	open_notify_socket, /* clears $NOTIFY_SOCKET, which the second exporter also needs */
	exporter_init,
	exporter_read_networks,
	serve_open,
	start_link,
	routes_init,
	event_loop_init,
	enter_landlock, /* before the filter, which forbids Landlock's system calls */
	enter_system_call_filter,
	announce_addresses,
	event_loop_run,
};

static int run_steps(struct exporter *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](e);
	event_loop_deinit();
	exporter_deinit(e);
	return r;
}

int main(int argc, char *argv[])
{
	struct exporter exporter = {.argv = argv};
	int r;

	log_name_levels();
	log_init("rexmit-exporter", LOG_LEVEL_INFO);
	event_loop_ignore_signals();
	r = descriptors_init();
	if (r == 0)
		r = descriptors_drop_input();
	if (r < 0) {
		log_error("cannot open /dev/null for a standard stream: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	switch (exporter_options_parse(&exporter.options, argc, argv)) {
	case FLAGS_RUN:
		break;
	case FLAGS_DONE:
		return EXIT_SUCCESS;
	case FLAGS_WRONG:
		return 2;
	}
	log_init("rexmit-exporter", exporter.options.log_level);
	/* A low limit has the exit status of a wrong flag, so systemd does not restart the program. */
	if (memory_limit_check(&exporter.options) < 0 || descriptor_limit_check() < 0)
		return 2;
	/* Larger blocks, such as a sent exposition, return to the kernel when they are freed. */
	mallopt(M_MMAP_THRESHOLD, 32 << 10);
	event_set_log_callback(libevent_log_cb);
	return run_steps(&exporter) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
