/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* rexmit-top: shows to which peers this host retransmits now, in a terminal. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "terminal/fetch.h"
#include "terminal/layout.h"
#include "terminal/screen.h"

#define INPUT_BYTES (1u << 20)

static char *read_input(void)
{
	char *text = malloc(INPUT_BYTES);
	size_t size = text ? fread(text, 1, INPUT_BYTES - 1, stdin) : 0;

	if (text)
		text[size] = '\0';
	return text;
}

static void print_table(struct view *view, const struct top_options *options)
{
	struct layout layout;
	char line[LAYOUT_LINE];

	view_sort(view, options->order);
	layout_of(&layout, view);
	layout_exporter(line, view, options->input ? "-" : options->target.text);
	puts(line);
	layout_host(line, view);
	puts(line);
	layout_titles(line, &layout);
	printf("\n%s\n", line);
	for (unsigned i = 0; i < view->count; i++) {
		layout_row(line, &layout, &view->rows[i]);
		puts(line);
	}
}

static int print_once(const struct top_options *options)
{
	static struct view view;
	char reason[FETCH_REASON_SIZE];
	char *body = NULL;
	int r = 0;

	if (options->input)
		body = read_input();
	else
		r = fetch_summary(&options->target, &body, reason);
	if (r < 0) {
		log_error("%s", reason);
		return r;
	}
	r = body ? view_read(&view, body, NULL) : -ENOMEM;
	free(body);
	if (r < 0) {
		log_error("%s has no summary of rexmit",
			options->input ? "standard input" : options->target.text);
		return r;
	}
	print_table(&view, options);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

int main(int argc, char *argv[])
{
	struct top_options options;

	log_init("rexmit-top", LOG_LEVEL_INFO);
	switch (top_options_parse(&options, argc, argv)) {
	case FLAGS_RUN:
		break;
	case FLAGS_DONE:
		return EXIT_SUCCESS;
	case FLAGS_WRONG:
		return 2;
	}
	setlocale(LC_CTYPE, "");
	if (options.once || options.input)
		return print_once(&options) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		log_error("this is not a terminal: use --once");
		return 2;
	}
	screen_run(&options);
	return EXIT_SUCCESS;
}
