/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares each day of 800 years with gmtime(3), in the seconds before and after midnight. */
#include <criterion/criterion.h>
#include <time.h>

#include "common/utc.h"

static void check(uint64_t seconds)
{
	struct utc utc = utc_of(seconds);
	time_t time = (time_t)seconds;
	struct tm wanted;

	cr_assert(gmtime_r(&time, &wanted));
	cr_assert(utc.year == (unsigned)wanted.tm_year + 1900 &&
			  utc.month == (unsigned)wanted.tm_mon + 1 &&
			  utc.day == (unsigned)wanted.tm_mday &&
			  utc.weekday == (unsigned)wanted.tm_wday &&
			  utc.hour == (unsigned)wanted.tm_hour &&
			  utc.minute == (unsigned)wanted.tm_min &&
			  utc.second == (unsigned)wanted.tm_sec,
		"%llu", (unsigned long long)seconds);
}

Test(utc, equals_gmtime)
{
	check(0);
	for (uint64_t day = 1; day < 800ULL * 366; day++) {
		check(day * 86400 - 1);
		check(day * 86400);
		check(day * 86400 + day % 86400);
	}
}
