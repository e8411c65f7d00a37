/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What there is to know of each wire_counter_id, for whoever checks, keeps or shows its values. */
#ifndef REXMIT_COUNTER_KINDS_H
#define REXMIT_COUNTER_KINDS_H

#include <stdint.h>

#include "wire.h"

/* What a value counts from. */
enum wire_since {
	WIRE_MOMENTARY,    /* it does not count, or is the kernel's own */
	WIRE_SINCE_ATTACH, /* the maps' */
	WIRE_SINCE_START,  /* the collector's, which pinned maps outlive */
};

struct wire_counter_kind {
	uint16_t first_label,
		labels;  /* from, and up to but not including; without a label {0, 1} */
	uint16_t scopes; /* 1 if it has none */
	enum wire_since since;
};

/* By id; 0 is none. */
extern const struct wire_counter_kind wire_counter_kinds[WIRE_COUNTER_IDS];

#endif
