/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How many sockets may have storage, by the memory limit of the collector's cgroup. This file moves
 * the files of /proc and /sys into a directory of the test.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_room.h"
#include "support/failing_calls.h"

static char root[] = "/tmp/test-memory-room-XXXXXX";

static const char *moved(const char *path)
{
	static char there[2 * PATH_MAX];

	snprintf(there, sizeof(there), "%s%s", root, path);
	return there;
}

int __real_open64(const char *path, int flags, ...);
REPLACED_CALL(int, open64, (const char *path, int flags, ...))
{
	return __real_open64(moved(path), flags);
}

FILE *__real_fopen64(const char *path, const char *mode);
REPLACED_CALL(FILE *, fopen64, (const char *path, const char *mode))
{
	return __real_fopen64(moved(path), mode);
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char command[2 * PATH_MAX];
	FILE *file;

	snprintf(command, sizeof(command), "mkdir -p %s%s", root, directory);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command), "%s%s/%s", root, directory, name);
	file = __real_fopen64(command, "we");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(root));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(memory_room, .init = setup, .fini = teardown);

static uint32_t sockets(uint32_t stored)
{
	struct memory_room room;
	uint32_t max;

	memory_room_init(&room);
	max = memory_room_sockets(&room, stored);
	close(room.limit);
	close(room.usage);
	return max;
}

static void write_limit(const char *limit, const char *usage)
{
	write_file("/proc/self", "cgroup", "0::/collector\n");
	write_file("/sys/fs/cgroup/collector", "memory.max", limit);
	write_file("/sys/fs/cgroup/collector", "memory.current", usage);
}

/* Sockets get half of the free memory, at 512 bytes for each. One MiB stays free. */
Test(memory_room, half_of_the_free_memory)
{
	write_limit("2097152\n", "524288\n");
	cr_assert_eq(sockets(0), 512);
	cr_assert_eq(sockets(1000), 1512);
}

Test(memory_room, no_free_memory)
{
	write_limit("1048576\n", "1048577\n");
	cr_assert_eq(sockets(1000), 1000, "those that have storage keep it");
	write_limit("2097152\n", "1048577\n");
	cr_assert_eq(sockets(0), 0, "the last MiB");
	write_limit("2097152\n", "1047552\n");
	cr_assert_eq(sockets(0), 1);
}

Test(memory_room, more_than_can_be_counted)
{
	write_limit("9223372036854771712\n", "0\n");
	cr_assert_eq(sockets(0), UINT32_MAX);
	cr_assert_eq(sockets(UINT32_MAX), UINT32_MAX);
}

Test(memory_room, without_a_limit)
{
	write_limit("max\n", "4096\n");
	cr_assert_eq(sockets(7), UINT32_MAX);
	write_limit("", "4096\n");
	cr_assert_eq(sockets(7), UINT32_MAX);
	write_limit("1048576\n", "");
	cr_assert_eq(sockets(7), UINT32_MAX);
}

Test(memory_room, without_files)
{
	cr_assert_eq(sockets(7), UINT32_MAX, "no /proc/self/cgroup");
	write_file("/proc/self", "cgroup", "0::/collector\n");
	cr_assert_eq(sockets(7), UINT32_MAX, "no mount");
	write_file("/proc/self", "cgroup", "a line\n1:without-a-path\n");
	cr_assert_eq(sockets(7), UINT32_MAX);
}

/* In a container the path may be the host's. The mount has the container's cgroup as its root. */
Test(memory_room, in_a_container)
{
	write_file("/proc/self", "cgroup", "0::/kubepods/pod/collector\n");
	write_file("/sys/fs/cgroup", "memory.max", "2097152\n");
	write_file("/sys/fs/cgroup", "memory.current", "0\n");
	cr_assert_eq(sockets(0), 1024);
}

Test(memory_room, of_cgroup_v1)
{
	write_file("/proc/self", "cgroup",
		"12:cpu,cpuacct:/other\n5:memory:/collector\n1:name=systemd:/other\n");
	write_file("/sys/fs/cgroup/memory/collector", "memory.limit_in_bytes", "2097152\n");
	write_file("/sys/fs/cgroup/memory/collector", "memory.usage_in_bytes", "0\n");
	cr_assert_eq(sockets(0), 1024);
}

/* With both versions mounted, the first hierarchy that has a usage is the one that limits. */
Test(memory_room, of_a_hybrid)
{
	write_file("/proc/self", "cgroup", "5:memory:/collector\n0::/collector\n");
	write_file("/sys/fs/cgroup/memory/collector", "memory.limit_in_bytes", "2097152\n");
	write_file("/sys/fs/cgroup/memory/collector", "memory.usage_in_bytes", "0\n");
	write_file("/sys/fs/cgroup/collector", "memory.max", "4194304\n");
	write_file("/sys/fs/cgroup/collector", "memory.current", "0\n");
	cr_assert_eq(sockets(0), 1024);
}

/* The path of the limit would be too long. The root of the mount is then read. */
Test(memory_room, of_a_path_that_is_too_long)
{
	char line[PATH_MAX - 10];

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "0::/", 4);
	line[sizeof(line) - 1] = '\0';
	write_file("/proc/self", "cgroup", line);
	write_file("/sys/fs/cgroup", "memory.max", "2097152\n");
	write_file("/sys/fs/cgroup", "memory.current", "0\n");
	cr_assert_eq(sockets(0), 1024);
}
