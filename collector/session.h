/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The connection of one exporter.
 *
 * Only this module parses input from outside: RESUME and ACK records, which have a fixed size.
 * Records that the socket has no room for stay in the ring.
 */
#ifndef REXMIT_SESSION_H
#define REXMIT_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup_names.h"
#include "process_names.h"
#include "protocol/codec.h"
#include "protocol/wire.h"
#include "ring.h"

/* Records to send, in one packet, or in several if the socket's buffer is small. */
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
	pid_t pid;            /* the exporter's, for the log */
	uint64_t born_ns;     /* CLOCK_MONOTONIC when the connection was accepted */
	bool streaming;       /* RESUME was received and HELLO was sent */
	bool blocked;         /* the socket is full */
	uint64_t sent;        /* position after the last event that was sent */
	size_t records_max;   /* largest packet that the socket's buffer has room for */
	size_t counters_sent; /* COUNTER records sent before the socket was full */
	struct cgroup_names names;
	struct process_names processes;
	struct batch events, event_names; /* event_names is sent first */
};

/* Whether the session continues, or why it ends. */
enum session_end {
	SESSION_GOES_ON,
	SESSION_CLOSED,   /* the exporter has closed, or sending failed */
	SESSION_PROTOCOL, /* the exporter has violated the protocol */
};

/*
 * Starts a session, which owns the socket `fd`. The caller has initialized `names` and `processes`.
 */
void session_init(struct session *session, int fd, pid_t pid, uint64_t now_ns);
/* Closes the connection. The next session reads the ring from the last acknowledged position. */
void session_deinit(struct session *session, struct ring *ring);

/* Receives acknowledgements and RESUME. Answers RESUME with `hello`. */
enum session_end session_receive(
	struct session *session, struct ring *ring, const union wire_record *hello);

/* Sends records from the ring until the ring is empty or the socket is full. */
enum session_end session_pump(struct session *session, struct ring *ring);

/*
 * Sends `n` COUNTER records. Returns 0, -EAGAIN if the socket is full, or another negative errno.
 * After -EAGAIN the next call continues where this one stopped.
 */
int session_send_counters(struct session *session, const union wire_record *records, size_t n);

#endif
