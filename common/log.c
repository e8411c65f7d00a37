/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A log line must not block the program. O_NONBLOCK cannot be set on standard error, because other
 * processes may share the file description. Instead, ppoll(2) with a timeout of zero precedes each
 * write(2). A writable pipe has room for PIPE_BUF bytes (pipe(7)), and a writable Unix stream
 * socket for three quarters of its buffer. A terminal that Ctrl-S has stopped is not writable. One
 * risk remains: another process may fill the pipe or socket between ppoll(2) and write(2).
 */
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "array.h"

#define LINE_BYTES 1024 /* with the newline */
_Static_assert(LINE_BYTES <= PIPE_BUF, "one page of a pipe");

static struct {
	const char *program;
	enum log_level level;
	bool journal;
	bool level_names;
	uint64_t lost;
} log_state = {.level = LOG_LEVEL_INFO};

bool log_is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	char rest;

	if (!stream || sscanf(stream, "%llu:%llu%c", &device, &inode, &rest) != 2)
		return false;
	return fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(const char *program, enum log_level level)
{
	log_state.program = program;
	log_state.level = level;
	log_state.journal = log_is_journal(STDERR_FILENO);
	/* The reader of standard error may exit between ppoll(2) and write(2). */
	signal(SIGPIPE, SIG_IGN);
	/* Without SIGXFSZ, a log file at its limit RLIMIT_FSIZE behaves like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
}

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
	{"error", LOG_LEVEL_ERROR},
	{"warning", LOG_LEVEL_WARNING},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
	{"warn", LOG_LEVEL_WARNING},
};

int log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcmp(name, levels[i].name) == 0) {
			*level = levels[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

void log_name_levels(void)
{
	log_state.level_names = true;
}

static const char *level_name(enum log_level level)
{
	size_t i = 0;

	while (levels[i].level != level)
		i++;
	return levels[i].name;
}

static bool sink_ready(void)
{
	struct pollfd sink = {.fd = STDERR_FILENO, .events = POLLOUT};
	const struct timespec now = {0};

	/* Without a reader, ppoll(2) also returns POLLERR for a pipe, and POLLHUP for a socket. */
	return ppoll(&sink, 1, &now, NULL) == 1 && sink.revents == POLLOUT;
}

static size_t format_prefix(char line[static LINE_BYTES], enum log_level level)
{
	int length = 0;

	if (log_state.journal && log_state.level_names)
		length = snprintf(line, LINE_BYTES, "%s: ", level_name(level));
	else if (log_state.journal)
		length = snprintf(line, LINE_BYTES, "<%d>", (int)level);
	else if (log_state.program)
		length = snprintf(line, LINE_BYTES, "%.64s: ", log_state.program);
	return length > 0 ? (size_t)length : 0;
}

/*
 * Writes the message to `line` from `start` on, and replaces bytes that are not printable. Returns
 * the length of the line without newline.
 */
static __attribute__((format(printf, 3, 0))) size_t format_message(
	char line[static LINE_BYTES], size_t start, const char *format, va_list args)
{
	int wanted = vsnprintf(line + start, LINE_BYTES - start, format, args);
	size_t end = start + (wanted > 0 ? (size_t)wanted : 0);

	if (end > LINE_BYTES - 1) {
		end = LINE_BYTES - 1;
		memcpy(line + end - 3, "...", 3);
	}
	for (size_t i = start; i < end; i++) {
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	}
	return end;
}

void log_write(enum log_level level, const char *format, ...)
{
	int saved_errno = errno;
	char line[LINE_BYTES];
	size_t length;
	va_list args;

	if (level > log_state.level)
		return;
	length = format_prefix(line, level);
	errno = saved_errno; /* for %m */
	va_start(args, format);
	length = format_message(line, length, format, args);
	va_end(args);
	line[length++] = '\n';
	if (!sink_ready() || write(STDERR_FILENO, line, length) != (ssize_t)length)
		log_state.lost++;
	errno = saved_errno;
}

uint64_t log_lost(void)
{
	return log_state.lost;
}
