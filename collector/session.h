/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One exporter's connection, from RESUME to its end.
 *
 * The only thing that the collector parses from outside is here: RESUME and ACK, of fixed size.
 * Nothing is queued: what the socket does not take stays in the ring.
 */
#ifndef REXMIT_SESSION_H
#define REXMIT_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup_names.h"
#include "protocol/codec.h"
#include "protocol/wire.h"
#include "ring.h"

/* Records for one packet, or more if the socket's buffer is too small for it. */
struct batch {
	size_t sent, count;
	union wire_record records[WIRE_PACKET_RECORDS];
};

static inline size_t batch_left(const struct batch *batch)
{
	return batch->count - batch->sent;
}

struct session {
	int fd;
	pid_t pid;          /* of the exporter, for the log */
	uint64_t born_ns;   /* CLOCK_MONOTONIC */
	bool streaming;     /* RESUME came, HELLO went */
	bool blocked;       /* the socket took no more: wait until it is writable */
	uint64_t sent;      /* position behind the last event that was sent */
	size_t records_max; /* in a packet, that the socket's buffer has room for */
	struct cgroup_names names;
	struct batch events, event_names; /* to send next, those behind these */
};

/* Why a session ends; a log line and, for the latter kind, a counter. */
enum session_end {
	SESSION_GOES_ON,
	SESSION_CLOSED,   /* by the exporter, or its end of the socket failed */
	SESSION_PROTOCOL, /* it sent what the protocol does not allow */
};

/* Begins with an accepted socket, which the session then owns; `names` has been set up. */
void session_init(struct session *session, int fd, pid_t pid, uint64_t now_ns);
/* Closes; the ring is read again from the last acknowledgement on. */
void session_deinit(struct session *session, struct ring *ring);

/* Takes what the exporter sent: RESUME, for which `hello` is the answer, and acknowledgements. */
enum session_end session_receive(
	struct session *session, struct ring *ring, const union wire_record *hello);

/* Sends records from the ring until it is empty or the socket takes no more. */
enum session_end session_pump(struct session *session, struct ring *ring);

/*
 * Sends `n` COUNTER records. Returns 0, -EAGAIN if the socket takes no more now, or
 * another negative errno.
 */
int session_send_counters(struct session *session, const union wire_record *records, size_t n);

#endif
