/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log_limit.h"

/* Maximum number of packets received before the collector reads the ring again. */
#define RECEIVE_BURST 64

void session_init(struct session *session, int fd, pid_t pid, uint64_t now_ns)
{
	session->fd = fd;
	session->pid = pid;
	session->born_ns = now_ns;
	session->streaming = false;
	session->blocked = false;
	session->records_max = WIRE_PACKET_RECORDS;
	session->counters_sent = 0;
	session->events.sent = session->events.count = 0;
	session->event_names.sent = session->event_names.count = 0;
	cgroup_names_forget(&session->names);
	process_names_forget(&session->processes);
}

void session_deinit(struct session *session, struct ring *ring)
{
	close(session->fd);
	session->fd = -1;
	ring_rewind(ring);
}

/* Sends one packet. Returns 0, -EAGAIN if the socket is full, or another negative errno. */
static int send_packet(int fd, const union wire_record *records, size_t n)
{
	ssize_t sent;

	do {
		sent = send(fd, records, n * sizeof(*records), MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static enum session_end refuse_packet(const struct session *session, enum wire_error error)
{
	log_limited(LOG_LEVEL_WARNING,
		"closing the connection of process %d: it sent a packet with a wrong %s",
		(int)session->pid, wire_error_name(error));
	return SESSION_PROTOCOL;
}

/* Ends the session after sending failed with `r`. A disconnect of the exporter is not logged. */
static enum session_end end_unsent(const struct session *session, int r)
{
	if (r != -EPIPE && r != -ECONNRESET)
		log_limited(LOG_LEVEL_WARNING,
			"closing the connection of process %d: cannot send: %s", (int)session->pid,
			strerror(-r));
	return SESSION_CLOSED;
}

/*
 * Handles RESUME. If the record has this instance, its position acknowledges all events that the
 * exporter has applied. This or an earlier collector must have sent these events.
 */
static enum session_end resume(struct session *session, struct ring *ring,
	const union wire_record *record, union wire_record hello)
{
	uint64_t acknowledged = ring_acknowledged(ring);
	int r;

	if (!memcmp(record->hello.instance, hello.hello.instance, sizeof(record->hello.instance)) &&
		record->hello.position > acknowledged) {
		enum wire_error error = wire_ack_check(acknowledged, ring_read_furthest(ring),
			RING_STRIDE, record->hello.position);

		if (error)
			return refuse_packet(session, error);
		ring_acknowledge(ring, record->hello.position);
	}
	ring_rewind(ring);
	session->sent = ring_acknowledged(ring);
	hello.hello.position = session->sent;
	r = send_packet(session->fd, &hello, 1);
	if (r)
		return end_unsent(session, r);
	session->streaming = true;
	return SESSION_GOES_ON;
}

static enum session_end handle_packet(struct session *session, struct ring *ring,
	const union wire_record *record, size_t size, const union wire_record *hello)
{
	enum wire_error error = wire_packet_check(record, size, WIRE_FROM_EXPORTER);

	if (error)
		return refuse_packet(session, error);
	if (record->type == (session->streaming ? WIRE_RESUME : WIRE_ACK))
		return refuse_packet(session, WIRE_E_TYPE);
	if (!session->streaming)
		return resume(session, ring, record, *hello);
	error = wire_ack_check(
		ring_acknowledged(ring), session->sent, RING_STRIDE, record->ack.position);
	if (error)
		return refuse_packet(session, error);
	ring_acknowledge(ring, record->ack.position);
	return SESSION_GOES_ON;
}

enum session_end session_receive(
	struct session *session, struct ring *ring, const union wire_record *hello)
{
	enum session_end end = SESSION_GOES_ON;

	for (int i = 0; i < RECEIVE_BURST && end == SESSION_GOES_ON; i++) {
		union wire_record packet[2]; /* the second record shows that a packet is too long */
		ssize_t n = recv(session->fd, packet, sizeof(packet), MSG_DONTWAIT);

		/* If the exporter closes with unread data, one call fails with ECONNRESET. Later
		 * calls receive the packets that the exporter sent (unix_release_sock()). */
		if (n < 0 && (errno == EINTR || errno == ECONNRESET))
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		/* An empty packet, which the protocol does not allow, also ends the session. */
		if (n <= 0)
			return SESSION_CLOSED;
		end = handle_packet(session, ring, packet, (size_t)n, hello);
	}
	return end;
}

/* Returns how many of `n` records the next packet gets. No path is in two packets. */
static size_t packet_length(
	const struct session *session, const union wire_record *records, size_t n)
{
	if (n <= session->records_max)
		return n;
	n = session->records_max;
	while (records[n].type == WIRE_NAME && records[n].name.offset > 0)
		n--;
	return n;
}

/*
 * Sends the records from `*sent` to `count`, and advances `*sent`. A packet cannot be larger than
 * the socket's buffer: net.core.wmem_default, and at least 35 records (SOCK_MIN_SNDBUF). A larger
 * buffer would need one more system call. Returns 0, or a negative errno.
 */
static int send_records(
	struct session *session, const union wire_record *records, size_t *sent, size_t count)
{
	while (*sent < count) {
		size_t n = packet_length(session, records + *sent, count - *sent);
		int r = send_packet(session->fd, records + *sent, n);

		if (r == -EMSGSIZE && session->records_max >= 2 * WIRE_NAME_RECORDS)
			session->records_max /= 2;
		else if (r)
			return r;
		else
			*sent += n;
	}
	return 0;
}

static int send_batch(struct session *session, struct batch *batch)
{
	return send_records(session, batch->records, &batch->sent, batch->count);
}

/*
 * Reads the next events from the ring, and makes the names that the events need. The ring is read
 * before the table of processes, so the table has the processes of these events. While changed
 * slots of the table are left to send, the events stay in the ring.
 */
static void prepare(struct session *session, struct ring *ring)
{
	struct batch *events = &session->events, *names = &session->event_names;
	size_t n = ring_read(ring, events->records, WIRE_PACKET_RECORDS);

	events->sent = names->sent = 0;
	events->count = 0;
	names->count = process_names_changed(&session->processes, names->records);
	if (names->count > 0) {
		if (n > 0)
			ring_unread(ring, events->records[0].event.position - RING_STRIDE);
		return;
	}
	events->count = n;
	names->count = cgroup_names_before(
		&session->names, events->records, &events->count, names->records);
	if (events->count < n)
		ring_unread(ring, events->records[events->count - 1].event.position);
}

/* Sends the names and then the events. After an error, the next call continues. */
static int send_prepared(struct session *session)
{
	struct batch *events = &session->events;
	int r = send_batch(session, &session->event_names);

	if (!r)
		r = send_batch(session, events);
	if (events->sent)
		session->sent = events->records[events->sent - 1].event.position;
	return r;
}

enum session_end session_pump(struct session *session, struct ring *ring)
{
	const struct batch *events = &session->events, *names = &session->event_names;

	for (;;) {
		int r;

		if (!batch_left(events) && !batch_left(names))
			prepare(session, ring);
		if (!batch_left(events) && !batch_left(names))
			return SESSION_GOES_ON;
		r = send_prepared(session);
		session->blocked = r == -EAGAIN;
		if (session->blocked)
			return SESSION_GOES_ON;
		if (r)
			return end_unsent(session, r);
	}
}

int session_send_counters(struct session *session, const union wire_record *records, size_t n)
{
	/* A small buffer may have no room for all counters. The next call sends the rest, with new
	 * values. */
	size_t sent = session->counters_sent < n ? session->counters_sent : 0;
	int r = send_records(session, records, &sent, n);

	session->counters_sent = r ? sent : 0;
	return r;
}
