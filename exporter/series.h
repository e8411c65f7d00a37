/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families that have a series for each group of the table. */
#ifndef REXMIT_SERIES_H
#define REXMIT_SERIES_H

#include "group.h"
#include "table.h"
#include "text.h"

/* tcp_retransmissions_total and tcp_segments_sent_total. */
void series_write(struct text *text, const struct grouping *grouping, const struct table *table);

#endif
