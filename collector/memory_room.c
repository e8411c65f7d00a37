/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "memory_room.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"

/* Upper limit of a socket's storage: two objects of 192 bytes, plus the slab's overhead. */
#define SOCKET_BYTES 512
/*
 * Memory that no storage may use. The collector's own pages, and what the kernel allocates for its
 * system calls, need it: if the cgroup has no memory left for them, the kernel kills the collector.
 */
#define RESERVE_BYTES (UINT64_C(1) << 20)

/* For each cgroup version: the controllers in /proc/self/cgroup, the mount point and the files. */
struct hierarchy {
	const char *controllers, *mount, *limit, *usage;
};

static const struct hierarchy hierarchies[] = {
	{"", "/sys/fs/cgroup", "memory.max", "memory.current"},
	{"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"},
};

static int open_file(const char *mount, const char *cgroup, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s/%s", mount, cgroup, name) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * In a container, `cgroup` may be the path on the host. If it is not in the mount, the root of the
 * mount is the cgroup.
 */
static int open_either(const char *mount, const char *cgroup, const char *name)
{
	int fd = open_file(mount, cgroup, name);

	return fd < 0 ? open_file(mount, "", name) : fd;
}

/* Parses a line of /proc/self/cgroup (cgroups(7)): number, controllers, path. */
static void parse_line(struct memory_room *room, char *line)
{
	char *controllers = strchr(line, ':'),
	     *cgroup = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!cgroup || room->usage >= 0)
		return;
	*cgroup++ = '\0';
	cgroup[strcspn(cgroup, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		const struct hierarchy *h = &hierarchies[i];

		if (strcmp(controllers + 1, h->controllers) != 0)
			continue;
		room->limit = open_either(h->mount, cgroup, h->limit);
		room->usage = open_either(h->mount, cgroup, h->usage);
	}
}

void memory_room_init(struct memory_room *room)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];

	*room = (struct memory_room){-1, -1};
	while (file && fgets(line, sizeof(line), file))
		parse_line(room, line);
	if (file)
		fclose(file);
}

/* Returns the number in the file, or UINT64_MAX if it contains "max" or cannot be read. */
static uint64_t read_bytes(int fd)
{
	char text[32];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return UINT64_MAX;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}

uint32_t memory_room_sockets(const struct memory_room *room, uint32_t stored)
{
	uint64_t limit = read_bytes(room->limit), usage = read_bytes(room->usage), more;

	if (limit == UINT64_MAX || usage == UINT64_MAX)
		return UINT32_MAX;
	usage += RESERVE_BYTES;
	more = limit > usage ? (limit - usage) / 2 / SOCKET_BYTES : 0;
	return more < UINT32_MAX - stored ? stored + (uint32_t)more : UINT32_MAX;
}
