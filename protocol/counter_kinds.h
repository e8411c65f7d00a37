/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The properties of each wire_counter_id. The codec accepts only these labels and scopes, and the
 * exporter shows the values in /metrics under these names.
 */
#ifndef REXMIT_COUNTER_KINDS_H
#define REXMIT_COUNTER_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* When a value starts at 0. */
enum wire_since {
	WIRE_MOMENTARY,    /* never: the value is a gauge, or a counter of the kernel */
	WIRE_SINCE_ATTACH, /* when the BPF maps are created; a later collector may adopt them */
	WIRE_SINCE_START,  /* when the collector starts */
};

struct wire_counter_kind {
	const char *name, *help; /* of the metric */
	enum wire_since since;
	const char *label;                           /* the label's name; NULL: no label */
	const char *(*label_value)(unsigned number); /* NULL: the label's value is the number */
	uint16_t first_label, labels; /* labels: `first_label` to `labels` - 1. No label: 0, 1 */
	uint16_t scopes;              /* 1 without a scope */
	bool gauge;                   /* otherwise a counter */
	bool sparse;                  /* show only the labels that the collector has sent */
	uint8_t digits; /* the metric is the value divided by 10^digits: 9 for nanoseconds */
};

/* The index is a wire_counter_id. Index 0 is not used. */
extern const struct wire_counter_kind wire_counter_kinds[WIRE_COUNTER_IDS];

#endif
