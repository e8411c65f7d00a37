/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Writes the histogram of round-trip times, in OpenMetrics with exemplars. */
#ifndef REXMIT_RTT_TEXT_H
#define REXMIT_RTT_TEXT_H

#include "counts/rtt.h"
#include "text/text.h"

/* `clock_offset_ns` is CLOCK_REALTIME minus CLOCK_BOOTTIME. */
void rtt_write(struct text *text, const struct rtt *rtt, int64_t clock_offset_ns);

#endif
