/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's command line. */
#ifndef REXMIT_OPTIONS_H
#define REXMIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "counts/group.h"
#include "events/event_line.h"
#include "http/listen.h"

struct options {
	const char *collector_socket;
	uid_t collector_user; /* is believed besides root and the own user; -1: nobody */
	const char *listen_addresses[HTTP_LISTENERS];
	unsigned listen_count;
	const char *probe_address; /* NULL: none */
	const char *web_config;    /* NULL: neither TLS nor passwords */
	const char *host_names;    /* that requests may be for, with commas in between; "": none */
	const char *state_file;    /* NULL: none */
	struct grouping grouping;
	uint32_t max_series;
	uint32_t idle_expiry_s; /* 0: never */
	bool allow_root;
	enum sandbox_mode sandbox;
	bool created, exemplars; /* in OpenMetrics */
	bool disable_page;       /* that at / */
	bool print_events;
	enum event_format event_format;
	enum log_level log_level;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,  /* --help or --version was answered on standard output */
	OPTIONS_WRONG, /* one line in the log says what is accepted */
};

/* Strings in `options` point into `argv`. */
enum options_result options_parse(struct options *options, int argc, char *argv[]);

#endif
