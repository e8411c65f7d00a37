/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "flags.h"

#include <errno.h>
#include <string.h>

#include "log.h"

void flags_begin(void)
{
	/* getopt_long(3) would print lines of its own; ours say what to do. */
	opterr = 0;
	/* glibc: begin anew, for a caller who parses twice. */
	optind = 0;
}

/* NULL if it is none. getopt_long() would take abbreviations, too, until another flag is added. */
static const char *find_name(const struct flags *flags, const char *text)
{
	size_t length = strcspn(text, "=");

	if (strncmp(text, "--", 2) != 0)
		return NULL;
	for (const struct option *o = flags->options; o->name; o++) {
		if (strlen(o->name) == length - 2 && memcmp(text + 2, o->name, length - 2) == 0)
			return o->name;
	}
	return NULL;
}

int flags_next(const struct flags *flags, const char **name)
{
	int at = optind ? optind : 1;
	const char *text = flags->argv[at];
	int option;

	if (at >= flags->argc)
		return FLAGS_END;
	*name = find_name(flags, text);
	if (!*name) {
		log_error("'%s' is not a flag; see %s --help", text, flags->program);
		return FLAGS_WRONG;
	}
	option = getopt_long(flags->argc, flags->argv, "+:", flags->options, NULL);
	if (option == ':') {
		log_error("--%s needs a value; see %s --help", *name, flags->program);
		return FLAGS_WRONG;
	}
	if (option == FLAGS_WRONG)
		log_error("--%s takes no value; see %s --help", *name, flags->program);
	return option;
}

int flags_refuse(const char *name, const char *value, const char *accepted)
{
	log_error("--%s does not take '%s': give %s", name, value, accepted);
	return -EINVAL;
}
