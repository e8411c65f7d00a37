/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Names: label values that a group's key contains as a number, such as the path of a cgroup.
 *
 * Equal texts have the same number, and therefore the same series. A name is kept while it is held
 * or a group uses it. If there is no room for a text, it has the number NAME_UNKNOWN.
 *
 * The state keeps the names. The groups in the state determine which names are in use.
 */
#ifndef REXMIT_NAMES_H
#define REXMIT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "counts/table.h"
#include "protocol/wire.h"

#define NAME_UNKNOWN 0

/* Size of a name with its terminating zero, in bytes. */
#define NAME_SIZE WIRE_PATH_SIZE

/*
 * Maximum number of names, including NAME_UNKNOWN. It suffices for four names of each remembered
 * cgroup, plus one for each group of the default --max-series.
 */
#define NAMES 32768
/* Size of the names in a state, in bytes. */
#define NAMES_SIZE ((size_t)NAMES * NAME_SIZE)

struct names;

/*
 * `table` must outlive the names and use the same state. Returns 0, -EBADMSG if a group uses a name
 * that the state does not have, or another negative errno.
 */
int names_new(struct names **names, struct state *state, const struct table *table);
void names_free(struct names *names);

/*
 * Returns the number of a text of 1 to NAME_SIZE - 1 bytes, or NAME_UNKNOWN. The number stays valid
 * until names_release() was called for each names_hold(), and as long as a group uses it.
 */
uint16_t names_hold(struct names *names, const char *text, size_t length);
void names_release(struct names *names, uint16_t number);

/*
 * Commits names_hold() to the state. Not needed while a record is applied: its commit includes the
 * names.
 */
void names_commit(struct names *names);

/*
 * Returns a name, as UTF-8 without control characters. With `"` and `\` escaped, it has less than
 * NAME_SIZE bytes. `number` must be held or used by a group.
 */
const char *names_text(const struct names *names, uint16_t number);

/* Returns the value of a group's label. `label` is one of GROUP_NAME_LABELS. */
static inline const char *group_name(
	const struct names *names, const union group_key *key, enum group_label label)
{
	return names_text(names, key->names.number[label - GROUP_CGROUP]);
}

uint32_t names_used(const struct names *names);

#endif
