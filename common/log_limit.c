/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "log_limit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "clock.h"

static void credit_time(struct log_limit *limit, uint64_t now)
{
	uint64_t lines = (now - limit->since_s) / LOG_LIMIT_SECONDS;

	if (limit->lines > lines) {
		limit->lines -= (unsigned)lines;
		limit->since_s += lines * LOG_LIMIT_SECONDS;
	} else {
		limit->lines = 0;
		limit->since_s = now;
	}
}

bool log_limit_take(struct log_limit *limit, uint64_t now)
{
	credit_time(limit, now);
	if (limit->lines >= LOG_LIMIT_BURST) {
		limit->left_out++;
		return false;
	}
	limit->lines++;
	return true;
}

void log_limit_write(struct log_limit *limit, enum log_level level, const char *format, ...)
{
	char message[512], left_out[64] = "";
	int saved_errno = errno;
	va_list args;

	if (!log_limit_take(limit, clock_s(CLOCK_MONOTONIC)))
		return;
	if (limit->left_out)
		snprintf(left_out, sizeof(left_out), " (%" PRIu64 " such lines were left out)",
			limit->left_out);
	limit->left_out = 0;
	errno = saved_errno; /* for %m */
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	log_write(level, "%s%s", message, left_out);
	errno = saved_errno;
}
