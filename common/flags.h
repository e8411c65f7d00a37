/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The command line. Each program has one table of flags, which is also the text of --help. All
 * flags are long. Abbreviations are not accepted, because a new flag could make them ambiguous.
 */
#ifndef REXMIT_FLAGS_H
#define REXMIT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flag {
	const char *name;
	const char *argument; /* name of the value in --help; NULL: the flag takes no value */
	const char *help;
	/* Parses `value`, which is never empty, into `to`. Returns 0, or a negative errno with one
	 * line logged. */
	int (*parse)(const struct flag *flag, const char *value, void *to);
	size_t at;         /* offset of `to` in the program's options */
	uint32_t min, max; /* for flag_number() */
	bool repeatable;   /* otherwise the flag may be given only once */
};

/* A program's flags. flags_parse() adds --version and --help. */
struct flags {
	const char *program, *version;
	const char *head, *tail; /* texts above and below the flags in --help */
	unsigned column;         /* column in --help where the help of each flag starts */
	const struct flag *list; /* at most 64 */
	size_t count;
};

enum flags_result {
	FLAGS_RUN,
	FLAGS_DONE,  /* --help or --version was printed: exit with 0 */
	FLAGS_WRONG, /* one line was logged: exit with 2 */
};

/* Parses the flags in `argv` into `options`. Strings in `options` point into `argv`. */
enum flags_result flags_parse(const struct flags *flags, void *options, int argc, char *argv[]);

/* Parsers for struct flag. Each comment names the type to which `to` points. */
int flag_text(const struct flag *flag, const char *value, void *to);      /* const char * */
int flag_set(const struct flag *flag, const char *value, void *to);       /* bool */
int flag_number(const struct flag *flag, const char *value, void *to);    /* uint32_t */
int flag_log_level(const struct flag *flag, const char *value, void *to); /* enum log_level */
int flag_seccomp(const struct flag *flag, const char *value, void *to);   /* enum sandbox_mode */

/* Logs that the flag does not accept `value`. `accepted` describes the values. Returns -EINVAL. */
int flag_refuse(const struct flag *flag, const char *value, const char *accepted);

/*
 * Parses a decimal number without sign or space. Sets `*end` to the text after the number. Returns
 * 0 or a negative errno.
 */
int flag_digits(const char *text, uint64_t *value, const char **end);

#endif
