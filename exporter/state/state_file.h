/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The file of --state-file: it is locked, checked, and resized.
 *
 * The file is valid if this build wrote it since the host booted and its checksum is right. After a
 * power loss the file may be torn or old, and the ring that it continued is gone. The boot id shows
 * that. A copy made while an exporter counted may be torn, too. If it is put back before the next
 * boot, only the checksum shows that. An invalid file is renamed to PATH.bad, with a log line, and
 * a new file is started.
 */
#ifndef REXMIT_STATE_FILE_H
#define REXMIT_STATE_FILE_H

#include "protocol/wire.h"
#include "state/state.h"

/* Increase it when the meaning of any word changes. WIRE_VERSION covers causes and counters. */
#define STATE_VERSION ((uint64_t)WIRE_VERSION << 32 | 3)

#define STATE_MAGIC UINT64_C(0x65746174736d7865) /* "exmstate" in memory, little endian */
#define STATE_BOOT_ID_SIZE 40
/* Offset of the words: a multiple of every page size, so that the head can be mapped alone. */
#define STATE_WORDS_AT 65536

/* The start of the file. */
struct state_head {
	uint64_t magic, version;
	char boot_id[STATE_BOOT_ID_SIZE]; /* of the boot in which it was made */
	struct state_journal journal;
};

/*
 * Opens the file, or creates it, and allocates all its blocks. `path` must outlive the state. The
 * state may have another grouping than `shape`, and other sizes of the parts that depend on the
 * options: see state_shape(). Returns 0, or a negative errno after logging one line.
 */
int state_open(struct state **state, const char *path, const struct state_shape *shape);

/* Leaves the file as it is. Accepts NULL. */
void state_close(struct state *state);

const struct state_shape *state_shape(const struct state *state);

/* Whether a file of shape `wanted` has room for everything in a file of shape `kept`. */
bool state_shape_holds(const struct state_shape *wanted, const struct state_shape *kept);

/*
 * Changes the shape of the file. The parts move. Unless the new shape holds the old one, this
 * clears the names, and the groups must have been cleared before. Returns 0, or a negative errno
 * after logging one line.
 */
int state_reshape(struct state *state, const struct state_shape *shape);

/* Sets an invalid file aside and starts a new one. Returns as state_reshape() does. */
int state_renew(struct state *state, const struct state_shape *shape);

#endif
