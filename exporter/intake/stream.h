/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The stream of a collector's records: checks their order, and applies each record.
 *
 * link.c delivers the packets and sends the replies. A stream outlives its connections. It stores
 * the position up to which events were applied. Therefore each event is counted once, even if a
 * program is restarted.
 */
#ifndef REXMIT_STREAM_H
#define REXMIT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts/cgroups.h"
#include "counts/group.h"
#include "counts/histograms.h"
#include "counts/ledger.h"
#include "counts/network.h"
#include "counts/network_names.h"
#include "counts/processes.h"
#include "counts/table.h"
#include "events/live.h"
#include "events/printer.h"
#include "protocol/codec.h"

#define STREAM_TYPES (WIRE_PROCESS + 1)

/* Counts since the state was created. */
struct stream_counts {
	uint64_t connects;               /* connections established */
	uint64_t records[STREAM_TYPES];  /* records accepted, by wire_type */
	uint64_t malformed[WIRE_ERRORS]; /* packets refused, by wire_error */
	uint64_t duplicates;             /* events received again and skipped */
	uint64_t gaps;     /* HELLO records with a position past `applied`: events were lost */
	uint64_t restarts; /* HELLO records of another instance of the collector */
};

/* The parts that records update. */
struct stream_sinks {
	const struct grouping *grouping;
	struct table *table;
	struct ledger *ledger;
	struct histograms *histograms;
	/* Each is NULL if neither a label nor an event line shows its names. */
	struct names *names;
	struct cgroups *cgroups;
	struct processes *processes;
	const struct network_names *networks;
	const struct network_map *ignore; /* value 1: a peer to ignore; NULL: no such peer */
	struct printer *printer;          /* NULL: events are not printed */
	struct live *live;                /* NULL: --web.disable-events */
};

/* The part of the stream that the state keeps. */
struct stream_past {
	struct wire_hello hello; /* the last HELLO; type 0: none yet */
	uint64_t applied;        /* position up to which events of hello.instance are counted */
	struct stream_counts counts;
};

struct stream {
	struct stream_sinks sinks;
	struct state *state;
	struct stream_past *past; /* belongs to the state */
	uint64_t seen;            /* last position received on this connection */
	uint64_t acknowledged;    /* last position acknowledged on this connection */
	bool greeted;             /* HELLO was received on this connection */
	bool clock_known;         /* stream_clock() was called */
	int64_t clock_offset_ns;  /* the last argument of stream_clock() */
};

/*
 * Everything in `sinks` must outlive the stream and use the same state. Returns 0, -EBADMSG if the
 * state is invalid, or another negative errno.
 */
int stream_init(struct stream *stream, struct state *state, const struct stream_sinks *sinks);
void stream_deinit(struct stream *stream);

/* Sets `resume`, the first record to send. Call this when a connection was made. */
void stream_begin(struct stream *stream, union wire_record *resume);

/* Call this when the connection was closed. */
void stream_end(struct stream *stream);

/*
 * Corrects the times of events if the clock was set after HELLO. `offset_ns` is the current
 * CLOCK_REALTIME minus CLOCK_BOOTTIME. Call this before each batch of packets.
 */
void stream_clock(struct stream *stream, int64_t offset_ns);

/*
 * Sets `ms` to the Unix time at which the collector began to count. Returns false if the collector
 * has sent no valid time.
 */
bool stream_attached_ms(const struct stream *stream, uint64_t *ms);

enum stream_verdict {
	STREAM_GO_ON,
	STREAM_BUSY,   /* the collector serves another exporter: retry later */
	STREAM_REFUSED /* close the connection; `error` is the reason */
};

/*
 * Applies the records of one packet, which is aligned to 8 bytes. Each record is one atomic change
 * of the state. A malformed packet changes nothing. If a record is out of sequence, the records
 * before it stay applied.
 */
enum stream_verdict stream_take(struct stream *stream, const void *packet, size_t size,
	struct table_time now, enum wire_error *error);

/* If an ACK is due, sets `ack` and returns true. */
bool stream_acknowledge(const struct stream *stream, union wire_record *ack);
/* Call this when the ACK was sent. */
void stream_acknowledged(struct stream *stream);

#endif
