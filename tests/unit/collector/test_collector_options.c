/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the defaults, every flag, and the line for each mistake. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector_options.h"
#include "version.h"

static struct options options;

static enum flags_result parse(const char *first, const char *second)
{
	char *argv[] = {"rexmit-collector", (char *)first, (char *)second, NULL};

	return collector_options_parse(&options, 1 + (first != NULL) + (second != NULL), argv);
}

static void refuse(const char *first, const char *second, const char *line)
{
	log_init("rexmit-collector", LOG_LEVEL_INFO);
	cr_redirect_stderr();
	cr_assert_eq(parse(first, second), FLAGS_WRONG);
	cr_assert_stderr_eq_str(line);
}

static void refuse_each(const char *flag, const char *const *values)
{
	cr_redirect_stderr();
	for (; *values; values++)
		cr_assert_eq(parse(flag, *values), FLAGS_WRONG, "%s '%s'", flag, *values);
}

Test(collector_options, defaults)
{
	cr_assert_eq(parse(NULL, NULL), FLAGS_RUN);
	cr_assert_str_eq(options.socket, "/run/rexmit/collector.sock");
	cr_assert_null(options.user);
	cr_assert_null(options.allow_user);
	cr_assert_null(options.pin);
	cr_assert_null(options.unpin);
	cr_assert_eq(options.ring_bytes, 4194304);
	cr_assert(options.keep_caps);
	cr_assert_eq(options.sandbox, SANDBOX_KILL);
	cr_assert_not(options.check);
	cr_assert_eq(options.log_level, LOG_LEVEL_INFO);
}

Test(collector_options, texts)
{
	cr_assert_eq(parse("--socket", "/a"), FLAGS_RUN);
	cr_assert_str_eq(options.socket, "/a");
	cr_assert_eq(parse("--socket=/b=c", NULL), FLAGS_RUN);
	cr_assert_str_eq(options.socket, "/b=c");
	cr_assert_eq(parse("--user", "somebody"), FLAGS_RUN);
	cr_assert_str_eq(options.user, "somebody");
	cr_assert_eq(parse("--allow-user=else", NULL), FLAGS_RUN);
	cr_assert_str_eq(options.allow_user, "else");
	cr_assert_null(options.user, "the second call kept a value of the first");
	cr_assert_eq(parse("--pin", "/sys/fs/bpf/a"), FLAGS_RUN);
	cr_assert_str_eq(options.pin, "/sys/fs/bpf/a");
	cr_assert_eq(parse("--unpin", "/sys/fs/bpf/b"), FLAGS_RUN);
	cr_assert_str_eq(options.unpin, "/sys/fs/bpf/b");
	cr_assert_eq(parse("--check", NULL), FLAGS_RUN);
	cr_assert(options.check);
}

Test(collector_options, words)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING},
		{"info", LOG_LEVEL_INFO}, {"debug", LOG_LEVEL_DEBUG}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		cr_assert_eq(parse("--log-level", levels[i].name), FLAGS_RUN);
		cr_assert_eq(options.log_level, levels[i].level);
	}
	cr_assert_eq(parse("--keep-caps", "none"), FLAGS_RUN);
	cr_assert_not(options.keep_caps);
	cr_assert_eq(parse("--keep-caps", "bpf"), FLAGS_RUN);
	cr_assert(options.keep_caps);
	cr_assert_eq(parse("--seccomp", "log"), FLAGS_RUN);
	cr_assert_eq(options.sandbox, SANDBOX_LOG);
	cr_assert_eq(parse("--seccomp", "off"), FLAGS_RUN);
	cr_assert_eq(options.sandbox, SANDBOX_OFF);
	cr_assert_eq(parse("--seccomp", "kill"), FLAGS_RUN);
	cr_assert_eq(options.sandbox, SANDBOX_KILL);
}

Test(collector_options, ring_bytes)
{
	char text[32];

	for (size_t bytes = (size_t)sysconf(_SC_PAGESIZE); bytes <= 1 << 30; bytes *= 2) {
		snprintf(text, sizeof(text), "%zu", bytes);
		cr_assert_eq(parse("--ring-bytes", text), FLAGS_RUN, "%s", text);
		cr_assert_eq(options.ring_bytes, bytes);
	}
}

Test(collector_options, wrong_ring_bytes)
{
	refuse_each(
		"--ring-bytes", (const char *[]){"", "0", "1", "2048", "4097", "6144", "2147483648",
					"18446744073709555712" /* 2^64 + 4096 */, "-4096", "+4096",
					" 4096", "4096 ", "4096k", "0x1000", "4e3", "many", NULL});
}

Test(collector_options, wrong_words)
{
	static const char *const none_of_them[] = {"", "of", "offf", "OFF", "BPF", "bpf ", "inf",
		"infoo", "7", "killer", "all", "-", NULL};

	refuse_each("--keep-caps", none_of_them);
	refuse_each("--seccomp", none_of_them);
	refuse_each("--log-level", none_of_them);
}

Test(collector_options, no_flag_takes_an_empty_value)
{
	static const char *const flags[] = {"--socket", "--user", "--allow-user", "--ring-bytes",
		"--keep-caps", "--seccomp", "--pin", "--unpin", "--log-level"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		cr_assert_eq(parse(flags[i], ""), FLAGS_WRONG, "%s ''", flags[i]);
}

Test(collector_options, no_flag_is_given_twice)
{
	static const char *const flags[] = {"--socket=/a", "--user=a", "--allow-user=a",
		"--ring-bytes=4194304", "--keep-caps=bpf", "--seccomp=kill", "--pin=/a",
		"--unpin=/a", "--check", "--log-level=info"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		cr_assert_eq(parse(flags[i], NULL), FLAGS_RUN, "%s", flags[i]);
		cr_assert_eq(parse(flags[i], flags[i]), FLAGS_WRONG, "%s twice", flags[i]);
	}
}

Test(collector_options, ring_bytes_line)
{
	refuse("--ring-bytes=5000", NULL,
		"rexmit-collector: --ring-bytes does not accept '5000': give a power of two from "
		"one page to 1073741824\n");
}

Test(collector_options, keep_caps_line)
{
	refuse("--keep-caps", "all",
		"rexmit-collector: --keep-caps does not accept 'all': give 'bpf' or 'none'\n");
}

Test(collector_options, seccomp_line)
{
	refuse("--seccomp", "on",
		"rexmit-collector: --seccomp does not accept 'on': give kill, log or off\n");
}

Test(collector_options, log_level_line)
{
	refuse("--log-level", "loud",
		"rexmit-collector: --log-level does not accept 'loud': give error, warning, info or "
		"debug\n");
}

Test(collector_options, socket_line)
{
	refuse("--socket=", NULL,
		"rexmit-collector: --socket needs a value; see rexmit-collector --help\n");
}

Test(collector_options, pin_line)
{
	refuse("--pin", "", "rexmit-collector: --pin needs a value; see rexmit-collector --help\n");
}

Test(collector_options, unpin_line)
{
	refuse("--unpin", "",
		"rexmit-collector: --unpin needs a value; see rexmit-collector --help\n");
}

Test(collector_options, unknown_line)
{
	refuse("--frobnicate", NULL,
		"rexmit-collector: '--frobnicate' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, short_line)
{
	refuse("-v", NULL, "rexmit-collector: '-v' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, short_flags_line)
{
	refuse("-xyz", NULL,
		"rexmit-collector: '-xyz' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, superfluous_value_line)
{
	refuse("--check=1", NULL,
		"rexmit-collector: --check takes no value; see rexmit-collector --help\n");
}

Test(collector_options, missing_value_line)
{
	refuse("--socket", NULL,
		"rexmit-collector: --socket needs a value; see rexmit-collector --help\n");
}

Test(collector_options, abbreviation_line)
{
	refuse("--seccom", "log",
		"rexmit-collector: '--seccom' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, operand_line)
{
	refuse("start", NULL,
		"rexmit-collector: 'start' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, reports_only_the_first_mistake)
{
	refuse("--frobnicate", "--seccomp=on",
		"rexmit-collector: '--frobnicate' is not a flag; see rexmit-collector --help\n");
}

Test(collector_options, version)
{
	cr_redirect_stdout();
	cr_assert_eq(parse("--version", "--frobnicate"), FLAGS_DONE);
	fflush(stdout);
	cr_assert_stdout_eq_str("rexmit-collector " REXMIT_VERSION "\n");
}

/* --help has every flag, and fits a terminal. */
Test(collector_options, help)
{
	static const char *const flags[] = {"--socket PATH", "--user NAME", "--allow-user NAME",
		"--ring-bytes N", "--keep-caps bpf|none", "--seccomp MODE", "--pin DIR",
		"--unpin DIR", "--check", "--log-level LEVEL", "--version", "--help"};
	char text[8192];
	size_t n;

	cr_redirect_stdout();
	cr_assert_eq(parse("--help", NULL), FLAGS_DONE);
	fflush(stdout);
	n = fread(text, 1, sizeof(text) - 1, cr_get_redirected_stdout());
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		cr_assert(strstr(text, flags[i]), "%s", flags[i]);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), 90, "%s", line);
}

/* Each description starts in the same column as the lines that continue it. */
Test(collector_options, help_has_columns)
{
	int fd = memfd_create("help", MFD_CLOEXEC);
	unsigned flags = 0, continued = 0;
	char line[256];
	FILE *help;

	cr_assert_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	cr_assert_eq(parse("--help", NULL), FLAGS_DONE);
	fflush(stdout);
	help = fdopen(fd, "r");
	rewind(help);
	while (fgets(line, sizeof(line), help)) {
		if (strncmp(line, "  ", 2) != 0)
			continue;
		cr_assert(strlen(line) > 24 && line[23] == ' ' && line[24] != ' ', "%s", line);
		flags += line[2] == '-';
		continued += line[2] == ' ';
	}
	cr_assert_gt(flags, 5);
	cr_assert_gt(continued, 5);
}
