/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How both programs read their command line. Each has one table of flags, from which --help is
 * made. All flags are long, without abbreviations, which a new flag could make ambiguous.
 */
#ifndef REXMIT_FLAGS_H
#define REXMIT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flag {
	const char *name;
	const char *argument; /* its name in --help; NULL: the flag takes no value */
	const char *help;
	/*
	 * Parses the value, which is never empty, into `to`. Returns 0, or a negative errno with one
	 * line logged.
	 */
	int (*parse)(const struct flag *flag, const char *value, void *to);
	size_t at;         /* offset of `to` in the options */
	uint32_t min, max; /* for flag_number() */
	bool repeatable;   /* otherwise an error: the last one would win silently */
};

/* A program's command line; --version and --help are added. */
struct flags {
	const char *program, *version;
	const char *head, *tail; /* above and below the flags in --help */
	unsigned column;         /* where the text of each flag starts in --help */
	const struct flag *list; /* at most 64 */
	size_t count;
};

enum flags_result {
	FLAGS_RUN,
	FLAGS_DONE,  /* --help or --version was printed: exit with 0 */
	FLAGS_WRONG, /* one line was logged: exit with 2 */
};

/* Sets the members of `options` that the flags name. Strings point into `argv`. */
enum flags_result flags_parse(const struct flags *flags, void *options, int argc, char *argv[]);

/* Parsers. `to` is a const char *, a bool, a uint32_t, an enum log_level, an enum sandbox_mode. */
int flag_text(const struct flag *flag, const char *value, void *to);
int flag_set(const struct flag *flag, const char *value, void *to);
int flag_number(const struct flag *flag, const char *value, void *to);
int flag_log_level(const struct flag *flag, const char *value, void *to);
int flag_seccomp(const struct flag *flag, const char *value, void *to);

/* Logs that the flag does not accept `value`, and what it accepts. Returns -EINVAL. */
int flag_refuse(const struct flag *flag, const char *value, const char *accepted);

/*
 * Parses a decimal number without sign or space. Sets *end to what follows it. Returns 0 or a
 * negative errno.
 */
int flag_digits(const char *text, uint64_t *value, const char **end);

#endif
