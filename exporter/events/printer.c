/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "events/printer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/array.h"
#include "common/clock.h"
#include "common/log_limit.h"

/* Room for about 6 000 lines. */
#define BUFFER_SIZE (1 << 20)
/* A write to a full file system may take long: XFS searches for blocks to free. */
#define FULL_MS 1000

struct printer {
	int fd; /* -1: closed */
	bool journal;
	bool ascii; /* for a terminal to which other bytes could be control characters */
	bool left;  /* the reader has closed the other end */
	enum event_format format;
	struct text lines;
	size_t written; /* bytes of `lines` already written */
	uint64_t lost;
	uint64_t full_until_ms; /* CLOCK_MONOTONIC; 0: there is room */
};

/* Whether terminals of this locale understand UTF-8 (locale(7)). */
static bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

int printer_new(struct printer **printer, int fd, enum event_format format)
{
	struct printer *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*p = (struct printer){
		.fd = fd,
		.format = format,
		.journal = log_is_journal(fd),
		.ascii = isatty(fd) && !locale_is_utf8(),
	};
	text_init(&p->lines, TEXT_PLAIN, BUFFER_SIZE);
	if (!p->lines.data) {
		free(p);
		return -ENOMEM;
	}
	if (p->journal)
		log_warning(
			"standard output is the journal, which drops lines that come too fast, "
			"including warnings; the example exporter-print-events.conf writes events "
			"to a file");
	event_line_header(&p->lines, format);
	*printer = p;
	return 0;
}

void printer_free(struct printer *printer)
{
	if (!printer)
		return;
	printer->full_until_ms = 0;
	printer_flush(printer);
	text_deinit(&printer->lines);
	free(printer);
}

/*
 * Replaces each character beyond ASCII from `start` on. A terminal of another encoding would show
 * other characters, and take the bytes 0x80 to 0x9f for control characters.
 */
static void replace_characters(struct text *t, size_t start)
{
	size_t end = start;

	for (size_t i = start; i < t->length; i++) {
		unsigned char c = (unsigned char)t->data[i];

		if ((c & 0xc0) != 0x80) /* the other bytes continue a character */
			t->data[end++] = c < 0x80 ? t->data[i] : '?';
	}
	t->length = end;
}

void printer_take(struct printer *printer, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names)
{
	struct printer *p = printer;
	size_t start;

	if (!event_has_line(event))
		return;
	if (BUFFER_SIZE - p->lines.length < EVENT_LINE_SIZE)
		printer_flush(p);
	if (p->fd < 0 || BUFFER_SIZE - p->lines.length < EVENT_LINE_SIZE) {
		p->lost++;
		return;
	}
	start = p->lines.length;
	event_line_write(&p->lines, p->format, event, real_ns, names);
	if (p->ascii)
		replace_characters(&p->lines, start);
}

/*
 * Polls instead of using O_NONBLOCK. log.c gives the reason. A writable pipe accepts PIPE_BUF bytes
 * without blocking (pipe(7)).
 */
static short poll_now(int fd)
{
	struct pollfd sink = {.fd = fd, .events = POLLOUT};
	const struct timespec none = {0};

	return ppoll(&sink, 1, &none, NULL) == 1 ? sink.revents : 0;
}

static void printer_give_up(struct printer *p)
{
	p->left = errno == EPIPE && !p->journal;
	if (!p->left)
		log_error("cannot print events: %s; continuing without them", strerror(errno));
	p->fd = -1;
	for (; p->written < p->lines.length; p->written++)
		p->lost += p->lines.data[p->written] == '\n';
}

/*
 * A full file system, or a file at its size limit, may have room later. Until then lines wait, and
 * are lost if the buffer has no room.
 */
static void printer_wait_for_room(struct printer *p)
{
	if (!p->full_until_ms)
		log_limited(LOG_LEVEL_WARNING,
			"cannot print events: %s; continuing without them until there is room",
			strerror(errno));
	p->full_until_ms = clock_ms(CLOCK_MONOTONIC) + FULL_MS;
}

static void printer_failed(struct printer *p)
{
	switch (errno) {
	case EINTR:
	case EAGAIN:
		break;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		printer_wait_for_room(p);
		break;
	default:
		printer_give_up(p);
		break;
	}
}

void printer_flush(struct printer *printer)
{
	struct printer *p = printer;

	if (clock_ms(CLOCK_MONOTONIC) < p->full_until_ms)
		return;
	while (p->fd >= 0 && p->written < p->lines.length && poll_now(p->fd)) {
		size_t left = p->lines.length - p->written;
		ssize_t n =
			write(p->fd, p->lines.data + p->written, left < PIPE_BUF ? left : PIPE_BUF);

		if (n < 0) {
			printer_failed(p);
			break;
		}
		p->full_until_ms = 0;
		p->written += (size_t)n;
	}
	memmove(p->lines.data, p->lines.data + p->written, p->lines.length - p->written);
	p->lines.length -= p->written;
	p->written = 0;
}

bool printer_reader_left(const struct printer *printer)
{
	const struct printer *p = printer;

	return p->left || (p->fd >= 0 && !p->journal && poll_now(p->fd) & (POLLERR | POLLHUP));
}

uint64_t printer_lost(const struct printer *printer)
{
	return printer->lost;
}
