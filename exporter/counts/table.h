/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The series: counts by group.
 *
 * The table has at most `limit` groups, and at most `limit` pairs of group and cause. When the
 * table is full, a new group may displace another group (table_ranks.c). If it displaces none, its
 * events are counted in the group "other". The counts of a removed group are added to the evicted
 * counts. Therefore the sum of the groups, "other" and the evicted counts is always the exact
 * total.
 *
 * The state keeps the groups and counts. A group takes at most 296 bytes (docs/performance.md).
 */
#ifndef REXMIT_TABLE_H
#define REXMIT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/group.h"
#include "counts/recent.h"
#include "protocol/wire.h"

/* Upper limit of --max-series. This number of groups takes 2.4 GB. */
#define TABLE_LIMIT_MAX 10000000

struct state;

struct group {
	union group_key key;
	uint64_t sent;                       /* segments, as in OutSegs */
	uint64_t retransmitted[WIRE_CAUSES]; /* segments, by cause; [0] stays 0 */
	uint64_t bytes;                      /* retransmitted payload */
	uint64_t connections;                /* connections that retransmitted */
	uint64_t resets[WIRE_RESETS];
	uint64_t received;           /* segments */
	uint64_t out_of_order;       /* segments received out of order */
	uint64_t spurious;           /* spurious retransmissions, by DSACK */
	uint64_t stall_us;           /* sum of the retransmission timers that expired */
	uint64_t ended[WIRE_PHASES]; /* connections, by the phase in which they timed out */
	union {
		struct {
			uint32_t created_s;   /* CLOCK_REALTIME; 0: a free group */
			uint32_t used_s : 31; /* CLOCK_MONOTONIC of the last event */
			uint32_t loose : 1;   /* see table_ranks.c */
		};
		uint64_t times;
	};
};

struct table_size {
	uint32_t limit;
	uint32_t groups; /* number of groups, without "other" */
	uint32_t series; /* pairs of group and cause with a value, without "other" */
};

struct table_counts {
	struct group other;    /* for events that the table had no room for; without a key */
	uint64_t evicted;      /* segments retransmitted by removed groups */
	uint64_t evicted_sent; /* segments sent by removed groups */
	uint64_t evicted_bytes, evicted_connections, evicted_resets[WIRE_RESETS];
	uint64_t evicted_received, evicted_out_of_order, evicted_spurious, evicted_stall_us;
	uint64_t evicted_ended[WIRE_PHASES];
	uint64_t evicted_groups;                                     /* number of removed groups */
	uint64_t ignored, ignored_sent, ignored_resets[WIRE_RESETS]; /* see table_ignore() */
	uint64_t overflow_records;                                   /* events counted in "other" */
};

/* The current time. Coarse clocks suffice. */
struct table_time {
	uint32_t real_s;      /* CLOCK_REALTIME */
	uint32_t monotonic_s; /* CLOCK_MONOTONIC */
};

struct table;

/*
 * `limit` is 1 to TABLE_LIMIT_MAX. The table starts with the groups of the state. Returns 0,
 * -EBADMSG if the state is invalid, or another negative errno.
 */
int table_new(struct table **table, struct state *state, uint32_t limit);
void table_free(struct table *table);

/* What an event adds to its group. */
struct table_increment {
	enum wire_cause cause; /* NONE if and only if segments is 0 */
	uint32_t segments, sent, connections;
	uint32_t resets[WIRE_RESETS];
	uint32_t received, out_of_order, spurious;
	uint32_t ended; /* connections */
	enum wire_phase timed_out;
	uint64_t bytes, stall_us;
	bool unproven; /* no complete handshake proves the peer's address */
};

/* Adds to the group of `key`, or to "other". */
void table_add(struct table *table, const union group_key *key,
	const struct table_increment *increment, struct table_time now);

/* Counts the segments and resets of an event that --ignore excludes from all groups. */
void table_ignore(struct table *table, const struct table_increment *increment);

/* Checks the next `count` groups. Removes groups without an event for `idle_s` seconds. */
void table_expire(struct table *table, uint32_t count, uint32_t idle_s, struct table_time now);

/* Moves the counts of all groups and of "other" to the evicted counts. Removes all groups. */
void table_fold(struct table *table);

/* Returns the next group, or NULL after the last one. Set `*cursor` to 0 before the first call. */
const struct group *table_next(const struct table *table, uint32_t *cursor);

/* Returns the recent counts of a group, or of "other". The state does not keep these counts. */
struct recent_counts table_recent(
	const struct table *table, const struct group *group, uint32_t monotonic_s);

const struct table_counts *table_counts(const struct table *table);
const struct table_size *table_size(const struct table *table);

#endif
