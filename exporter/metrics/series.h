/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families that have a series for each group of the table. */
#ifndef REXMIT_SERIES_H
#define REXMIT_SERIES_H

#include <stdbool.h>

#include "counts/cgroups.h"
#include "counts/group.h"
#include "counts/table.h"
#include "text/text.h"

struct series_source {
	const struct grouping *grouping;
	const struct table *table;
	const struct cgroups *cgroups; /* may be NULL if the grouping has no cgroup */
	bool created;                  /* say since when each counts, where the format can */
};

/* How many families there are. */
#define SERIES_FAMILIES 5

/* Each family into a text of its own, in the order of the page. */
void series_write(struct text texts[SERIES_FAMILIES], const struct series_source *source);

/* The value of one label but the cause, escaped as a label's is. */
void series_label_value(struct text *text, const struct series_source *source,
	const union group_key *key, enum group_label label);

#endif
