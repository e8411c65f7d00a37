/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Writes a view as lines of text, for a terminal or a script. */
#ifndef REXMIT_LAYOUT_H
#define REXMIT_LAYOUT_H

#include <stddef.h>

#include "terminal/view.h"

/* The size of the longest row. */
#define LAYOUT_LINE (3 * VIEW_TEXT + 128)

/* The widths of the columns that depend on the rows; 0: the column is omitted. */
struct layout {
	int peer, local, workload;
};

void layout_of(struct layout *layout, const struct view *view);

/* These functions write one line each. */
void layout_exporter(char line[LAYOUT_LINE], const struct view *view, const char *url);
void layout_host(char line[LAYOUT_LINE], const struct view *view);
void layout_titles(char line[LAYOUT_LINE], const struct layout *layout);
void layout_row(char line[LAYOUT_LINE], const struct layout *layout, const struct view_row *row);

#endif
