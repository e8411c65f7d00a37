/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "terminal/printable.h"

static void widen(int *width, const char *text, const char *title)
{
	int needed = printable_width(text);

	/* A column that is empty in every row is omitted: its width stays 0. */
	if (needed > 0 && needed < printable_width(title))
		needed = printable_width(title);
	if (needed > *width)
		*width = needed;
}

#define PEER "PEER"
#define LOCAL "LOCAL"
#define WORKLOAD "WORKLOAD"

void layout_of(struct layout *layout, const struct view *view)
{
	*layout = (struct layout){0};
	for (unsigned i = 0; i < view->count; i++) {
		widen(&layout->peer, view->rows[i].peer, PEER);
		widen(&layout->local, view->rows[i].local, LOCAL);
		widen(&layout->workload, view->rows[i].workload, WORKLOAD);
	}
}

/*
 * Appends a column and two spaces. The caller removes the spaces after the last column. printf(3)
 * cannot pad the text, because it counts bytes, not screen columns.
 */
static void column(char line[LAYOUT_LINE], const char *text, int width)
{
	size_t at = strlen(line);
	int padding = width > printable_width(text) ? width - printable_width(text) : 0;

	if (width > 0)
		snprintf(line + at, LAYOUT_LINE - at, "%s%*s  ", text, padding, "");
}

void layout_exporter(char line[LAYOUT_LINE], const struct view *view, const char *url)
{
	time_t seconds = (time_t)view->time;
	struct tm local = {0};
	char clock[16] = "";

	localtime_r(&seconds, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	snprintf(line, LAYOUT_LINE, "%s  rexmit %s at %s  %s", clock, view->version, url,
		view->state);
}

void layout_host(char line[LAYOUT_LINE], const struct view *view)
{
	if (!view->host_known) {
		snprintf(line, LAYOUT_LINE, "host: no sample yet");
		return;
	}
	snprintf(line, LAYOUT_LINE,
		"host: %.1f of %.1f segments/s retransmitted (%.2f %%)  resets/s: %.1f sent, %.1f "
		"received",
		view->host_retransmitted, view->host_sent,
		view->host_sent > 0 ? 100 * view->host_retransmitted / view->host_sent : 0,
		view->resets_sent, view->resets_received);
}

static void cut_spaces(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
}

void layout_titles(char line[LAYOUT_LINE], const struct layout *layout)
{
	size_t at;

	*line = '\0';
	column(line, PEER, layout->peer);
	column(line, LOCAL, layout->local);
	at = strlen(line);
	snprintf(line + at, LAYOUT_LINE - at, "%8s %10s %10s %8s  %-10s  ", "SEGS/S", "SEGS",
		"SENT", "RATIO", "CAUSE");
	column(line, WORKLOAD, layout->workload);
	cut_spaces(line);
}

void layout_row(char line[LAYOUT_LINE], const struct layout *layout, const struct view_row *row)
{
	size_t at;

	*line = '\0';
	column(line, row->peer, layout->peer);
	column(line, row->local, layout->local);
	at = strlen(line);
	snprintf(line + at, LAYOUT_LINE - at, "%8.1f %10" PRIu64 " %10" PRIu64 " %6.2f %%  %-10s  ",
		row->rate, row->recent_retransmitted, row->recent_sent, 100 * row->ratio,
		row->cause);
	column(line, row->workload, layout->workload);
	cut_spaces(line);
}
