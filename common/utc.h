/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Dates in UTC. gmtime(3) is not used, because it reads the time zone's file. The system call
 * filters forbid that.
 */
#ifndef REXMIT_UTC_H
#define REXMIT_UTC_H

#include <stdint.h>

struct utc {
	unsigned year, month, day; /* starting at 1 */
	unsigned weekday;          /* 0 is Sunday */
	unsigned hour, minute, second;
};

/* Converts `seconds` since the epoch. */
struct utc utc_of(uint64_t seconds);

#endif
