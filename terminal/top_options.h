/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The command line of rexmit-top. */
#ifndef REXMIT_TOP_OPTIONS_H
#define REXMIT_TOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flags.h"
#include "terminal/target.h"
#include "terminal/view.h"

struct top_options {
	struct target target;
	bool input; /* --url -: read one summary from standard input */
	bool once;
	uint32_t interval_s;
	enum view_order order;
};

/* Strings in `options` point into `argv`. */
enum flags_result top_options_parse(struct top_options *options, int argc, char *argv[]);

#endif
