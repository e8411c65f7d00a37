/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The properties of each wire_counter_id, in one place. The codec refuses other labels and scopes,
 * the exporter's ledger keeps and continues the values, and /metrics shows them under this name.
 */
#ifndef REXMIT_COUNTER_KINDS_H
#define REXMIT_COUNTER_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* When a value starts at 0. */
enum wire_since {
	WIRE_MOMENTARY,    /* a gauge, or a counter of the kernel */
	WIRE_SINCE_ATTACH, /* with the BPF maps */
	WIRE_SINCE_START,  /* with the collector, which pinned maps outlive */
};

struct wire_counter_kind {
	const char *name, *help; /* of the metric */
	enum wire_since since;
	const char *label;                           /* its name in the metric; NULL: no label */
	const char *(*label_value)(unsigned number); /* NULL result: show the number */
	uint16_t first_label,
		labels;  /* from, and up to but not including; {0, 1} without a label */
	uint16_t scopes; /* 1 if it has none */
	bool gauge;      /* otherwise a counter */
	bool sparse;     /* show only the labels that the collector has sent */
	uint8_t digits;  /* the metric's unit is 10^digits of the value's: 9 for nanoseconds */
};

/* By id; 0 is not used. */
extern const struct wire_counter_kind wire_counter_kinds[WIRE_COUNTER_IDS];

#endif
