/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Each test replaces standard error by its own pipe or file. criterion reports without standard
 * error. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"

/* If a write blocks, the alarm ends the test. */
#define BLOCKS .timeout = 20

static int sink = -1; /* the end that the test reads */

/* Makes fds[1] the standard error, and keeps fds[0] for reading. */
static void use_sink(const int fds[2])
{
	cr_assert_neq(dup2(fds[1], STDERR_FILENO), -1);
	close(fds[1]);
	sink = fds[0];
}

/* Uses a pipe in packet mode (pipe(2)): each read returns the bytes of one write. */
static void use_pipe(void)
{
	int fds[2];

	unsetenv("JOURNAL_STREAM");
	cr_assert_eq(pipe2(fds, O_DIRECT), 0);
	cr_assert_neq(fcntl(fds[0], F_SETFL, O_NONBLOCK | O_DIRECT), -1);
	use_sink(fds);
}

TestSuite(log, .init = use_pipe);

static void assert_line(const char *wanted)
{
	char line[4096];
	ssize_t size = read(sink, line, sizeof(line) - 1);

	cr_assert_geq(size, 0, "no line, but \"%s\" was expected", wanted);
	line[size] = '\0';
	cr_assert_str_eq(line, wanted);
}

static void assert_silence(void)
{
	char byte;

	cr_assert_eq(read(sink, &byte, 1), -1);
	cr_assert_eq(errno, EAGAIN);
}

Test(log, names_the_program)
{
	log_init("rexmit-test", LOG_LEVEL_INFO);
	log_error("cannot open %s: %d", "x", 7);
	assert_line("rexmit-test: cannot open x: 7\n");
	assert_silence();
	cr_assert_eq(log_lost(), 0);
}

Test(log, works_before_init)
{
	log_debug("a detail");
	log_info("early");
	assert_line("early\n");
	assert_silence();
}

Test(log, filters_by_level)
{
	log_init("p", LOG_LEVEL_WARNING);
	log_debug("d");
	log_info("i");
	log_warning("w");
	log_error("e");
	assert_line("p: w\n");
	assert_line("p: e\n");
	assert_silence();
	log_init("p", LOG_LEVEL_DEBUG);
	log_debug("d");
	assert_line("p: d\n");
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
 * Sets JOURNAL_STREAM to the device and inode of standard error, with `offset` added to the inode.
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
	assert_line("<3>e\n");
	assert_line("<4>w\n");
	assert_line("<6>i\n");
	assert_line("<7>d\n");
}

Test(log, another_file_is_no_journal)
{
	static const char *const wrong[] = {"", ":", "1", "1:", "a:b"};

	set_journal_stream(1, "");
	log_info("other");
	assert_line("p: other\n");
	set_journal_stream(0, "x");
	log_info("rest");
	assert_line("p: rest\n");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("JOURNAL_STREAM", wrong[i], 1);
		log_init("p", LOG_LEVEL_INFO);
		log_info("wrong");
		assert_line("p: wrong\n");
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
	assert_line(wanted);
}

Test(log, keeps_errno)
{
	log_init("p", LOG_LEVEL_INFO);
	errno = ENOENT;
	log_info("cannot: %m");
	cr_assert_eq(errno, ENOENT);
	assert_line("p: cannot: No such file or directory\n");
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
	assert_line(wanted);
	message[1020] = 'x';
	message[1021] = '\0';
	memcpy(wanted + 1020, "...", 3);
	log_info("%s", message);
	assert_line(wanted);
	message[1021] = 'x';
	message[2000] = '\0';
	log_info("%s", message);
	assert_line(wanted);
}

Test(log, long_program_name_is_cut)
{
	char name[3000],
		wanted[] = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy: m\n";

	memset(name, 'y', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_init(name, LOG_LEVEL_INFO);
	log_info("m");
	assert_line(wanted);
}

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

	while (recv(sink, page, sizeof(page), MSG_DONTWAIT) > 0 ||
		(errno == ENOTSOCK && read(sink, page, sizeof(page)) > 0)) {
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
	assert_line("p: back\n");
	cr_assert_eq(log_lost(), 100);
	cr_assert_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0,
		"O_NONBLOCK was set, which other processes share");
}

Test(log, blocked_pipe_loses_lines, BLOCKS)
{
	assert_blocked_then_free();
}

Test(log, blocked_stream_loses_lines, BLOCKS)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	use_sink(fds);
	assert_blocked_then_free();
}

/*
 * poll(2) does not report a one-page pipe with one byte in it as writable, although another byte
 * would fit.
 */
Test(log, a_nearly_full_pipe_loses_lines, BLOCKS)
{
	log_init("p", LOG_LEVEL_INFO);
	cr_assert_eq(fcntl(STDERR_FILENO, F_SETPIPE_SZ, 4096), 4096);
	cr_assert_eq(write(STDERR_FILENO, "x", 1), 1);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

/* SIGPIPE would end the test. */
Test(log, a_pipe_without_a_reader, BLOCKS)
{
	close(sink);
	log_info("before log_init");
	log_init("p", LOG_LEVEL_INFO);
	log_info("lost");
	cr_assert_eq(log_lost(), 2);
	cr_assert_eq(write(STDERR_FILENO, "x", 1), -1, "the pipe still has a reader");
	cr_assert_eq(errno, EPIPE);
}

Test(log, a_stream_without_a_reader, BLOCKS)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	use_sink(fds);
	close(sink);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

/* SIGXFSZ would end the test. */
Test(log, a_file_that_may_not_grow)
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

Test(log, closed_standard_error)
{
	log_init("p", LOG_LEVEL_INFO);
	close(STDERR_FILENO);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

Test(log, disk_is_full)
{
	int full = open("/dev/full", O_WRONLY);

	cr_assert_neq(full, -1);
	cr_assert_neq(dup2(full, STDERR_FILENO), -1);
	log_info("lost");
	cr_assert_eq(log_lost(), 1);
}

Test(log, file_gets_lines)
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
