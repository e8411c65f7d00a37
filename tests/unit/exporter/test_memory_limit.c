/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Finds a cgroup's memory limit in files like the kernel's, which the test makes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory_limit.h"

static char root[] = "/tmp/rexmit-test-XXXXXX";

static void make(void)
{
	cr_assert_not_null(mkdtemp(root));
}

static void clean(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(memory_limit, .init = make, .fini = clean);

/* Makes a file and all directories above it. */
static void put(const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static uint64_t limit(void)
{
	char proc[64], sys[64];

	snprintf(proc, sizeof(proc), "%s/proc", root);
	snprintf(sys, sizeof(sys), "%s/sys", root);
	return memory_limit(proc, sys);
}

Test(memory_limit, finds_no_limit_without_files)
{
	cr_assert_eq(limit(), UINT64_MAX);
	put("/proc/self/cgroup", "");
	cr_assert_eq(limit(), UINT64_MAX);
	put("/proc/self/cgroup", "0\n0:\n::\nmemory\n0::/\n");
	cr_assert_eq(limit(), UINT64_MAX);
}

Test(memory_limit, finds_the_lowest_limit_of_all_ancestors)
{
	put("/proc/self/cgroup", "0::/system.slice/a.service\n");
	put("/sys/fs/cgroup/system.slice/a.service/memory.max", "max\n");
	cr_assert_eq(limit(), UINT64_MAX);
	put("/sys/fs/cgroup/system.slice/memory.max", "134217728\n");
	cr_assert_eq(limit(), 134217728);
	put("/sys/fs/cgroup/system.slice/a.service/memory.max", "4096\n");
	cr_assert_eq(limit(), 4096);
	put("/sys/fs/cgroup/system.slice/a.service/memory.max", "268435456\n");
	cr_assert_eq(limit(), 134217728);
}

Test(memory_limit, finds_a_containers_limit_at_the_root)
{
	put("/proc/self/cgroup", "0::/../../kubepods/pod/container\n");
	put("/sys/fs/cgroup/memory.max", "1000\n");
	cr_assert_eq(limit(), 1000);
}

Test(memory_limit, finds_limits_of_version_1)
{
	put("/proc/self/cgroup", "8:pids:/p\n4:memory:/docker/abc\n0::/\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	cr_assert_eq(limit(), 9223372036854771712ULL);
	put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "2000\n");
	cr_assert_eq(limit(), 2000);
}

/* docs/fleet.md has the same numbers. */
Test(memory_limit, memory_needed_for_series)
{
	char *argv[] = {"rexmit-exporter", "--max-series=100000", NULL, NULL};
	struct options options;

	cr_assert_eq(exporter_options_parse(&options, 2, argv), FLAGS_RUN);
	cr_assert_eq(memory_needed(&options), (17 << 20) + 100000 * 3096);
	argv[2] = "--group-by=cgroup";
	cr_assert_eq(exporter_options_parse(&options, 3, argv), FLAGS_RUN);
	cr_assert_eq(memory_needed(&options), (17 << 20) + 100000 * 6806);
	argv[2] = "--openmetrics=created";
	cr_assert_eq(exporter_options_parse(&options, 3, argv), FLAGS_RUN);
	cr_assert_eq(memory_needed(&options), (17 << 20) + 100000 * 5896);
	argv[2] = "--web.config.file=web.yml";
	cr_assert_eq(exporter_options_parse(&options, 3, argv), FLAGS_RUN);
	cr_assert_eq(memory_needed(&options), (33 << 20) + 100000 * 3096);
}

/* The longest escaped value of each label. */
static const struct {
	const char *label;
	unsigned value;
} longest[] = {
	{"cgroup", 255},
	{"pod_uid", 36},
	{"container_id", 64},
	{"unit", 255},
	{"process", 30},
	{"src_network", 63},
	{"dst_network", 63},
	{"netns", 10},
	{"uid", 10},
	{"role", 6},
};

Test(memory_limit, memory_needed_for_the_longest_values)
{
	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
		char *argv[] = {"rexmit-exporter", "--max-series=100000", "--networks=file",
			"--group-by", (char *)longest[i].label, NULL};
		size_t sample =
			200 + strlen(longest[i].label) + sizeof(",=\"\"") - 1 + longest[i].value;
		struct options options;

		cr_assert_eq(exporter_options_parse(&options, 5, argv), FLAGS_RUN);
		cr_assert_eq(memory_needed(&options), (17 << 20) + 100000 * (296 + 14 * sample),
			"%s", longest[i].label);
	}
}
