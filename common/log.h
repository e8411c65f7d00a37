/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Log lines to standard error, one event a line: "rexmit-collector: cannot ...: reason".
 *
 * Under systemd (JOURNAL_STREAM names standard error, systemd.exec(5)) a line begins with its
 * priority as "<N>" (sd-daemon(3)) and has no program name, which the journal knows. A line is one
 * write(2) of at most 1 KiB, a longer one is cut and ends in "..."; bytes that are not printable
 * ASCII are replaced by '?'. A sink that is blocked or gone loses the line, never the program:
 * log_lost() counts it. One line costs two system calls, ppoll(2) and write(2).
 */
#ifndef REXMIT_LOG_H
#define REXMIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { /* as syslog(3) */
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/*
 * `program` is kept, not copied. Before this call lines go out at level info without a name.
 * Also ignores SIGPIPE, which a vanished reader of standard error would raise, and SIGXFSZ, which a
 * file raises that may not grow any more.
 */
void log_init(const char *program, enum log_level level);

/* "error", "warning" (or "warn"), "info", "debug". Returns 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *level);

/* Keeps errno. The format takes no newline at its end. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t log_lost(void);

/* Whether $JOURNAL_STREAM, "device:inode", is that of `fd`: it outlives a redirection. */
bool log_is_journal(int fd);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
