/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "flags.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sandbox.h"

static const struct flag version_flag = {.name = "version", .help = "print the version"};
static const struct flag help_flag = {.name = "help", .help = "print this help"};

static void print_flag(const struct flags *flags, const struct flag *flag)
{
	const char *argument = flag->argument ? flag->argument : "";
	int width = printf("  --%s%s%s", flag->name, *argument ? " " : "", argument);

	printf("%*s%s\n", (int)flags->column - width, "", flag->help);
}

static void print_help(const struct flags *flags)
{
	fputs(flags->head, stdout);
	for (size_t i = 0; i < flags->count; i++)
		print_flag(flags, &flags->list[i]);
	print_flag(flags, &version_flag);
	print_flag(flags, &help_flag);
	fputs(flags->tail, stdout);
}

static enum flags_result flags_answer(const struct flags *flags, const struct flag *flag)
{
	if (flag == &help_flag)
		print_help(flags);
	else
		printf("%s %s\n", flags->program, flags->version);
	/* Output to a full disk must not look like success. */
	if (fflush(stdout) == 0)
		return FLAGS_DONE;
	log_error("cannot write to standard output: %s", strerror(errno));
	return FLAGS_WRONG;
}

static bool is_flag(const struct flag *flag, const char *text)
{
	size_t length = strlen(flag->name);

	return strncmp(text, "--", 2) == 0 && strncmp(text + 2, flag->name, length) == 0 &&
	       (text[2 + length] == '\0' || text[2 + length] == '=');
}

static const struct flag *find_flag(const struct flags *flags, const char *text)
{
	for (size_t i = 0; i < flags->count; i++)
		if (is_flag(&flags->list[i], text))
			return &flags->list[i];
	return is_flag(&version_flag, text) ? &version_flag
	       : is_flag(&help_flag, text)  ? &help_flag
					    : NULL;
}

/*
 * Finds the value of the flag in `**word`: after '=', or in the next word. In the second case,
 * advances `*word` to that word. Returns 0, or -EINVAL with one line logged.
 */
static int find_value(const struct flags *flags, const struct flag *flag, char **word[],
	char *const *end, const char **value)
{
	char *equals = strchr(**word, '=');

	if (!flag->argument && !equals)
		return 0;
	if (!flag->argument) {
		log_error("--%s takes no value; see %s --help", flag->name, flags->program);
		return -EINVAL;
	}
	if (equals) {
		*value = equals + 1;
	} else if (*word + 1 < end) {
		++*word;
		*value = **word;
	}
	if (*value && **value)
		return 0;
	log_error("--%s needs a value; see %s --help", flag->name, flags->program);
	return -EINVAL;
}

static int set_flag(const struct flags *flags, const struct flag *flag, const char *value,
	uint64_t *given, void *options)
{
	uint64_t bit = UINT64_C(1) << (flag - flags->list);

	if (*given & bit && !flag->repeatable) {
		log_error("--%s may be given only once", flag->name);
		return -EINVAL;
	}
	*given |= bit;
	return flag->parse(flag, value, (char *)options + flag->at);
}

enum flags_result flags_parse(const struct flags *flags, void *options, int argc, char *argv[])
{
	char **end = argv + argc;
	uint64_t given = 0;

	for (char **word = argv + 1; word < end; word++) {
		const struct flag *flag = find_flag(flags, *word);
		const char *value = NULL;

		if (!flag) {
			log_error("'%s' is not a flag; see %s --help", *word, flags->program);
			return FLAGS_WRONG;
		}
		if (find_value(flags, flag, &word, end, &value))
			return FLAGS_WRONG;
		if (!flag->parse)
			return flags_answer(flags, flag);
		if (set_flag(flags, flag, value, &given, options))
			return FLAGS_WRONG;
	}
	return FLAGS_RUN;
}

int flag_refuse(const struct flag *flag, const char *value, const char *accepted)
{
	log_error("--%s does not accept '%s': give %s", flag->name, value, accepted);
	return -EINVAL;
}

int flag_digits(const char *text, uint64_t *value, const char **end)
{
	char *after;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &after, 10);
	*end = after;
	return -errno;
}

int flag_text(const struct flag *flag, const char *value, void *to)
{
	(void)flag;
	*(const char **)to = value;
	return 0;
}

int flag_set(const struct flag *flag, const char *value, void *to)
{
	(void)flag;
	(void)value;
	*(bool *)to = true;
	return 0;
}

int flag_number(const struct flag *flag, const char *value, void *to)
{
	char accepted[64];
	const char *end;
	uint64_t number;

	if (flag_digits(value, &number, &end) == 0 && *end == '\0' && number >= flag->min &&
		number <= flag->max) {
		*(uint32_t *)to = (uint32_t)number;
		return 0;
	}
	snprintf(accepted, sizeof(accepted), "a number from %u to %u", flag->min, flag->max);
	return flag_refuse(flag, value, accepted);
}

int flag_log_level(const struct flag *flag, const char *value, void *to)
{
	if (log_level_parse(value, to) == 0)
		return 0;
	return flag_refuse(flag, value, "error, warning, info or debug");
}

int flag_seccomp(const struct flag *flag, const char *value, void *to)
{
	if (sandbox_mode_parse(value, to) == 0)
		return 0;
	return flag_refuse(flag, value, "kill, log or off");
}
