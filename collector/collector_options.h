/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The command line of rexmit-collector. */
#ifndef REXMIT_COLLECTOR_OPTIONS_H
#define REXMIT_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/flags.h"
#include "common/log.h"
#include "common/sandbox.h"

struct options {
	const char *socket;     /* path to listen on, unless systemd passed a socket */
	const char *user;       /* user to become when started as root; NULL: the default */
	const char *allow_user; /* user that may connect; NULL: the default user, if it exists */
	const char *pin;        /* directory of bpffs in which to pin, or NULL */
	const char *unpin;      /* directory to remove, instead of counting, or NULL */
	size_t ring_bytes;
	bool keep_caps; /* keep CAP_BPF and CAP_PERFMON */
	enum sandbox_mode sandbox;
	bool check; /* check the requirements, instead of counting */
	enum log_level log_level;
};

/* Strings in `options` point into `argv`. */
enum flags_result collector_options_parse(struct options *options, int argc, char *argv[]);

#endif
