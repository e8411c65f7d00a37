/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares what the process reports about itself with what the kernel reports elsewhere. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "metrics/process.h"

static struct process *process;

static void setup(void)
{
	cr_assert_eq(process_new(&process), 0);
}

static void teardown(void)
{
	process_free(process);
}

TestSuite(process, .init = setup, .fini = teardown);

Test(process, memory_grows_with_written_pages)
{
	const size_t size = 32 << 20;
	struct process_usage before, after;
	char *memory;

	process_measure(process, &before);
	cr_assert(before.memory_known);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 1, size);
	process_measure(process, &after);
	cr_assert_geq(after.resident_bytes, before.resident_bytes + size / 8 * 7);
	cr_assert_leq(after.resident_bytes, before.resident_bytes + size / 8 * 9);
	cr_assert_geq(after.virtual_bytes, before.virtual_bytes + size);
	munmap(memory, size);
}

Test(process, open_fds)
{
	struct process_usage before, after;
	int fds[3];

	process_measure(process, &before);
	cr_assert(before.open_fds_known);
	for (int i = 0; i < 3; i++)
		fds[i] = dup(0);
	process_measure(process, &after);
	cr_assert_eq(after.open_fds, before.open_fds + 3);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	process_measure(process, &after);
	cr_assert_eq(after.open_fds, before.open_fds);
}

Test(process, cpu_grows)
{
	struct process_usage before, after;
	struct rusage usage;
	volatile uint64_t work = 0;
	uint64_t used_ns;

	process_measure(process, &before);
	for (int i = 0; i < 10000000; i++)
		work += (uint64_t)i;
	getrusage(RUSAGE_SELF, &usage);
	used_ns = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
		  (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
	process_measure(process, &after);
	cr_assert_gt(work, 0);
	cr_assert_gt(after.cpu_ns, before.cpu_ns);
	/* getrusage(2) has microseconds. */
	cr_assert_geq(after.cpu_ns + 2000, used_ns);
}

/* The kernel made this file when the process started, so both have the same age. */
Test(process, start_time)
{
	struct process_usage usage;
	uint64_t now_ms = (uint64_t)time(NULL) * 1000;
	char command[96], text[32] = "";
	FILE *ps;

	process_measure(process, &usage);
	cr_assert(usage.start_known);
	cr_assert_leq(usage.start_ms, now_ms + 1000);
	snprintf(command, sizeof(command), "ps -o etimes= -p %d", (int)getpid());
	ps = popen(command, "r");
	cr_assert_not_null(fgets(text, sizeof(text), ps));
	pclose(ps);
	now_ms = (uint64_t)time(NULL) * 1000;
	cr_assert_geq(usage.start_ms + strtoull(text, NULL, 10) * 1000 + 2000, now_ms - 1000);
	cr_assert_leq(usage.start_ms + strtoull(text, NULL, 10) * 1000, now_ms + 2000);
}

/* A process without free descriptors cannot open its files in /proc. */
Test(process, is_unknown_without_descriptors)
{
	struct rlimit limit, none;
	struct process_usage usage;
	struct process *other;

	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){0, limit.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	cr_assert_eq(process_new(&other), 0);
	setrlimit(RLIMIT_NOFILE, &limit);
	process_measure(other, &usage);
	cr_expect_not(usage.start_known);
	cr_expect_not(usage.memory_known);
	cr_expect_not(usage.open_fds_known);
	cr_expect_eq(usage.max_fds, 0);
	process_free(other);
}

Test(process, limit_of_fds)
{
	struct process_usage usage;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	process_measure(process, &usage);
	cr_assert_eq(usage.max_fds, limit.rlim_cur);
}
