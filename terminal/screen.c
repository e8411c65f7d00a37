/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/screen.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "terminal/fetch.h"
#include "terminal/layout.h"
#include "terminal/printable.h"

#define FIRST_ROW 4 /* row of the screen after the lines about the host and the titles */
/*
 * getch() returns early after a signal. It always returns early if the terminal has disconnected.
 */
#define FAILURES 100
#define HELP "q quit   s segments/s   r ratio   t segments   p peer"

struct screen {
	const struct top_options *options;
	enum view_order order;
	struct view view, next;
	bool known; /* `view` was read */
	char reason[FETCH_REASON_SIZE];
};

/* Reads a new view. If that fails, the old view stays. */
static void screen_read(struct screen *s)
{
	char *body = NULL;

	if (fetch_summary(&s->options->target, &body, s->reason) < 0)
		return;
	s->reason[0] = '\0';
	if (view_read(&s->next, body, s->known ? &s->view : NULL) < 0) {
		snprintf(s->reason, sizeof(s->reason), "%s has no summary of rexmit",
			s->options->target.text);
	} else {
		s->view = s->next;
		s->known = true;
	}
	free(body);
}

static void draw_line(int row, const char *text)
{
	char line[LAYOUT_LINE];

	snprintf(line, sizeof(line), "%s", text);
	printable_cut(line, COLS); /* without a limit, a line continues in the next row */
	mvaddstr(row, 0, line);
}

static void draw_rows(struct screen *s)
{
	struct layout layout;
	char line[LAYOUT_LINE];

	view_sort(&s->view, s->order);
	layout_of(&layout, &s->view);
	layout_titles(line, &layout);
	attron(A_REVERSE);
	draw_line(FIRST_ROW - 1, line);
	attroff(A_REVERSE);
	for (unsigned i = 0; i < s->view.count && FIRST_ROW + (int)i < LINES - 1; i++) {
		layout_row(line, &layout, &s->view.rows[i]);
		draw_line(FIRST_ROW + (int)i, line);
	}
	if (s->view.count == 0)
		draw_line(FIRST_ROW, "No segment has been retransmitted.");
}

static void draw(struct screen *s)
{
	char line[LAYOUT_LINE];

	erase();
	if (s->known) {
		layout_exporter(line, &s->view, s->options->target.text);
		draw_line(0, line);
		layout_host(line, &s->view);
		draw_line(1, line);
		draw_rows(s);
	}
	draw_line(2, s->reason);
	draw_line(LINES - 1, HELP);
	refresh();
}

/* Returns false if the user quits. */
static bool handle_key(struct screen *s, int key)
{
	switch (key) {
	case 'q':
		return false;
	case 's':
		s->order = VIEW_BY_RATE;
		break;
	case 'r':
		s->order = VIEW_BY_RATIO;
		break;
	case 't':
		s->order = VIEW_BY_SEGMENTS;
		break;
	case 'p':
		s->order = VIEW_BY_PEER;
		break;
	default:
		break;
	}
	return true;
}

/* Waits until the next refresh. Returns false if the user quits or the terminal disconnects. */
static bool wait_for_keys(struct screen *s)
{
	uint64_t end_ms = clock_ms(CLOCK_MONOTONIC) + 1000ull * s->options->interval_s;
	unsigned failures = 0;
	uint64_t now_ms;

	while ((now_ms = clock_ms(CLOCK_MONOTONIC)) < end_ms) {
		int key;

		timeout((int)(end_ms - now_ms));
		key = getch();
		if (!handle_key(s, key))
			return false;
		if (key != ERR)
			draw(s);
		else
			failures++;
		if (failures == FAILURES)
			return false;
	}
	return true;
}

void screen_run(const struct top_options *options)
{
	static struct screen s;

	s = (struct screen){.options = options, .order = options->order};
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, true);
	curs_set(0);
	do {
		screen_read(&s);
		draw(&s);
	} while (wait_for_keys(&s));
	endwin();
}
