/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * If standard output is slow, full or closed, the printer loses and counts lines. It does not block
 * the exporter.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
	cr_assert_eq(printer_lost(printer), 3);
}

/* The exporter then ends, although it has nothing to print. */
Test(printer, the_reader_has_left)
{
	cr_assert_not(printer_reader_left(printer));
	close(fds[0]);
	cr_assert(printer_reader_left(printer));
}

/* Without a call of printer_flush(), a full buffer is printed. */
Test(printer, a_full_buffer_is_printed)
{
	FILE *file = tmpfile();

	printer_free(printer);
	cr_assert_eq(printer_new(&printer, fileno(file), EVENT_JSON), 0);
	for (uint32_t i = 1; i <= 30000; i++)
		take(i);
	cr_assert_eq(printer_lost(printer), 0);
	cr_assert_gt(lseek(fileno(file), 0, SEEK_CUR), 1 << 20);
	printer_flush(printer);
	fclose(file);
}

/* As on a full disk. No line is cut, and each is printed or counted. */
Test(printer, a_full_file_has_room_again)
{
	struct rlimit limit, full;
	char lines[1 << 15];
	unsigned count = 0;
	FILE *file = tmpfile();

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	full = (struct rlimit){1000, limit.rlim_max};
	printer_free(printer);
	cr_assert_eq(printer_new(&printer, fileno(file), EVENT_JSON), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (uint32_t i = 1; i <= 10; i++) {
		take(i);
		printer_flush(printer);
	}
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	usleep(1100000); /* the printer tries once a second */
	printer_flush(printer);
	cr_assert_eq(printer_lost(printer), 0);
	rewind(file);
	while (fgets(lines, sizeof(lines), file)) {
		cr_assert_eq(lines[0], '{');
		cr_assert_eq(lines[strlen(lines) - 2], '}', "%s", lines);
		count++;
	}
	cr_assert_eq(count, 10);
	fclose(file);
}

/* Returns what a terminal gets for a name with "ě", whose second byte is the control CSI alone. */
static void print_on_terminal(const char *locale, char *output, size_t size)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_FAST, 1);
	int master, slave;
	ssize_t n;

	setenv("LC_ALL", locale, 1);
	cr_assert_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	printer_free(printer);
	cr_assert_eq(printer_new(&printer, slave, EVENT_JSON), 0);
	printer_take(printer, &e, 0,
		&(struct event_names){"/\xc4\x9b"
				      "2J",
			"none", "none", "none", "a", "here", "there"});
	printer_flush(printer);
	n = read(master, output, size - 1);
	cr_assert_gt(n, 0);
	output[n] = '\0';
	printer_free(printer);
	printer = NULL;
	close(slave);
	close(master);
}

Test(printer, a_terminal_gets_only_its_characters)
{
	char output[4096];

	print_on_terminal("C.UTF-8", output, sizeof(output));
	cr_assert(strstr(output, "\"cgroup\":\"/\xc4\x9b"
				 "2J\""),
		"%s", output);
	print_on_terminal("en_US.ISO-8859-1", output, sizeof(output));
	cr_assert(strstr(output, "\"cgroup\":\"/?2J\""), "%s", output);
	print_on_terminal("C", output, sizeof(output));
	cr_assert(strstr(output, "\"cgroup\":\"/?2J\""), "%s", output);
}

Test(printer, prints_the_rest_at_the_end)
{
	uint32_t expected = 1;

	take(1);
	printer_free(printer);
	cr_assert_eq(read_lines(&expected), 1);
	printer = NULL;
}
