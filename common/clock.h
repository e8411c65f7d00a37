/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Reads a clock (clock_gettime(2)) as one number. */
#ifndef REXMIT_CLOCK_H
#define REXMIT_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_us(clockid_t clock)
{
	return clock_ns(clock) / 1000;
}

static inline uint64_t clock_ms(clockid_t clock)
{
	return clock_ns(clock) / 1000000;
}

static inline uint64_t clock_s(clockid_t clock)
{
	return clock_ns(clock) / 1000000000;
}

#endif
