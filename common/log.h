/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Log lines to standard error, one event per line: "rexmit-collector: cannot ...: reason".
 *
 * Under systemd (JOURNAL_STREAM names standard error, systemd.exec(5)) a line starts with its
 * priority as "<N>" (sd-daemon(3)) and has no program name, which the journal adds. A line is one
 * write(2) of at most 1 KiB; a longer one is cut and ends in "...". Bytes that are not printable
 * ASCII become '?'. If the sink is blocked or closed, the line is lost and log_lost() counts it;
 * the program never waits. One line costs two system calls, ppoll(2) and write(2).
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
 * `program` is kept, not copied. Before this call, lines have level info and no name. Also ignores
 * SIGPIPE, which a closed standard error raises, and SIGXFSZ, which a file at its size limit
 * raises.
 */
void log_init(const char *program, enum log_level level);

/* "error", "warning" (or "warn"), "info", "debug". Returns 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *level);

/* Keeps errno. The format has no newline at its end. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t log_lost(void);

/* Whether $JOURNAL_STREAM, "device:inode", names `fd`: the variable survives a redirection. */
bool log_is_journal(int fd);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
