/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Replaces standard error by a pipe or a stream that the test reads. criterion does not report on
 * standard error.
 */
#ifndef REXMIT_LOG_SINK_H
#define REXMIT_LOG_SINK_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int log_sink_fd = -1; /* the test reads this end */

/* Makes fds[1] the standard error, and keeps fds[0] for reading. */
static inline void log_sink_use(const int fds[2])
{
	cr_assert_neq(dup2(fds[1], STDERR_FILENO), -1);
	close(fds[1]);
	log_sink_fd = fds[0];
}

/* Uses a pipe in packet mode (pipe(2)): each read returns the bytes of one write. */
static inline void log_sink_use_pipe(void)
{
	int fds[2];

	unsetenv("JOURNAL_STREAM");
	cr_assert_eq(pipe2(fds, O_DIRECT), 0);
	cr_assert_neq(fcntl(fds[0], F_SETFL, O_NONBLOCK | O_DIRECT), -1);
	log_sink_use(fds);
}

static inline void log_sink_assert_line(const char *wanted)
{
	char line[4096];
	ssize_t size = read(log_sink_fd, line, sizeof(line) - 1);

	cr_assert_geq(size, 0, "no line, but \"%s\" was expected", wanted);
	line[size] = '\0';
	cr_assert_str_eq(line, wanted);
}

/* The next line must contain the text. */
static inline void log_sink_assert_contains(const char *wanted)
{
	char line[4096];
	ssize_t size = read(log_sink_fd, line, sizeof(line) - 1);

	cr_assert_geq(size, 0, "no line, but \"%s\" was expected", wanted);
	line[size] = '\0';
	cr_assert(strstr(line, wanted), "\"%s\" is not in: %s", wanted, line);
}

static inline void log_sink_assert_silence(void)
{
	char byte;

	cr_assert_eq(read(log_sink_fd, &byte, 1), -1);
	cr_assert_eq(errno, EAGAIN);
}

#endif
