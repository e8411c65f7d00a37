/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Locks, checks and resizes the file of --state-file.
 *
 * The file is valid if this version wrote it since the host booted, and its checksum is right. After
 * a power loss the file may be torn or old, and the ring that it refers to is gone. The boot id shows
 * that. A copy of the file that was made while an exporter counted may be torn, too, which only the
 * checksum shows. An invalid file is renamed to PATH.bad, which is logged, and a new file is started.
 */
#ifndef REXMIT_STATE_FILE_H
#define REXMIT_STATE_FILE_H

#include "protocol/wire.h"
#include "state/state.h"

/* Increase the 3 when the meaning of any word changes. WIRE_VERSION covers causes and counters. */
#define STATE_VERSION ((uint64_t)WIRE_VERSION << 32 | 3)

#define STATE_MAGIC UINT64_C(0x65746174736d7865) /* "exmstate" in memory, little endian */
#define STATE_BOOT_ID_SIZE 40
/* Offset of the words: a multiple of every page size, so that the head can be mapped alone. */
#define STATE_WORDS_AT 65536

/* The start of the file. */
struct state_head {
	uint64_t magic, version;
	char boot_id[STATE_BOOT_ID_SIZE]; /* of the boot in which the file was made */
	struct state_journal journal;
};

/*
 * Opens the file, or creates it with `shape`, and allocates all its blocks. `path` must outlive the
 * state. The shape of an existing file may differ from `shape` in its grouping, and in the sizes of
 * the parts that depend on the options: see state_shape(). Returns 0, or a negative errno after
 * logging one line.
 */
int state_open(struct state **state, const char *path, const struct state_shape *shape);

/* Leaves the file as it is. Accepts NULL. */
void state_close(struct state *state);

/* Returns the shape of the file. */
const struct state_shape *state_shape(const struct state *state);

/* Whether a file of shape `wanted` has room for everything in a file of shape `kept`. */
bool state_shape_holds(const struct state_shape *wanted, const struct state_shape *kept);

/*
 * Changes the shape of the file, which moves its parts. If the new shape does not hold the old one,
 * this clears the names, and the caller must have cleared the groups before. Returns 0, or a negative
 * errno after logging one line.
 */
int state_reshape(struct state *state, const struct state_shape *shape);

/* Sets an invalid file aside and starts a new one. Returns as state_reshape() does. */
int state_renew(struct state *state, const struct state_shape *shape);

#endif
