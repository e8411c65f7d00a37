/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "intake/link.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "intake/collector_socket.h"

#define BACK_OFF_FIRST_MS 50
#define BACK_OFF_LAST_MS 2000
/* After a connection that lasted this long, the next attempt waits only BACK_OFF_FIRST_MS. */
#define GOOD_SECONDS 2

/*
 * A limit for logging why connections were lost: first REASONS_AT_ONCE lines, then one line every
 * REASON_SECONDS. A reason is never logged twice in a row, but a crashing collector alternates
 * between two reasons.
 */
#define REASONS_AT_ONCE 4
#define REASON_SECONDS 60

/*
 * Maximum number of packets that are read before other events, such as a scrape, are handled. These
 * packets have at most 16 384 records, which take 2 to 3 ms.
 */
#define PACKETS_PER_TURN 64

struct link {
	struct collector_socket socket;
	struct stream *stream;
	struct event_base *base;
	struct event *readable, *retry; /* `readable` is NULL while disconnected */
	unsigned back_off_ms;
	unsigned random;               /* state of rand_r(3) */
	uint32_t connected_s, heard_s; /* CLOCK_MONOTONIC of the connect and the last packet */
	bool shaky;                    /* the last connection lasted less than GOOD_SECONDS */
	bool announced;                /* this connection has been logged */
	unsigned reasons;              /* reasons logged since a connection was logged */
	uint32_t logged_s;             /* CLOCK_MONOTONIC when `logged` was logged */
	char logged[96];               /* the last reason that was logged */
	char reason[96];               /* why the link is down */
	const char *remedy;            /* advice to log after the reason, or "" */
	char description[160];         /* returned by link_describe() */
	_Alignas(8) uint8_t packet[WIRE_PACKET_SIZE];
};

static uint32_t link_clock_s(clockid_t clock)
{
	return (uint32_t)clock_s(clock);
}

static int64_t clock_offset_ns(void)
{
	return (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
}

/* Waits a random time, from half the back-off to the back-off, so that exporters spread out. */
static void retry_later(struct link *l)
{
	unsigned ms = l->back_off_ms;
	struct timeval delay;

	ms = ms / 2 + (unsigned)rand_r(&l->random) % (ms / 2 + 1);
	delay = (struct timeval){.tv_sec = ms / 1000, .tv_usec = (long)(ms % 1000) * 1000};
	evtimer_add(l->retry, &delay);
	l->back_off_ms *= 2;
	if (l->back_off_ms > BACK_OFF_LAST_MS)
		l->back_off_ms = BACK_OFF_LAST_MS;
}

static void disconnect(struct link *l)
{
	int fd;

	if (!l->readable)
		return;
	fd = event_get_fd(l->readable);
	event_free(l->readable);
	l->readable = NULL;
	close(fd);
	stream_end(l->stream);
	l->announced = false;
	l->shaky = link_clock_s(CLOCK_MONOTONIC) - l->connected_s < GOOD_SECONDS;
	if (!l->shaky)
		l->back_off_ms = BACK_OFF_FIRST_MS;
}

static void log_reason(struct link *l, enum log_level level)
{
	uint32_t now_s = link_clock_s(CLOCK_MONOTONIC);

	if (strcmp(l->logged, l->reason) == 0 ||
		(l->reasons >= REASONS_AT_ONCE && now_s - l->logged_s < REASON_SECONDS))
		return;
	memcpy(l->logged, l->reason, sizeof(l->logged));
	l->reasons++;
	l->logged_s = now_s;
	log_write(
		level, "collector at %s: %s%s; trying again", l->socket.path, l->reason, l->remedy);
}

static void link_give_up(struct link *l, enum log_level level, const char *reason)
{
	disconnect(l);
	snprintf(l->reason, sizeof(l->reason), "%s", reason);
	log_reason(l, level);
	retry_later(l);
}

/* Logs the connection. If the last connection was short, does so only after GOOD_SECONDS. */
static void link_announce(struct link *l)
{
	if (l->announced || !l->stream->greeted ||
		(l->shaky && link_clock_s(CLOCK_MONOTONIC) - l->connected_s < GOOD_SECONDS))
		return;
	l->announced = true;
	l->reasons = 0;
	l->logged[0] = '\0';
	log_info(
		"connected to collector %s at %s", l->stream->past->hello.software, l->socket.path);
}

/*
 * Sends one record. If the socket is full, the exporter tries again after the next packet of the
 * collector, within a second.
 */
static int link_send_record(int fd, const union wire_record *record)
{
	ssize_t n = send(fd, record, sizeof(*record), MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : 0;
}

/* Returns false if the packet ended the connection. */
static bool process_packet(struct link *l, size_t size, struct table_time now)
{
	enum wire_error error;
	char reason[sizeof(l->reason)];

	switch (stream_take(l->stream, l->packet, size, now, &error)) {
	case STREAM_GO_ON:
		return true;
	case STREAM_BUSY:
		l->remedy = " (a collector serves one at a time; to watch events, read the "
			    "other one: rexmit-top, or curl -N 127.0.0.1:2112/events)";
		link_give_up(l, LOG_LEVEL_WARNING, "it serves another exporter");
		return false;
	case STREAM_REFUSED:
		break;
	}
	snprintf(reason, sizeof(reason), "packet refused (%s)", wire_error_name(error));
	link_give_up(l, LOG_LEVEL_ERROR, reason);
	return false;
}

/* Returns whether to read another packet. */
static bool read_packet(struct link *l, int fd, struct table_time now)
{
	/* With MSG_TRUNC, recv(2) returns the real length of packets that are too long. */
	ssize_t n = recv(fd, l->packet, sizeof(l->packet), MSG_DONTWAIT | MSG_TRUNC);

	/* If the collector closes the connection without reading RESUME, the first recv(2) fails.
	 * The next recv(2) returns packets that the collector sent, such as BUSY
	 * (unix_release_sock()). */
	if (n < 0 && errno == ECONNRESET)
		n = recv(fd, l->packet, sizeof(l->packet), MSG_DONTWAIT | MSG_TRUNC);
	if (n > 0)
		return process_packet(l, (size_t)n, now);
	if (n == 0)
		link_give_up(l, LOG_LEVEL_WARNING, "it closed the connection");
	else if (errno != EAGAIN && errno != EINTR)
		link_give_up(l, LOG_LEVEL_WARNING, strerror(errno));
	return false;
}

static void acknowledge(struct link *l, int fd)
{
	union wire_record ack;
	int r;

	if (!stream_acknowledge(l->stream, &ack))
		return;
	r = link_send_record(fd, &ack);
	if (r == 0)
		stream_acknowledged(l->stream);
	else if (r != -EAGAIN)
		link_give_up(l, LOG_LEVEL_WARNING, strerror(-r));
}

static void readable_cb(evutil_socket_t fd, short what, void *context)
{
	struct link *l = context;
	struct table_time now = {link_clock_s(CLOCK_REALTIME), link_clock_s(CLOCK_MONOTONIC)};

	(void)what;
	stream_clock(l->stream, clock_offset_ns());
	for (int i = 0; i < PACKETS_PER_TURN && read_packet(l, fd, now); i++)
		l->heard_s = now.monotonic_s;
	if (!l->readable)
		return;
	link_announce(l);
	acknowledge(l, fd);
}

static int link_begin(struct link *l, int fd)
{
	union wire_record resume;
	int r;

	stream_begin(l->stream, &resume);
	r = link_send_record(fd, &resume);
	/* If the collector has closed the connection, its packets can still be read. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return r;
	l->readable = event_new(l->base, fd, EV_READ | EV_PERSIST, readable_cb, l);
	if (!l->readable)
		return -ENOMEM;
	if (event_add(l->readable, NULL) == 0)
		return 0;
	event_free(l->readable);
	l->readable = NULL;
	return -ENOMEM;
}

static void connect_cb(evutil_socket_t none, short what, void *context)
{
	struct link *l = context;
	struct collector_problem problem;
	int fd = collector_socket_connect(&l->socket, &problem);
	int r = fd;

	(void)none, (void)what;
	l->remedy = problem.remedy;
	if (fd >= 0) {
		r = link_begin(l, fd);
		snprintf(problem.reason, sizeof(problem.reason), "%s", strerror(-r));
	}
	if (r < 0) {
		cleanup_close(&fd);
		link_give_up(l, LOG_LEVEL_WARNING, problem.reason);
		return;
	}
	l->connected_s = l->heard_s = link_clock_s(CLOCK_MONOTONIC);
}

int link_new(struct link **link, struct event_base *base, const char *path, uid_t collector,
	struct stream *stream)
{
	struct link *l;

	if (strlen(path) >= sizeof((struct sockaddr_un){0}.sun_path))
		return -ENAMETOOLONG;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	*l = (struct link){.socket = {path, getuid(), collector},
		.stream = stream,
		.base = base,
		.back_off_ms = BACK_OFF_FIRST_MS,
		.remedy = ""};
	/* A failure does little harm: exporters that start together would retry together. */
	(void)!getrandom(&l->random, sizeof(l->random), GRND_NONBLOCK);
	l->retry = evtimer_new(base, connect_cb, l);
	if (!l->retry) {
		link_free(l);
		return -ENOMEM;
	}
	connect_cb(-1, 0, l);
	*link = l;
	return 0;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	disconnect(link);
	if (link->retry)
		event_free(link->retry);
	free(link);
}

enum link_state link_state(const struct link *link)
{
	if (!link->readable)
		return LINK_DOWN;
	if (!link->stream->greeted)
		return LINK_WAITING;
	if (link_clock_s(CLOCK_MONOTONIC) - link->heard_s >= LINK_SILENT_SECONDS)
		return LINK_SILENT;
	return LINK_UP;
}

static const char *state_phrase(const struct link *l)
{
	switch (link_state(l)) {
	case LINK_UP:
		return "connected";
	case LINK_SILENT:
		return "connected, but it sends nothing";
	case LINK_WAITING:
		return "connected, waiting for its HELLO";
	case LINK_DOWN:
		break;
	}
	return l->reason;
}

const char *link_describe(struct link *link)
{
	snprintf(link->description, sizeof(link->description), "collector: %s", state_phrase(link));
	return link->description;
}
