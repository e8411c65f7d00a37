/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "utc.h"

/*
 * In this computation a year starts on 1 March, so a leap day is the last day of a year (H.
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms"). 1 January 1970 was a Thursday.
 */
struct utc utc_of(uint64_t seconds)
{
	uint64_t days = seconds / 86400 + 719468;
	uint64_t era = days / 146097, of_era = days % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t march_month = (5 * of_year + 2) / 153;
	uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

	return (struct utc){
		.year = (unsigned)(era * 400 + year + (month <= 2)),
		.month = (unsigned)month,
		.day = (unsigned)(of_year - (153 * march_month + 2) / 5 + 1),
		.weekday = (unsigned)((seconds / 86400 + 4) % 7),
		.hour = (unsigned)(seconds / 3600 % 24),
		.minute = (unsigned)(seconds / 60 % 60),
		.second = (unsigned)(seconds % 60),
	};
}
