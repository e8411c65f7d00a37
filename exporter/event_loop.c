/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "event_loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/log_limit.h"
#include "common/signals.h"
#include "common/systemd.h"
#include "http/guard.h"

/* The interval at which lines are written to standard output. */
#define PRINT_US 20000

/* The state of the only event loop of the process. */
static struct loop {
	struct exporter *exporter;
	struct event *signals[ARRAY_SIZE(signals_stop) + ARRAY_SIZE(signals_noted)];
	struct event *second, *watchdog, *print;
	enum link_state reported; /* to the service manager */
} event_loop;

static void stop_cb(evutil_socket_t signal, short what, void *context)
{
	struct loop *loop = context;

	(void)what;
	log_info("stopping on signal %d", (int)signal);
	event_base_loopbreak(loop->exporter->base);
}

/*
 * After SIGHUP, the files of --web.config.file and --networks are read again. Changed files of
 * --web.config.file are also read again when a client connects.
 */
static void noted_cb(evutil_socket_t signal, short what, void *context)
{
	const struct exporter *e = ((struct loop *)context)->exporter;

	(void)what;
	if (signal == SIGHUP && e->guard)
		e->guard->reload(e->guard);
	if (signal == SIGHUP && e->networks)
		network_names_reload(e->networks);
	if (signal != SIGHUP || (!e->guard && !e->networks))
		log_limited(LOG_LEVEL_INFO,
			"ignoring SIG%s: there is nothing to read again; to change flags, restart",
			sigabbrev_np((int)signal));
}

static void report_status(struct loop *loop, const char *prefix)
{
	struct exporter *e = loop->exporter;
	char state[256];

	loop->reported = link_state(e->link);
	snprintf(state, sizeof(state), "%sSTATUS=%s", prefix, link_describe(e->link));
	systemd_notify(state);
}

static void second_cb(evutil_socket_t none, short what, void *context)
{
	struct loop *loop = context;

	(void)none, (void)what;
	exporter_second(loop->exporter);
	/* In "rexmit-exporter --print-events | head", the exporter ends when head ends. */
	if (loop->exporter->printer && printer_reader_left(loop->exporter->printer)) {
		log_info("stopping: the reader of the events is gone");
		event_base_loopbreak(loop->exporter->base);
	}
	if (link_state(loop->exporter->link) != loop->reported)
		report_status(loop, "");
}

static void watchdog_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what, (void)context;
	systemd_notify("WATCHDOG=1");
}

static void print_cb(evutil_socket_t none, short what, void *context)
{
	struct loop *loop = context;

	(void)none, (void)what;
	printer_flush(loop->exporter->printer);
}

/* Adds `event` to the loop and returns it. On failure, frees it and returns NULL. */
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

/* Adds an event for each signal of `set`. Returns the slot after the last one, or NULL. */
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
		add_signals(loop, loop->signals, signals_stop, ARRAY_SIZE(signals_stop), stop_cb);

	return next && add_signals(loop, next, signals_noted, ARRAY_SIZE(signals_noted), noted_cb);
}

void event_loop_ignore_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals_noted); i++)
		signal(signals_noted[i], SIG_IGN);
}

int event_loop_init(struct exporter *exporter)
{
	uint64_t watchdog_us = systemd_watchdog_interval_us();
	bool print = exporter->printer;

	event_loop.exporter = exporter;
	event_loop.second = add_timer(&event_loop, 1000000, second_cb);
	if (watchdog_us > 0)
		event_loop.watchdog = add_timer(&event_loop, watchdog_us, watchdog_cb);
	if (print)
		event_loop.print = add_timer(&event_loop, PRINT_US, print_cb);
	if (add_all_signals(&event_loop) && event_loop.second &&
		(event_loop.watchdog || watchdog_us == 0) && (event_loop.print || !print))
		return 0;
	log_error("cannot start: %s", strerror(ENOMEM));
	return -ENOMEM;
}

void event_loop_deinit(void)
{
	struct event *timers[] = {event_loop.second, event_loop.watchdog, event_loop.print};

	for (size_t i = 0; i < ARRAY_SIZE(event_loop.signals); i++) {
		if (event_loop.signals[i])
			event_free(event_loop.signals[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
		if (timers[i])
			event_free(timers[i]);
	}
}

static int dispatch(struct event_base *base)
{
	if (event_base_dispatch(base) == 0)
		return 0;
	log_error("cannot wait for events: %s", strerror(errno));
	return -EIO;
}

int event_loop_run(struct exporter *exporter)
{
	int r;

	report_status(&event_loop, "READY=1\n");
	r = dispatch(exporter->base);
	if (r == 0 && exporter->guard && exporter->guard->failed)
		r = -EIO;
	systemd_notify("STOPPING=1");
	return r;
}
