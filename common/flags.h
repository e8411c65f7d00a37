/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How both programs read their flags, and say what is wrong with one: a line in the log. */
#ifndef REXMIT_FLAGS_H
#define REXMIT_FLAGS_H

#include <getopt.h>

#define FLAGS_END (-1)
#define FLAGS_WRONG '?'

struct flags {
	int argc;
	char **argv;
	const char *program;          /* whose --help is pointed to */
	const struct option *options; /* whose `val` is neither of the above; no short ones */
	int repeatable;               /* `val` of the one that may be given more than once, or 0 */
};

/* To be called before flags_next(), again for each command line. */
void flags_begin(void);

/*
 * The next flag's `val`, with its value in optarg and its name in `*name`. FLAGS_END after the
 * last; FLAGS_WRONG, with a line logged, for what is no flag, an abbreviation of one, a flag that
 * was given before, a value too many, too few, or empty.
 */
int flags_next(const struct flags *flags, const char **name);

/* Logs that --NAME does not take `value`, and what it does. Returns -EINVAL. */
int flags_refuse(const char *name, const char *value, const char *accepted);

#endif
