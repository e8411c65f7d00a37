/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log_limit.h"

/* Returns how many of `tries` lines may be written at `now_s`. */
static unsigned permitted(struct log_limit *limit, unsigned tries, uint64_t now_s)
{
	unsigned n = 0;

	while (tries-- > 0)
		n += log_limit_take(limit, now_s);
	return n;
}

Test(log_limit, writes_the_first_ten_at_once)
{
	struct log_limit limit = {0};

	cr_assert_eq(permitted(&limit, 1000000, 5000), 10);
	cr_assert_eq(limit.left_out, 999990);
}

Test(log_limit, then_writes_one_a_minute)
{
	struct log_limit limit = {0};
	unsigned hour = 0;

	permitted(&limit, 100, 5000);
	cr_assert_eq(permitted(&limit, 100, 5059), 0);
	cr_assert_eq(permitted(&limit, 100, 5060), 1);
	for (uint64_t now = 5061; now <= 5060 + 3600; now++)
		hour += permitted(&limit, 1, now);
	cr_assert_eq(hour, 60);
}

Test(log_limit, writes_ten_again_after_ten_minutes_of_silence)
{
	struct log_limit limit = {0};

	permitted(&limit, 100, 5000);
	cr_assert_eq(permitted(&limit, 100, 5600), 10);
	permitted(&limit, 100, 5601);
	cr_assert_eq(permitted(&limit, 100, 100000), 10);
}

Test(log_limit, writes_all_rare_lines)
{
	struct log_limit limit = {0};

	for (uint64_t now = 0; now < 360000; now += 61)
		cr_assert(log_limit_take(&limit, now));
}

/* Replaces standard error, which criterion does not use for its reports. */
Test(log_limit, tells_the_number_of_omitted_lines)
{
	struct log_limit limit = {.left_out = 41};
	char text[256];
	ssize_t n;
	int fds[2];

	unsetenv("JOURNAL_STREAM");
	cr_assert_eq(pipe(fds), 0);
	cr_assert_neq(dup2(fds[1], STDERR_FILENO), -1);
	log_init("test", LOG_LEVEL_INFO);
	log_limit_write(&limit, LOG_LEVEL_WARNING, "refused %d", 7);
	log_limit_write(&limit, LOG_LEVEL_WARNING, "refused %d", 8);
	n = read(fds[0], text, sizeof(text) - 1);
	cr_assert_gt(n, 0);
	text[n] = '\0';
	cr_assert_str_eq(text, "test: refused 7 (41 such lines were left out)\ntest: refused 8\n");
}

Test(log_limit, each_line_of_the_source_has_a_limit)
{
	char text[8192] = "";
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert_neq(dup2(fds[1], STDERR_FILENO), -1);
	log_init("test", LOG_LEVEL_INFO);
	for (int i = 0; i < 100; i++)
		log_limited(LOG_LEVEL_INFO, "noise");
	log_limited(LOG_LEVEL_INFO, "signal");
	cr_assert_gt(read(fds[0], text, sizeof(text) - 1), 0);
	cr_assert(strstr(text, "signal"));
}
