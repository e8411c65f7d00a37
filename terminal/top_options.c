/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/top_options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/array.h"
#include "version.h"

#define DEFAULT_URL "http://127.0.0.1:2112"

static int parse_url(const struct flag *flag, const char *value, void *to)
{
	struct top_options *options = to;

	options->input = strcmp(value, "-") == 0;
	if (options->input || target_parse(&options->target, value) == 0)
		return 0;
	return flag_refuse(flag, value, "http://HOST:PORT, unix:PATH or -; there is no https");
}

static int parse_sort(const struct flag *flag, const char *value, void *to)
{
	static const char *const names[] = {
		[VIEW_BY_RATE] = "rate",
		[VIEW_BY_RATIO] = "ratio",
		[VIEW_BY_SEGMENTS] = "segments",
		[VIEW_BY_PEER] = "peer",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], value) == 0) {
			*(enum view_order *)to = (enum view_order)i;
			return 0;
		}
	}
	return flag_refuse(flag, value, "rate, ratio, segments or peer");
}

static const struct flag list[] = {
	{"url", "URL",
		"the exporter (" DEFAULT_URL "), unix:PATH,\n         or - for standard input",
		parse_url, 0},
	{"once", NULL, "print one table, and exit", flag_set, offsetof(struct top_options, once)},
	{"interval", "SECONDS", "time between two refreshes (2)", flag_number,
		offsetof(struct top_options, interval_s), 1, 3600},
	{"sort", "BY", "rate, ratio, segments or peer (rate)", parse_sort,
		offsetof(struct top_options, order)},
};

static const struct flags flags = {
	.program = "rexmit-top",
	.version = REXMIT_VERSION,
	.head = "Usage: rexmit-top [OPTION]...; see rexmit-top(1). Defaults are in ().\n\n",
	.tail = "",
	.column = 24,
	.list = list,
	.count = ARRAY_SIZE(list),
};

enum flags_result top_options_parse(struct top_options *options, int argc, char *argv[])
{
	*options = (struct top_options){.interval_s = 2, .order = VIEW_BY_RATE};
	target_parse(&options->target, DEFAULT_URL);
	return flags_parse(&flags, options, argc, argv);
}
