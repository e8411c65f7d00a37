/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Fills the ring of a collector that runs with --pin DIR.
 *
 *   rexmit-generator DIR fill RECORDS GROUPS [bare]
 *                                                adds RECORDS records, fewer in a full ring;
 *                                                bare: the events contain only retransmissions
 *   rexmit-generator DIR drain PID               continues process PID, waits for an empty ring
 *   rexmit-generator DIR run SECONDS GROUPS      adds records for SECONDS, waits for an empty ring
 *   rexmit-generator DIR count                   prints how many records the ring has
 *   rexmit-generator DIR first                   prints when the first event was counted
 *
 * It prints "records N ns T". T is the duration. With `first` it is the time by CLOCK_BOOTTIME.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/wire.h"
#include "tool.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "generator.skel.h"
#pragma GCC diagnostic pop

#define BATCH 1024
#define CGROUP 1 /* the root of the hierarchy; the collector finds its path in the map */
#define EMPTY_SECONDS 30

struct generator {
	struct generator_bpf *bpf;
	int ring;
	size_t page;
	const uint64_t *consumer, *producer;
	const uint8_t *data;
};

static int open_pin(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		fatal(path);
	return fd;
}

static const void *map_page(const struct generator *g, size_t index, size_t pages)
{
	void *mapped = mmap(
		NULL, pages * g->page, PROT_READ, MAP_SHARED, g->ring, (off_t)(index * g->page));

	if (mapped == MAP_FAILED)
		fatal("cannot map the ring");
	return mapped;
}

/* Stores the cgroup's path in the map, as the programs would. */
static void name_cgroup(const char *directory)
{
	uint64_t id = CGROUP;
	char path[WIRE_PATH_SIZE] = "/";

	if (bpf_map_update_elem(open_pin(directory, "cgroup_paths"), &id, path, BPF_ANY))
		fatal("cannot name the cgroup");
}

static void load(struct generator *g)
{
	g->bpf = generator_bpf__open();
	if (!g->bpf || bpf_map__reuse_fd(g->bpf->maps.ring, g->ring) || generator_bpf__load(g->bpf))
		fatal("cannot load the generator");
	g->bpf->bss->cgroup_id = CGROUP;
}

static void run(const struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts))
		fatal("cannot run the generator");
}

static uint64_t records_in(const struct generator *g)
{
	return (*g->producer - *g->consumer) / (8 + WIRE_RECORD_SIZE);
}

static void wait_until_empty(const struct generator *g)
{
	uint64_t end = now_ns() + EMPTY_SECONDS * UINT64_C(1000000000);

	while (__atomic_load_n(g->consumer, __ATOMIC_ACQUIRE) !=
		__atomic_load_n(g->producer, __ATOMIC_ACQUIRE)) {
		if (now_ns() > end) {
			errno = ETIMEDOUT;
			fatal("the ring does not become empty");
		}
		usleep(50);
	}
}

static void fill(struct generator *g, uint64_t records, uint32_t groups)
{
	uint64_t before = now_ns();

	g->bpf->bss->groups = groups;
	while (g->bpf->bss->written < records && !g->bpf->bss->full) {
		uint64_t left = records - g->bpf->bss->written;

		g->bpf->bss->limit = left < BATCH ? (uint32_t)left : BATCH;
		run(g->bpf->progs.generate);
	}
	printf("records %llu ns %llu\n", (unsigned long long)g->bpf->bss->written,
		(unsigned long long)(now_ns() - before));
}

static void drain(const struct generator *g, pid_t exporter)
{
	uint64_t records = records_in(g), before = now_ns();

	if (kill(exporter, SIGCONT))
		fatal("cannot continue the exporter");
	wait_until_empty(g);
	printf("records %llu ns %llu\n", (unsigned long long)records,
		(unsigned long long)(now_ns() - before));
}

/*
 * Adds a real record. A discarded record is acknowledged only together with a later real one.
 */
static void end_with_a_record(struct generator *g)
{
	g->bpf->bss->limit = 1;
	while (run(g->bpf->progs.generate), g->bpf->bss->full)
		usleep(200);
}

static void run_for(struct generator *g, uint64_t seconds, uint32_t groups)
{
	uint64_t before = now_ns(), end = before + seconds * UINT64_C(1000000000);

	g->bpf->bss->groups = groups;
	g->bpf->bss->limit = BATCH;
	while (now_ns() < end) {
		run(g->bpf->progs.generate);
		run(g->bpf->progs.wake);
		if (g->bpf->bss->full)
			usleep(200);
	}
	end_with_a_record(g);
	wait_until_empty(g);
	printf("records %llu ns %llu\n", (unsigned long long)g->bpf->bss->written,
		(unsigned long long)(now_ns() - before));
}

static void first(const struct generator *g)
{
	const struct wire_event *e = (const void *)(g->data + 8);

	if (*g->producer == 0) {
		errno = ENODATA;
		fatal("the ring is empty");
	}
	printf("records 1 ns %llu\n", (unsigned long long)e->boot_ns);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (!*text || *end) {
		fprintf(stderr, "rexmit-generator: expected a number, not %s\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct generator g = {.page = (size_t)sysconf(_SC_PAGESIZE)};
	const char *command = argc > 2 ? argv[2] : "";

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (argc < 3)
		return 2;
	g.ring = open_pin(argv[1], "ring");
	g.consumer = map_page(&g, 0, 1);
	g.producer = map_page(&g, 1, 1);
	g.data = map_page(&g, 2, 1);
	name_cgroup(argv[1]);
	if (!strcmp(command, "first"))
		first(&g);
	else if (!strcmp(command, "count"))
		printf("records %llu\n", (unsigned long long)records_in(&g));
	else if (!strcmp(command, "drain") && argc == 4)
		drain(&g, (pid_t)number(argv[3]));
	else if (argc < 5)
		return 2;
	else
		load(&g);
	if (g.bpf)
		g.bpf->bss->bare = argc > 5 && !strcmp(argv[5], "bare");
	if (g.bpf && !strcmp(command, "fill"))
		fill(&g, number(argv[3]), (uint32_t)number(argv[4]));
	else if (g.bpf)
		run_for(&g, number(argv[3]), (uint32_t)number(argv[4]));
	return 0;
}
