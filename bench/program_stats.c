/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Attaches the floors and lets the kernel measure every BPF program.
 *
 *   rexmit-program-stats PINNED_PROGRAM...
 *   rexmit-program-stats --exact
 *
 * The second form attaches the exact floor. It is separate, because that program would load the
 * sockets' data into the cache for the others. For each line on standard input rexmit-program-stats
 * prints "NAME RUN_TIME_NS RUN_CNT" for each BPF program, and the line "end". The kernel measures
 * until this process ends, because a descriptor enables it (BPF_ENABLE_STATS, bpf(2)).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "floor.skel.h"
#pragma GCC diagnostic pop

#define DRAIN_MS 10 /* interval at which the floor's ring is emptied */
#define RING_BYTES (16 * 1024 * 1024)

static _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "rexmit-program-stats: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void print_program(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		fatal("cannot read a program's statistics");
	/* The kernel truncates names. The first 15 characters and the order identify these
	 * programs. */
	printf("%s %llu %llu\n", info.name, (unsigned long long)info.run_time_ns,
		(unsigned long long)info.run_cnt);
}

static uint64_t *map_position(int fd, off_t page, int protection)
{
	long size = sysconf(_SC_PAGESIZE);
	void *position = mmap(NULL, (size_t)size, protection, MAP_SHARED, fd, page * size);

	if (position == MAP_FAILED)
		fatal("cannot map the ring");
	return position;
}

static struct floor_bpf *attach(bool exact)
{
	struct floor_bpf *floor = floor_bpf__open();

	if (!floor)
		fatal("cannot open the floor's programs");
	bpf_map__set_max_entries(floor->maps.rexmit_ring, RING_BYTES);
	bpf_program__set_autoload(floor->progs.floor_ring, !exact);
	bpf_program__set_autoload(floor->progs.floor_begin, exact);
	bpf_program__set_autoload(floor->progs.floor_exact, exact);
	if (floor_bpf__load(floor) || floor_bpf__attach(floor))
		fatal("cannot attach the floor's programs");
	return floor;
}

/* Answers each line of standard input. */
static void serve(const struct floor_bpf *floor, bool exact, const int *programs, int count)
{
	int ring = bpf_map__fd(floor->maps.rexmit_ring);
	uint64_t *consumer = map_position(ring, 0, PROT_READ | PROT_WRITE);
	const uint64_t *producer = map_position(ring, 1, PROT_READ);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	for (;;) {
		char line[64];
		int ready = poll(&input, 1, DRAIN_MS);

		__atomic_store_n(
			consumer, __atomic_load_n(producer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
		if (ready <= 0)
			continue;
		if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
			return;
		print_program(bpf_program__fd(floor->progs.floor_empty));
		print_program(bpf_program__fd(
			exact ? floor->progs.floor_exact : floor->progs.floor_ring));
		for (int i = 0; i < count; i++)
			print_program(programs[i]);
		puts("end");
	}
}

int main(int argc, char **argv)
{
	bool exact = argc == 2 && !strcmp(argv[1], "--exact");
	int count = exact ? 0 : argc - 1;
	int *programs = calloc((size_t)argc, sizeof(*programs));
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct floor_bpf *floor;

	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (stats < 0)
		fatal("cannot enable the kernel's measurement");
	for (int i = 0; i < count; i++) {
		programs[i] = bpf_obj_get(argv[i + 1]);
		if (programs[i] < 0)
			fatal(argv[i + 1]);
	}
	floor = attach(exact);
	serve(floor, exact, programs, count);
	floor_bpf__destroy(floor);
	close(stats);
	free(programs);
	return 0;
}
