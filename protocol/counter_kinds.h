/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What there is to know of each wire_counter_id, once: the codec refuses other labels and scopes, the
 * exporter's ledger keeps and continues the values, and /metrics shows them under this name.
 */
#ifndef REXMIT_COUNTER_KINDS_H
#define REXMIT_COUNTER_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* What a value counts from. */
enum wire_since {
	WIRE_MOMENTARY,    /* it does not count, or is the kernel's own */
	WIRE_SINCE_ATTACH, /* the maps' */
	WIRE_SINCE_START,  /* the collector's, which pinned maps outlive */
};

struct wire_counter_kind {
	const char *name, *help; /* of the metric */
	enum wire_since since;
	const char *label;                           /* its name in the metric; NULL: it has none */
	const char *(*label_value)(unsigned number); /* returns NULL: the number itself */
	uint16_t first_label,
		labels;  /* from, and up to but not including; without a label {0, 1} */
	uint16_t scopes; /* 1 if it has none */
	bool gauge;      /* else it is a counter */
	bool sparse;     /* of the labels, only those that the collector has sent are shown */
	uint8_t digits;  /* the metric's unit is 10^digits of the value's: 9 for nanoseconds */
};

/* By id; 0 is none. */
extern const struct wire_counter_kind wire_counter_kinds[WIRE_COUNTER_IDS];

#endif
