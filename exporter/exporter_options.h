/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's command line. */
#ifndef REXMIT_OPTIONS_H
#define REXMIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/flags.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "counts/group.h"
#include "counts/network.h"
#include "events/event_line.h"
#include "http/listen.h"

/* Maximum number of networks in --ignore. */
#define OPTIONS_IGNORED 64

struct options {
	const char *collector_socket;
	uid_t collector_user; /* trusted, like root and the exporter's user; -1: none */
	const char *listen_addresses[HTTP_LISTENERS];
	unsigned listen_count;
	const char *probe_address; /* NULL: none */
	const char *web_config;    /* NULL: neither TLS nor passwords */
	const char *host_names;    /* names that a Host header may have, separated by commas */
	const char *state_file;    /* NULL: none */
	struct grouping grouping;
	const char *networks_file; /* NULL: none */
	struct network ignored[OPTIONS_IGNORED];
	int ignored_count;
	uint32_t max_series;
	uint32_t idle_expiry_s; /* 0: never */
	bool allow_root;
	enum sandbox_mode sandbox;
	bool created, exemplars; /* extensions of OpenMetrics */
	bool disable_page;       /* the page at / */
	bool disable_events;     /* /events */
	bool print_events;
	enum event_format event_format;
	enum log_level log_level;
};

/* Strings in `options` point into `argv`. */
enum flags_result exporter_options_parse(struct options *options, int argc, char *argv[]);

#endif
