/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The series: what was counted, by group.
 *
 * Bounded: at most `limit` groups, and at most `limit` pairs of group and cause. What finds no room
 * is counted in the one group "other". When the table is full, some groups give way to others:
 * table_ranks.c has the rule. What is removed moves to the evicted sums, so that groups + other +
 * evicted is always the exact total, and no value goes down while its group exists.
 *
 * Groups and sums are all that a state keeps. What finds a group is made from them: open addressing
 * over 8-byte slots (a hash tag and the number of a group). At most 216 bytes a group, all in;
 * docs/performance.md has what was measured.
 */
#ifndef REXMIT_TABLE_H
#define REXMIT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/group.h"
#include "counts/recent.h"
#include "protocol/wire.h"

/* The most that --max-series may ask for: group numbers have 32 bits, and 1.8 GB is enough. */
#define TABLE_LIMIT_MAX 10000000

struct state;

struct group {
	union group_key key;
	uint64_t sent;                       /* segments, as OutSegs counts them */
	uint64_t retransmitted[WIRE_CAUSES]; /* segments by cause; [0] stays 0 */
	uint64_t bytes;                      /* of payload, retransmitted */
	uint64_t connections;                /* that have retransmitted */
	uint64_t resets[WIRE_RESETS];
	union {
		struct {
			uint32_t created_s;   /* CLOCK_REALTIME; 0 marks a group that is free */
			uint32_t used_s : 31; /* CLOCK_MONOTONIC, of the last event */
			uint32_t loose : 1;   /* see table_ranks.c */
		};
		uint64_t times;
	};
};

struct table_size {
	uint32_t limit;
	uint32_t groups; /* in the table now, "other" not among them */
	uint32_t series; /* pairs of group and cause with a value, likewise */
};

struct table_counts {
	struct group other;    /* what found no room; its key means nothing */
	uint64_t evicted;      /* segments retransmitted, of groups that were removed */
	uint64_t evicted_sent; /* segments sent, likewise */
	uint64_t evicted_bytes, evicted_connections, evicted_resets[WIRE_RESETS];
	uint64_t evicted_groups;   /* how many were */
	uint64_t overflow_records; /* events counted in "other" */
};

/* What `now` means to the table. Coarse clocks do. */
struct table_time {
	uint32_t real_s;      /* CLOCK_REALTIME */
	uint32_t monotonic_s; /* CLOCK_MONOTONIC */
};

struct table;

/*
 * `limit` is 1 to TABLE_LIMIT_MAX; pages are touched as groups come. What the state keeps is in the
 * table at once. Returns 0, -EBADMSG if that makes no sense, or another negative errno.
 */
int table_new(struct table **table, struct state *state, uint32_t limit);
void table_free(struct table *table);

/* What an event adds to its group. */
struct table_increment {
	enum wire_cause cause; /* NONE if and only if segments is 0 */
	uint32_t segments, sent, connections;
	uint32_t resets[WIRE_RESETS];
	uint64_t bytes;
	bool unproven; /* of a handshake that the peer has not finished: anybody may have begun it */
};

/* Counts in the group of `key`, or in "other". */
void table_add(struct table *table, const union group_key *key,
	const struct table_increment *increment, struct table_time now);

/* Looks at the next `count` groups and removes those not used for `idle_s` seconds. */
void table_expire(struct table *table, uint32_t count, uint32_t idle_s, struct table_time now);

/* Removes all groups, and empties "other" into the evicted sums, too. */
void table_fold(struct table *table);

/* The groups in the order of their numbers: set `*cursor` to 0 first; NULL ends. */
const struct group *table_next(const struct table *table, uint32_t *cursor);

/* What was counted lately in a group of table_next(), or in "other"; no state keeps that. */
struct recent_counts table_recent(
	const struct table *table, const struct group *group, uint32_t monotonic_s);

const struct table_counts *table_counts(const struct table *table);
const struct table_size *table_size(const struct table *table);

#endif
