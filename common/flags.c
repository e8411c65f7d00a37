/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "flags.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "log.h"

/* One bit for each option that was on this command line. */
static uint64_t given;

void flags_begin(void)
{
	given = 0;
	/* getopt_long(3) would print its own messages; ours say what to do. */
	opterr = 0;
	/* glibc: start again, for a caller that parses twice */
	optind = 0;
}

/*
 * Returns the option, or NULL. getopt_long(3) would also accept abbreviations, which a new flag
 * could make ambiguous.
 */
static const struct option *find_option(const struct flags *flags, const char *text)
{
	size_t length = strcspn(text, "=");

	if (strncmp(text, "--", 2) != 0)
		return NULL;
	for (const struct option *o = flags->options; o->name; o++) {
		if (strlen(o->name) == length - 2 && memcmp(text + 2, o->name, length - 2) == 0)
			return o;
	}
	return NULL;
}

/* Without this check the last one would win, and the first would be ignored silently. */
static bool is_given_twice(const struct flags *flags, const struct option *option)
{
	uint64_t bit = UINT64_C(1) << (option - flags->options);
	bool twice = given & bit && option->val != flags->repeatable;

	given |= bit;
	return twice;
}

int flags_next(const struct flags *flags, const char **name)
{
	int at = optind ? optind : 1;
	const char *text = flags->argv[at];
	const struct option *found;
	int option;

	if (at >= flags->argc)
		return FLAGS_END;
	found = find_option(flags, text);
	if (!found) {
		log_error("'%s' is not a flag; see %s --help", text, flags->program);
		return FLAGS_WRONG;
	}
	*name = found->name;
	option = getopt_long(flags->argc, flags->argv, "+:", flags->options, NULL);
	if (option == ':' || (option == found->val && found->has_arg && *optarg == '\0')) {
		log_error("--%s needs a value; see %s --help", *name, flags->program);
		return FLAGS_WRONG;
	}
	if (option == FLAGS_WRONG) {
		log_error("--%s takes no value; see %s --help", *name, flags->program);
		return FLAGS_WRONG;
	}
	if (is_given_twice(flags, found)) {
		log_error("--%s may be given only once", *name);
		return FLAGS_WRONG;
	}
	return option;
}

int flags_refuse(const char *name, const char *value, const char *accepted)
{
	log_error("--%s does not accept '%s': give %s", name, value, accepted);
	return -EINVAL;
}
