/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The file of --state-file: whose it is, whether what is in it can be trusted, and how large it is.
 *
 * It is trusted if this build could have written it, since the host was booted, and its sum holds.
 * After a power loss it may be torn or old, and the ring that it continues is gone, too: the boot's
 * id shows that. A copy that was made while an exporter counted, and was put back before the next
 * boot, is torn as well: the sum alone shows that. What is not trusted is set aside under the name
 * PATH.bad, with a line in the log, and a new file begins.
 */
#ifndef REXMIT_STATE_FILE_H
#define REXMIT_STATE_FILE_H

#include "protocol/wire.h"
#include "state/state.h"

/* To be changed with the meaning of any word of any part; causes and counters are the wire's. */
#define STATE_VERSION ((uint64_t)WIRE_VERSION << 32 | 1)

#define STATE_MAGIC UINT64_C(0x65746174736d7865) /* "exmstate" in memory, little endian */
#define STATE_BOOT_ID_SIZE 40
/* Where the words begin: a multiple of every page size, so that the head can be mapped alone. */
#define STATE_WORDS_AT 65536

/* What a file begins with. */
struct state_head {
	uint64_t magic, version;
	char boot_id[STATE_BOOT_ID_SIZE]; /* of the boot it was made in */
	struct state_journal journal;
};

/*
 * Opens the file, or makes it; all its room is allocated. `path` is kept, not copied. The state may
 * have another grouping than that of `shape`, and other sizes of what depends on the command line:
 * state_shape() tells. Returns 0, or a negative errno and has said why.
 */
int state_open(struct state **state, const char *path, const struct state_shape *shape);

/* Leaves the file as it is. NULL is nothing to close. */
void state_close(struct state *state);

const struct state_shape *state_shape(const struct state *state);

/* Whether everything that a file of shape `kept` holds has its place in one of shape `wanted`. */
bool state_shape_holds(const struct state_shape *wanted, const struct state_shape *kept);

/*
 * Gives the file another shape. Unless that holds the one it has, the paths are cleared; the groups
 * must have been. Parts move. Returns 0, or a negative errno and has said why.
 */
int state_reshape(struct state *state, const struct state_shape *shape);

/* Its words make no sense to a part: sets the file aside and begins a new one. Likewise. */
int state_renew(struct state *state, const struct state_shape *shape);

#endif
