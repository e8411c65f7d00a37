/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "adoption.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <string.h>

#include "common/clock.h"
#include "programs.h"
#include "ring.h"

_Static_assert(HANDLES <= IDENTITY_OBJECTS, "IDENTITY_OBJECTS");

union object_info {
	struct bpf_map_info map;
	struct bpf_prog_info program;
	struct bpf_link_info link;
};
_Static_assert(offsetof(struct bpf_map_info, id) == offsetof(struct bpf_prog_info, id) &&
		       offsetof(struct bpf_map_info, id) == offsetof(struct bpf_link_info, id),
	"one member for all kinds of objects");

/* Returns the object's id, which no other object has while this one exists. Returns 0 on error. */
static uint32_t id_of(int fd)
{
	union object_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info)); /* the kernel requires zeros after the members it knows */
	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.map.id;
}

int adoption_record(struct identity *identity, const struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++) {
		identity->objects[i] = id_of(handles->fd[i]);
		if (!identity->objects[i])
			return -errno;
	}
	return 0;
}

static bool objects_are_known(const struct identity *identity, const struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++)
		if (identity->objects[i] == 0 || identity->objects[i] != id_of(handles->fd[i]))
			return false;
	return true;
}

/*
 * The exporter refuses a collector without an instance, and shows when counting started. With too
 * large a number of sockets, the programs would give no socket storage. Each other member is
 * compared elsewhere, set again, or has no wrong value. `host_netns` cannot be checked, because only
 * root may read the namespace of PID 1.
 */
static bool is_sound(const struct identity *identity)
{
	static const uint8_t none[sizeof(identity->instance)];

	return memcmp(identity->instance, none, sizeof(none)) != 0 && identity->attached_ns != 0 &&
	       identity->attached_ns <= clock_ns(CLOCK_BOOTTIME) &&
	       identity->stored < UINT32_MAX / 2 && identity->stored > -(int64_t)UINT32_MAX;
}

const char *adoption_problem(const struct identity *identity, const struct handles *handles,
	size_t ring_bytes, size_t cpus)
{
	if (identity->build != programs_build())
		return "from another build";
	if (identity->ring_bytes != ring_bytes)
		return "with a ring of another size";
	if (identity->cpus != cpus)
		return "for another number of CPUs";
	if (!objects_are_known(identity, handles))
		return "with an object that the collector did not pin";
	if (!is_sound(identity))
		return "with a damaged identity";
	return ring_is_damaged(handles->fd[HANDLE_RING], ring_bytes, &identity->refused)
		       ? "with a damaged ring"
		       : NULL;
}
