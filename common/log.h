/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Log lines to standard error, one event per line: "rexmit-collector: cannot ...: reason".
 *
 * If standard error is the journal, the line starts with its priority as "<N>" (sd-daemon(3)) and
 * has no program name. A line has at most 1 KiB; the rest is cut. Bytes that are not printable
 * ASCII become '?'. The program never waits: if standard error is blocked or closed, the line is
 * lost, and log_lost() counts it.
 */
#ifndef REXMIT_LOG_H
#define REXMIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { /* numbers as in syslog(3) */
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/*
 * `program` is not copied. Before this call, the level is info, and lines have no program name.
 * From this call on, the process ignores SIGPIPE and SIGXFSZ. A closed standard error, or a log
 * file at its size limit, does not end the program.
 */
void log_init(const char *program, enum log_level level);

/*
 * In the journal, the line then starts with the name of its level, such as "warning: ", and not with
 * its priority. This is for a program whose unit has SyslogLevelPrefix=false.
 */
void log_name_levels(void);

/* Accepts "error", "warning" (or "warn"), "info" and "debug". Returns 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *level);

/* Does not change errno. The format must not end with a newline. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t log_lost(void);

/*
 * Whether `fd` is the journal's socket, whose device and inode are in $JOURNAL_STREAM
 * (systemd.exec(5)). The variable remains set when standard error is redirected, so it proves nothing
 * alone.
 */
bool log_is_journal(int fd);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
