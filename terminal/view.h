/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The data of one screen, from a summary. */
#ifndef REXMIT_VIEW_H
#define REXMIT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_ROWS 64
#define VIEW_CAUSES 7
#define VIEW_TEXT 320 /* a path of 255 bytes fits */

/* Texts are in the locale's encoding, from printable_append(). */
struct view_row {
	char key[VIEW_TEXT * 3]; /* all labels, at most 890 bytes; not for the screen */
	char peer[VIEW_TEXT], local[VIEW_TEXT], workload[VIEW_TEXT]; /* "": no such label */
	const char *cause; /* cause of the most new segments; "-": unknown */
	double rate;       /* segments retransmitted in a second */
	double ratio;      /* recent_retransmitted / recent_sent, or 0 */
	uint64_t recent_retransmitted, recent_sent;
	uint64_t retransmitted, causes[VIEW_CAUSES]; /* in total */
};

struct view {
	double time, recent_seconds;
	char version[64], state[128];
	bool host_known; /* whether the next four rates are known */
	double host_retransmitted, host_sent, resets_sent, resets_received; /* per second */
	struct view_row rows[VIEW_ROWS];
	unsigned count;
};

enum view_order {
	VIEW_BY_RATE,
	VIEW_BY_RATIO,
	VIEW_BY_SEGMENTS,
	VIEW_BY_PEER,
};

/*
 * Reads a summary. A group's rate is the average since `before`. If `before` is NULL or does not
 * have the group, the rate is the average over the group's recent time. Returns 0, or -EBADMSG if
 * the text is not a summary.
 */
int view_read(struct view *view, const char *summary, const struct view *before);

void view_sort(struct view *view, enum view_order order);

#endif
