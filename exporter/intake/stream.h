/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the packets of a collector mean: who sends, in which order, and what each record changes.
 *
 * No socket in here: link.h brings the packets and takes the answers away. A stream outlives its
 * connections; it knows what has been applied, so that a record is counted once, whichever of the
 * two programs was restarted.
 */
#ifndef REXMIT_STREAM_H
#define REXMIT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts/cgroups.h"
#include "counts/group.h"
#include "counts/ledger.h"
#include "counts/rtt.h"
#include "counts/table.h"
#include "events/printer.h"
#include "protocol/codec.h"

#define STREAM_TYPES (WIRE_NAME + 1)

/* Since the exporter's first start with its state. */
struct stream_counts {
	uint64_t connects;               /* connections made */
	uint64_t records[STREAM_TYPES];  /* taken, by wire_type */
	uint64_t malformed[WIRE_ERRORS]; /* packets refused, by wire_error */
	uint64_t duplicates;             /* events that had been applied already */
	uint64_t gaps;                   /* times that a collector began behind what was applied */
	uint64_t restarts;               /* times that another instance of the collector came */
};

/* What the records change. */
struct stream_sinks {
	const struct grouping *grouping;
	struct table *table;
	struct ledger *ledger;
	struct rtt *rtt;
	struct cgroups *cgroups; /* NULL: nobody wants to know */
	struct printer *printer; /* NULL: likewise */
};

struct stream_past {
	struct wire_hello hello; /* the last one; type is 0 before the first */
	uint64_t applied;        /* position, of hello.instance: all up to it has been counted */
	struct stream_counts counts;
};

struct stream {
	struct stream_sinks sinks;
	struct state *state;
	struct stream_past *past; /* the state's */
	uint64_t seen;            /* position, on this connection */
	uint64_t acknowledged;    /* position, on this connection */
	bool greeted;             /* HELLO came on this connection */
	bool clock_known;         /* stream_clock() was called */
	int64_t clock_offset_ns;  /* what it was given */
};

/*
 * What `sinks` points to must outlive the stream, and have the same state. Returns 0, -EBADMSG if
 * what the state keeps makes no sense, or another negative errno.
 */
int stream_init(struct stream *stream, struct state *state, const struct stream_sinks *sinks);
void stream_deinit(struct stream *stream);

/* A connection was made: `resume` is the first record to send. */
void stream_begin(struct stream *stream, union wire_record *resume);

/* The connection is gone. */
void stream_end(struct stream *stream);

/*
 * `offset_ns` is CLOCK_REALTIME minus CLOCK_BOOTTIME of this process now. To be called before the
 * packets of a turn, so that the times of events follow a clock that was set since HELLO.
 */
void stream_clock(struct stream *stream, int64_t offset_ns);

enum stream_verdict {
	STREAM_GO_ON,
	STREAM_BUSY,   /* the collector serves another exporter: try again later */
	STREAM_REFUSED /* `error` says why; close */
};

/*
 * Applies the records of one packet, aligned to 8 bytes, in their order, each a change of the state
 * of its own; those before a fault in the sequence stay applied. A packet that is malformed in itself
 * changes nothing.
 */
enum stream_verdict stream_take(struct stream *stream, const void *packet, size_t size,
	struct table_time now, enum wire_error *error);

/* Whether there is something new to acknowledge; `ack` is then the record to send. */
bool stream_acknowledge(const struct stream *stream, union wire_record *ack);
/* It was sent. */
void stream_acknowledged(struct stream *stream);

#endif
