/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A limit for log lines that a peer can cause repeatedly. Otherwise a peer that connects in a loop
 * would fill the disk. The first LOG_LIMIT_BURST lines are written immediately. Later, one line is
 * written every LOG_LIMIT_SECONDS, with the number of lines left out. Metrics count the events.
 */
#ifndef REXMIT_LOG_LIMIT_H
#define REXMIT_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"

#define LOG_LIMIT_BURST 10
#define LOG_LIMIT_SECONDS 60

struct log_limit {
	unsigned lines;    /* lines written, less 1 for every LOG_LIMIT_SECONDS */
	uint64_t since_s;  /* CLOCK_MONOTONIC when `lines` last decreased */
	uint64_t left_out; /* lines left out since the last written line */
};

/* Returns whether a line may be written at `now_s`. Counts the line as written or left out. */
bool log_limit_take(struct log_limit *limit, uint64_t now_s);

void log_limit_write(struct log_limit *limit, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Like log_write(). Each use of this macro has a separate limit. */
#define log_limited(level, ...)                                                                    \
	do {                                                                                       \
		static struct log_limit log_limit_here;                                            \
		log_limit_write(&log_limit_here, level, __VA_ARGS__);                              \
	} while (0)

#endif
