/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The data of the page at /, as JSON of bounded size (docs/api.md). */
#ifndef REXMIT_SUMMARY_H
#define REXMIT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/history.h"
#include "intake/stream.h"
#include "metrics/process.h"
#include "text/text.h"
#include "ui/audit.h"

struct summary {
	const struct stream *stream;
	const struct history *history;
	const struct audit *audit;
	struct process_usage process;
	const char *version;
	const char *collector_state; /* one phrase */
	bool collector_up;
	uint64_t real_ms, monotonic_ms; /* the current time */
};

/* The caller initialises and deinits `text`. Returns 0 or -ENOMEM. */
int summary_write(struct text *text, const struct summary *summary);

void summary_write_history(struct text *text, const struct summary *summary);

#endif
