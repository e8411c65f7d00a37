/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The metrics about the table: its size, its limit, and counts that belong to no group. */
#ifndef REXMIT_TABLE_TEXT_H
#define REXMIT_TABLE_TEXT_H

#include "counts/table.h"
#include "text/text.h"

void table_write(struct text *text, const struct table *table);

#endif
