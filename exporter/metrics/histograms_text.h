/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families of the histograms. */
#ifndef REXMIT_HISTOGRAMS_TEXT_H
#define REXMIT_HISTOGRAMS_TEXT_H

#include "counts/histograms.h"
#include "text/text.h"

/* `clock_offset_ns` is CLOCK_REALTIME minus CLOCK_BOOTTIME. */
void histograms_write(
	struct text *text, const struct histograms *histograms, int64_t clock_offset_ns);

#endif
