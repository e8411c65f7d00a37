/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * If standard output is slow, full or closed, the printer loses and counts lines. It does not block
 * the exporter.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events/printer.h"
#include "support/exporter_events.h"

static struct printer *printer;
static int fds[2];

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	/* The alarm ends the test if a write blocks. */
	alarm(60);
	cr_assert_eq(pipe(fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	cr_assert_eq(printer_new(&printer, fds[1], EVENT_JSON), 0);
}

static void teardown(void)
{
	printer_free(printer);
}

TestSuite(printer, .init = setup, .fini = teardown);

static void take(uint32_t segments)
{
	struct wire_event e = event_make("192.0.2.1", 40000, "198.51.100.7", 443,
		segments ? WIRE_CAUSE_FAST : WIRE_CAUSE_NONE, segments);

	printer_take(printer, &e, 0,
		&(struct event_names){
			"/a.service", "none", "none", "a.service", "a", "here", "there"});
}

/* Reads all lines. Their numbers of segments must continue from `*expected`. */
static size_t read_lines(uint32_t *expected)
{
	static char rest[1 << 16];
	static size_t length;
	size_t lines = 0;
	ssize_t n;

	while ((n = read(fds[0], rest + length, sizeof(rest) - 1 - length)) > 0) {
		char *begin = rest, *end;

		length += (size_t)n;
		rest[length] = '\0';
		for (; (end = strchr(begin, '\n')); begin = end + 1, lines++) {
			uint32_t segments = (uint32_t)atol(strstr(begin, "segments\":") + 10);

			cr_assert_geq(segments, *expected);
			*expected = segments + 1;
		}
		length -= (size_t)(begin - rest);
		memmove(rest, begin, length);
	}
	return lines;
}

Test(printer, prints_retransmissions)
{
	uint32_t expected = 1;

	take(1);
	take(0);
	take(2);
	cr_assert_eq(read_lines(&expected), 0);
	printer_flush(printer);
	cr_assert_eq(read_lines(&expected), 2);
	cr_assert_eq(expected, 3);
	cr_assert_eq(printer_lost(printer), 0);
}

Test(printer, a_reader_that_stops_loses_lines)
{
	const uint32_t total = 30000;
	uint32_t expected = 1;
	size_t lines = 0, n;

	for (uint32_t i = 1; i <= total; i++) {
		take(i);
		if (i % 100 == 0)
			printer_flush(printer);
	}
	cr_assert_gt(printer_lost(printer), 1000);
	/* After the reader continues, the kept lines arrive complete and in order. */
	while ((n = read_lines(&expected)) > 0) {
		lines += n;
		printer_flush(printer);
	}
	cr_assert_eq(lines + printer_lost(printer), total);
	take(total + 1);
	printer_flush(printer);
	cr_assert_eq(read_lines(&expected), 1);
	cr_assert_eq(expected, total + 2);
}

Test(printer, a_reader_that_has_ended_ends_the_exporter)
{
	close(fds[0]);
	take(1);
	printer_flush(printer);
	take(2);
	take(3);
	printer_flush(printer);
	cr_assert_eq(printer_lost(printer), 2);
}

Test(printer, prints_the_rest_at_the_end)
{
	uint32_t expected = 1;

	take(1);
	printer_free(printer);
	cr_assert_eq(read_lines(&expected), 1);
	printer = NULL;
}
