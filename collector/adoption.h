/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Whether a collector may adopt what is pinned. An attacker in an earlier collector could write to
 * the identity and to the ring's consumer position. A pin may also be replaced by another object.
 */
#ifndef REXMIT_ADOPTION_H
#define REXMIT_ADOPTION_H

#include <stddef.h>

#include "bpf/identity.h"
#include "handles.h"

/* Stores the ids of all objects in the identity. Returns 0 or a negative errno. */
int adoption_record(struct identity *identity, const struct handles *handles);

/* Returns the reason why the objects cannot be adopted, for a log line, or NULL. */
const char *adoption_problem(const struct identity *identity, const struct handles *handles,
	size_t ring_bytes, size_t cpus);

#endif
