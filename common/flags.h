/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How both programs read their flags. An error in a flag causes one line in the log. */
#ifndef REXMIT_FLAGS_H
#define REXMIT_FLAGS_H

#include <getopt.h>

#define FLAGS_END (-1)
#define FLAGS_WRONG '?'

struct flags {
	int argc;
	char **argv;
	const char *program;          /* the program whose --help a message names */
	const struct option *options; /* `val` is neither of the above; no short options */
	int repeatable;               /* `val` of the only option that may be repeated, or 0 */
};

/* To be called before the first flags_next() of a command line. */
void flags_begin(void);

/*
 * Returns the next flag's `val`, with its value in optarg and its name in `*name`. Returns
 * FLAGS_END after the last flag. Returns FLAGS_WRONG, with a line logged, for an unknown flag, an
 * abbreviation, a repeated flag, or a value that is missing, empty or not expected.
 */
int flags_next(const struct flags *flags, const char **name);

/* Logs that --NAME does not accept `value`, and what it accepts. Returns -EINVAL. */
int flags_refuse(const char *name, const char *value, const char *accepted);

#endif
