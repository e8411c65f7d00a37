/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the level, the prefix, the length and the characters of log lines. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "support/log_sink.h"

TestSuite(log, .init = log_sink_use_pipe);

Test(log, names_the_program)
{
	log_init("rexmit-test", LOG_LEVEL_INFO);
	log_error("cannot open %s: %d", "x", 7);
	log_sink_assert_line("rexmit-test: cannot open x: 7\n");
	log_sink_assert_silence();
	cr_assert_eq(log_lost(), 0);
}

Test(log, works_before_init)
{
	log_debug("a detail");
	log_info("early");
	log_sink_assert_line("early\n");
	log_sink_assert_silence();
}

Test(log, filters_by_level)
{
	log_init("p", LOG_LEVEL_WARNING);
	log_debug("d");
	log_info("i");
	log_warning("w");
	log_error("e");
	log_sink_assert_line("p: w\n");
	log_sink_assert_line("p: e\n");
	log_sink_assert_silence();
	log_init("p", LOG_LEVEL_DEBUG);
	log_debug("d");
	log_sink_assert_line("p: d\n");
	cr_assert_eq(log_lost(), 0, "a filtered line was counted as lost");
}

Test(log, parses_levels)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING},
		{"warn", LOG_LEVEL_WARNING}, {"info", LOG_LEVEL_INFO}, {"debug", LOG_LEVEL_DEBUG}};
	static const char *const wrong[] = {"", "Error", "err", "errors", " info", "6", "notice"};
	enum log_level level;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert_eq(log_level_parse(names[i].name, &level), 0);
		cr_assert_eq(level, names[i].level, "%s", names[i].name);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(log_level_parse(wrong[i], &level), -EINVAL, "\"%s\"", wrong[i]);
}

/*
 * Sets JOURNAL_STREAM to standard error's device, and to its inode plus `offset`.
 */
static void set_journal_stream(unsigned offset, const char *rest)
{
	char text[64];
	struct stat st;

	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%llu:%llu%s", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino + offset, rest);
	setenv("JOURNAL_STREAM", text, 1);
	log_init("p", LOG_LEVEL_DEBUG);
}

Test(log, journal_gets_the_priority)
{
	set_journal_stream(0, "");
	log_error("e");
	log_warning("w");
	log_info("i");
	log_debug("d");
	log_sink_assert_line("<3>e\n");
	log_sink_assert_line("<4>w\n");
	log_sink_assert_line("<6>i\n");
	log_sink_assert_line("<7>d\n");
}

Test(log, journal_gets_the_name_of_the_level)
{
	log_name_levels();
	set_journal_stream(0, "");
	log_error("e");
	log_warning("w");
	log_info("i");
	log_debug("d");
	log_sink_assert_line("error: e\n");
	log_sink_assert_line("warning: w\n");
	log_sink_assert_line("info: i\n");
	log_sink_assert_line("debug: d\n");
}

Test(log, another_file_is_no_journal)
{
	static const char *const wrong[] = {"", ":", "1", "1:", "a:b"};

	set_journal_stream(1, "");
	log_info("other");
	log_sink_assert_line("p: other\n");
	set_journal_stream(0, "x");
	log_info("rest");
	log_sink_assert_line("p: rest\n");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("JOURNAL_STREAM", wrong[i], 1);
		log_init("p", LOG_LEVEL_INFO);
		log_info("wrong");
		log_sink_assert_line("p: wrong\n");
	}
}

Test(log, replaces_control_characters)
{
	char all[256], wanted[260] = "p: ";

	for (size_t i = 0; i < 255; i++) {
		all[i] = (char)(i + 1);
		wanted[i + 3] = (char)(i + 1 >= ' ' && i + 1 <= '~' ? i + 1 : '?');
	}
	all[255] = '\0';
	wanted[258] = '\n';
	wanted[259] = '\0';
	log_init("p", LOG_LEVEL_INFO);
	log_info("%s", all);
	log_sink_assert_line(wanted);
}

Test(log, keeps_errno)
{
	log_init("p", LOG_LEVEL_INFO);
	errno = ENOENT;
	log_info("cannot: %m");
	cr_assert_eq(errno, ENOENT);
	log_sink_assert_line("p: cannot: No such file or directory\n");
	errno = ENOENT;
	log_debug("filtered");
	cr_assert_eq(errno, ENOENT);
	close(STDERR_FILENO);
	log_info("lost");
	cr_assert_eq(errno, ENOENT);
}

/* "p: " and the newline leave room for 1020 bytes. */
Test(log, cuts_long_lines)
{
	char message[2001], wanted[1025] = "p: ";

	log_init("p", LOG_LEVEL_INFO);
	memset(message, 'x', sizeof(message));
	memset(wanted + 3, 'x', 1020);
	memcpy(wanted + 1023, "\n", 2);
	message[1020] = '\0';
	log_info("%s", message);
	log_sink_assert_line(wanted);
	message[1020] = 'x';
	message[1021] = '\0';
	memcpy(wanted + 1020, "...", 3);
	log_info("%s", message);
	log_sink_assert_line(wanted);
	message[1021] = 'x';
	message[2000] = '\0';
	log_info("%s", message);
	log_sink_assert_line(wanted);
}

Test(log, long_program_name_is_cut)
{
	char name[3000],
		wanted[] = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy: m\n";

	memset(name, 'y', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_init(name, LOG_LEVEL_INFO);
	log_info("m");
	log_sink_assert_line(wanted);
}
