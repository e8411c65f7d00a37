/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the page at / shows, as JSON of bounded size. See docs/api.md. */
#ifndef REXMIT_SUMMARY_H
#define REXMIT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/history.h"
#include "intake/stream.h"
#include "metrics/process.h"
#include "text/text.h"
#include "ui/audit.h"

/* All that it is made of, at the moment it is written. */
struct summary {
	const struct stream *stream; /* and what its records changed */
	const struct history *history;
	const struct audit *audit;
	struct process_usage process;
	const char *version;
	const char *collector_state; /* one phrase */
	bool collector_up;
	uint64_t real_ms, monotonic_ms; /* now */
};

/* `text` is initialised by the caller. Returns 0, or -ENOMEM if it is not whole. */
int summary_write(struct text *text, const struct summary *summary);

#endif
