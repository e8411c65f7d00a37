/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The file of --state-file: its lock, its checks and its size.
 *
 * The file is valid if this version wrote it since the host booted, and its checksum is right.
 * After a power loss the file may be torn or old. The boot id shows this. A copy may be torn if an
 * exporter was counting. The checksum shows this. An invalid file is renamed to PATH.bad, and a new
 * file is made.
 */
#ifndef REXMIT_STATE_FILE_H
#define REXMIT_STATE_FILE_H

#include "protocol/wire.h"
#include "state/state.h"

/*
 * Increase the 3 when the meaning of any word changes. Causes and counters depend on WIRE_VERSION.
 */
#define STATE_VERSION ((uint64_t)WIRE_VERSION << 32 | 3)

#define STATE_MAGIC UINT64_C(0x65746174736d7865) /* "exmstate" in memory, little endian */
#define STATE_BOOT_ID_SIZE 40
/* Offset of the words: a multiple of every page size, because the head is also mapped alone. */
#define STATE_WORDS_AT 65536

/* The start of the file. */
struct state_head {
	uint64_t magic, version;
	char boot_id[STATE_BOOT_ID_SIZE]; /* when the file was made */
	struct state_journal journal;
};

/*
 * Opens the file, or creates it with `shape`, and allocates all its blocks. `path` must outlive the
 * state. An existing file may have another grouping, and other sizes of the parts that depend on
 * the options: see state_shape(). Returns 0, or a negative errno after logging one line.
 */
int state_open(struct state **state, const char *path, const struct state_shape *shape);

/* Does not change the file. Accepts NULL. */
void state_close(struct state *state);

const struct state_shape *state_shape(const struct state *state);

/* Whether a file of shape `wanted` has room for everything in a file of shape `kept`. */
bool state_shape_holds(const struct state_shape *wanted, const struct state_shape *kept);

/*
 * Changes the shape of the file, which moves its parts. If the new shape does not hold the old
 * shape, the function clears the names, and the caller must have cleared the groups. Returns 0, or
 * a negative errno after logging one line.
 */
int state_reshape(struct state *state, const struct state_shape *shape);

/*
 * Renames an invalid file and makes a new file. Returns 0, or a negative errno like
 * state_reshape().
 */
int state_renew(struct state *state, const struct state_shape *shape);

#endif
