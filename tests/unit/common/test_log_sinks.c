/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the log while standard error is full, closed, or a file. */
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/log.h"
#include "support/log_sink.h"

/* If a write blocks, the alarm ends the test. */
#define BLOCKS .timeout = 20

TestSuite(log_sinks, .init = log_sink_use_pipe);

/* Writes to standard error until it is full, without changing the descriptor's flags. */
static void block_sink(void)
{
	static const char page[4096];
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, page, sizeof(page)) > 0) {
	}
	while (write(STDERR_FILENO, page, 1) > 0) {
	}
	cr_assert_eq(errno, EAGAIN);
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

static void drain_sink(void)
{
	char page[4096];

	while (recv(log_sink_fd, page, sizeof(page), MSG_DONTWAIT) > 0 ||
		(errno == ENOTSOCK && read(log_sink_fd, page, sizeof(page)) > 0)) {
	}
}

static void assert_blocked_then_free(void)
{
	log_init("p", LOG_LEVEL_INFO);
	block_sink();
	for (unsigned i = 1; i <= 100; i++) {
		log_error("lost");
		cr_assert_eq(log_lost(), i);
	}
	drain_sink();
	log_info("back");
	log_sink_assert_line("p: back\n");
	cr_assert_eq(log_lost(), 100);
	cr_assert_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0,
		"O_NONBLOCK was set, which other processes share");
}

Test(log_sinks, blocked_pipe_loses_lines, BLOCKS)
{
	assert_blocked_then_free();
}

Test(log_sinks, blocked_stream_loses_lines, BLOCKS)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	log_sink_use(fds);
	assert_blocked_then_free();
}

/*
 * poll(2) reports a pipe of one page as not writable if it contains a byte, although another byte
 * would fit.
 */
Test(log_sinks, a_nearly_full_pipe_loses_lines, BLOCKS)
{
	log_init("p", LOG_LEVEL_INFO);
	cr_assert_eq(fcntl(STDERR_FILENO, F_SETPIPE_SZ, 4096), 4096);
	cr_assert_eq(write(STDERR_FILENO, "x", 1), 1);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

/* SIGPIPE would end the test. */
Test(log_sinks, a_pipe_without_a_reader, BLOCKS)
{
	close(log_sink_fd);
	log_info("before log_init");
	log_init("p", LOG_LEVEL_INFO);
	log_info("lost");
	cr_assert_eq(log_lost(), 2);
	cr_assert_eq(write(STDERR_FILENO, "x", 1), -1, "the pipe still has a reader");
	cr_assert_eq(errno, EPIPE);
}

Test(log_sinks, a_stream_without_a_reader, BLOCKS)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	log_sink_use(fds);
	close(log_sink_fd);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

/* SIGXFSZ would end the test. */
Test(log_sinks, a_file_that_may_not_grow)
{
	char path[] = "/tmp/rexmit-log-XXXXXX";
	int file = mkstemp(path);

	cr_assert_neq(file, -1);
	unlink(path);
	cr_assert_neq(dup2(file, STDERR_FILENO), -1);
	log_init("p", LOG_LEVEL_INFO);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, 1}), 0);
	log_info("a line that does not fit");
	log_info("lost");
	cr_assert_eq(log_lost(), 2);
	close(file);
}

Test(log_sinks, closed_standard_error)
{
	log_init("p", LOG_LEVEL_INFO);
	close(STDERR_FILENO);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

Test(log_sinks, disk_is_full)
{
	int full = open("/dev/full", O_WRONLY);

	cr_assert_neq(full, -1);
	cr_assert_neq(dup2(full, STDERR_FILENO), -1);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

Test(log_sinks, file_gets_lines)
{
	char line[64] = "";
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	cr_assert_neq(file, -1);
	cr_assert_neq(dup2(file, STDERR_FILENO), -1);
	log_init("p", LOG_LEVEL_INFO);
	log_info("one");
	log_info("two");
	cr_assert_eq(pread(file, line, sizeof(line) - 1, 0), 14);
	cr_assert_str_eq(line, "p: one\np: two\n");
	cr_assert_eq(log_lost(), 0);
}
