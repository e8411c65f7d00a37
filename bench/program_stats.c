/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Attaches floors (minimal BPF programs), and reads the kernel's measurement of every BPF program.
 *
 *   rexmit-program-stats PINNED_PROGRAM...   attaches the floors "empty" and "ring"
 *   rexmit-program-stats --exact             attaches the floor "exact"
 *   rexmit-program-stats --attach FLOOR...   attaches floors and prints "attached"
 *
 * For each line on standard input, the first two forms print "NAME RUN_TIME_NS RUN_CNT" for each
 * BPF program, and the line "end". A descriptor of this process enables the measurement
 * (BPF_ENABLE_STATS, bpf(2)). The exact floor is separate, because it would load the sockets' data
 * into the cache for other programs.
 *
 * The third form ends when its standard input ends. It enables no measurement, which would add to
 * the costs that bench/connections.py compares.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tool.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "floor.skel.h"
#pragma GCC diagnostic pop

#define DRAIN_MS 10 /* interval between two reads of the floor's ring */
#define RING_BYTES (16 * 1024 * 1024)

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

static struct floor_bpf *attach(char *const *names, int count)
{
	struct floor_bpf *floor = floor_bpf__open();
	struct bpf_program *program;

	if (!floor)
		fatal("cannot open the floor's programs");
	bpf_map__set_max_entries(floor->maps.rexmit_ring, RING_BYTES);
	bpf_object__for_each_program(program, floor->obj) bpf_program__set_autoload(program, false);
	for (int i = 0; i < count; i++) {
		program = bpf_object__find_program_by_name(floor->obj, names[i]);
		if (!program)
			fatal(names[i]);
		bpf_program__set_autoload(program, true);
	}
	if (floor_bpf__load(floor) || floor_bpf__attach(floor))
		fatal("cannot attach the floor's programs");
	return floor;
}

/* Empties the ring, as a collector does, until there is input. */
static void drain(const struct floor_bpf *floor)
{
	static uint64_t *consumer;
	static const uint64_t *producer;
	int ring = bpf_map__fd(floor->maps.rexmit_ring);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	if (!consumer) {
		consumer = map_position(ring, 0, PROT_READ | PROT_WRITE);
		producer = map_position(ring, 1, PROT_READ);
	}
	do
		__atomic_store_n(
			consumer, __atomic_load_n(producer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	while (poll(&input, 1, DRAIN_MS) <= 0);
}

/* Answers each line of standard input. */
static void serve(const struct floor_bpf *floor, bool exact, const int *programs, int count)
{
	char line[64];

	for (;;) {
		drain(floor);
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

static void measure_programs(char *const *paths, int count)
{
	static char *const with_ring[] = {"floor_empty", "floor_ring"};
	static char *const with_exact[] = {"floor_empty", "floor_begin", "floor_exact"};
	bool exact = count == 1 && !strcmp(paths[0], "--exact");
	int *programs = calloc((size_t)count + 1, sizeof(*programs));
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct floor_bpf *floor;

	if (stats < 0 || !programs)
		fatal("cannot enable the kernel's measurement");
	for (int i = 0; !exact && i < count; i++) {
		programs[i] = bpf_obj_get(paths[i]);
		if (programs[i] < 0)
			fatal(paths[i]);
	}
	floor = exact ? attach(with_exact, 3) : attach(with_ring, 2);
	serve(floor, exact, programs, exact ? 0 : count);
	floor_bpf__destroy(floor);
	close(stats);
	free(programs);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (argc > 2 && !strcmp(argv[1], "--attach")) {
		struct floor_bpf *floor = attach(argv + 2, argc - 2);

		puts("attached");
		drain(floor);
		floor_bpf__destroy(floor);
	} else {
		measure_programs(argv + 1, argc - 1);
	}
	return 0;
}
