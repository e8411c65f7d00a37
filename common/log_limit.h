/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Log lines that somebody else can cause again and again: a peer that connects in a loop would fill
 * the disk. Of each such line LOG_LIMIT_BURST are written at once, then one in LOG_LIMIT_SECONDS,
 * which says how many were left out. Counters are not for the log to keep: they have metrics.
 */
#ifndef REXMIT_LOG_LIMIT_H
#define REXMIT_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"

#define LOG_LIMIT_BURST 10
#define LOG_LIMIT_SECONDS 60

struct log_limit {
	unsigned lines;    /* written and not yet made up for by time */
	uint64_t since_s;  /* CLOCK_MONOTONIC: what has passed up to it is made up for */
	uint64_t left_out; /* since the last line that was written */
};

/* Whether a line may be written at `now_s`; it is then taken for written, else for left out. */
bool log_limit_take(struct log_limit *limit, uint64_t now_s);

void log_limit_write(struct log_limit *limit, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* With a limit for this line of the source alone, so that no line can displace another. */
#define log_limited(level, ...)                                                                    \
	do {                                                                                       \
		static struct log_limit log_limit_here;                                            \
		log_limit_write(&log_limit_here, level, __VA_ARGS__);                              \
	} while (0)

#endif
