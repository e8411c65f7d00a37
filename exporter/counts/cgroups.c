/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/cgroups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counts/workload.h"

struct cgroup {
	uint64_t id; /* 0: an empty entry */
	uint16_t numbers[GROUP_CGROUP_NAMES];
};

struct cgroups {
	struct names *names;
	unsigned labels;
	struct cgroup slots[WIRE_CGROUP_SLOTS][WIRE_CGROUP_WAYS]; /* the newest id is first */
	char arriving[WIRE_PATH_SIZE]; /* a path that is being received in parts */
};

/* Returns the way of `slot` that holds `id`, or the last way. */
static uint32_t way_of(const struct cgroup slot[WIRE_CGROUP_WAYS], uint64_t id)
{
	uint32_t way = 0;

	while (way < WIRE_CGROUP_WAYS - 1 && slot[way].id != id)
		way++;
	return way;
}

static uint16_t hold(struct cgroups *c, enum group_label label, const char *text, size_t length)
{
	if (!(c->labels & 1U << label))
		return NAME_UNKNOWN;
	return length > 0 ? names_hold(c->names, text, length)
			  : names_hold(c->names, "none", strlen("none"));
}

static void cgroup_release(struct cgroups *c, const struct cgroup *cgroup)
{
	for (int i = 0; i < GROUP_CGROUP_NAMES; i++) {
		if (cgroup->numbers[i] != NAME_UNKNOWN)
			names_release(c->names, cgroup->numbers[i]);
	}
}

/*
 * Stores a cgroup. Each slot keeps the ids that were sent last. The collector does not send the
 * names of these ids again on the same connection.
 */
static void set_cgroup(struct cgroups *c, const struct cgroup *cgroup)
{
	struct cgroup *slot = c->slots[cgroup->id % WIRE_CGROUP_SLOTS];
	uint32_t way = way_of(slot, cgroup->id);

	cgroup_release(c, &slot[way]);
	memmove(slot + 1, slot, way * sizeof(*slot));
	slot[0] = *cgroup;
}

static void path_arrived(struct cgroups *c, uint64_t id)
{
	struct cgroup cgroup = {.id = id};
	struct workload w;

	workload_parse(&w, c->arriving);
	const struct workload_part parts[GROUP_CGROUP_NAMES] = {
		[GROUP_CGROUP - GROUP_CGROUP] = {c->arriving, strlen(c->arriving)},
		[GROUP_POD_UID - GROUP_CGROUP] = {w.pod_uid, strlen(w.pod_uid)},
		[GROUP_CONTAINER_ID - GROUP_CGROUP] = w.container_id,
		[GROUP_UNIT - GROUP_CGROUP] = w.unit,
	};
	for (unsigned i = 0; i < GROUP_CGROUP_NAMES; i++)
		cgroup.numbers[i] = hold(c, GROUP_CGROUP + i, parts[i].text, parts[i].length);
	set_cgroup(c, &cgroup);
}

void cgroups_take(struct cgroups *cgroups, const struct wire_name *name)
{
	size_t left = (size_t)(name->length - name->offset);
	char *text = cgroups->arriving + name->offset;

	if (left > sizeof(name->part)) {
		memcpy(text, name->part, sizeof(name->part));
		return;
	}
	memcpy(text, name->part, left);
	text[left] = '\0';
	path_arrived(cgroups, name->cgroup_id);
}

void cgroups_find(const struct cgroups *cgroups, uint64_t id, struct group_names *names)
{
	const struct cgroup *slot = cgroups->slots[id % WIRE_CGROUP_SLOTS];

	slot += way_of(slot, id);
	if (slot->id == id)
		memcpy(names->number, slot->numbers, sizeof(slot->numbers));
}

int cgroups_new(struct cgroups **cgroups, struct names *names, unsigned labels)
{
	struct cgroups *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->names = names;
	c->labels = labels;
	*cgroups = c;
	return 0;
}

void cgroups_free(struct cgroups *cgroups)
{
	free(cgroups);
}
