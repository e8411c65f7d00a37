/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One exporter's connection, from RESUME to its end.
 *
 * This is the only place where the collector parses input from outside: RESUME and ACK, of fixed
 * size. Nothing is queued: what does not fit into the socket stays in the ring.
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

/* Records for one packet, or for several if the socket's buffer is too small for one. */
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
	pid_t pid;            /* of the exporter, for the log */
	uint64_t born_ns;     /* CLOCK_MONOTONIC */
	bool streaming;       /* RESUME was received and HELLO was sent */
	bool blocked;         /* the socket was full: wait until it is writable */
	uint64_t sent;        /* position after the last event that was sent */
	size_t records_max;   /* in a packet, limited by the socket's buffer */
	size_t counters_sent; /* of COUNTER records, before the socket was full */
	struct cgroup_names names;
	struct batch events, event_names; /* to send next: the names, then the events */
};

/* Why a session ends. It causes a log line; SESSION_PROTOCOL also a counter. */
enum session_end {
	SESSION_GOES_ON,
	SESSION_CLOSED,   /* by the exporter, or sending failed */
	SESSION_PROTOCOL, /* the exporter sent what the protocol does not allow */
};

/* Starts with an accepted socket, which the session then owns. `names` must be initialized. */
void session_init(struct session *session, int fd, pid_t pid, uint64_t now_ns);
/* Closes the connection. The ring is then read again from the last acknowledgement. */
void session_deinit(struct session *session, struct ring *ring);

/* Receives RESUME, which `hello` answers, and acknowledgements. */
enum session_end session_receive(
	struct session *session, struct ring *ring, const union wire_record *hello);

/* Sends records from the ring until it is empty or the socket is full. */
enum session_end session_pump(struct session *session, struct ring *ring);

/*
 * Sends `n` COUNTER records. Returns 0, -EAGAIN if the socket is full, or another negative errno.
 * After -EAGAIN the next call continues where this one stopped.
 */
int session_send_counters(struct session *session, const union wire_record *records, size_t n);

#endif
