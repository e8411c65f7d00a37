/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families that have a series for each group of the table. */
#ifndef REXMIT_SERIES_H
#define REXMIT_SERIES_H

#include <stdbool.h>

#include "counts/group.h"
#include "counts/names.h"
#include "counts/table.h"
#include "text/text.h"

struct series_source {
	const struct grouping *grouping;
	const struct table *table;
	const struct names *names; /* may be NULL if no label of the grouping has names */
	bool created;              /* write _created series, if the format has them */
};

#define SERIES_FAMILIES 11

/* Writes each family into a separate text, in the order of the exposition. */
void series_write(struct text texts[SERIES_FAMILIES], const struct series_source *source);

/* Writes the value of a label other than the cause, escaped as a label value. */
void series_label_value(struct text *text, const struct series_source *source,
	const union group_key *key, enum group_label label);

#endif
