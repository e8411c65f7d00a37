/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/array.h"
#include "common/log.h"
#include "iterator.h"
#include "libbpf_log.h"
#include "protocol/tracepoints.h"
/* The header that bpftool generates causes these warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "retransmit.skel.h"
#pragma GCC diagnostic pop

static int configure(struct rexmit_bpf *skeleton, size_t ring_bytes, size_t cpus)
{
	int r = bpf_map__set_max_entries(skeleton->maps.rexmit_ring, (uint32_t)ring_bytes);
	struct timespec jiffy;

	if (r)
		return r;
	/* The resolution of the coarse clocks is a jiffy. */
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &jiffy))
		return -errno;
	skeleton->rodata->jiffy_ns = (uint32_t)jiffy.tv_nsec;
	skeleton->rodata->counters_slots = (uint32_t)cpus;
	skeleton->rodata->ring_wake_bytes = ring_bytes / 4;
	skeleton->rodata->ring_half_bytes = ring_bytes / 2;
	return bpf_map__set_max_entries(skeleton->maps.rexmit_counters, (uint32_t)cpus);
}

static int link_iterator(
	const struct bpf_program *program, const struct bpf_link_create_opts *opts, int *link)
{
	*link = bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, opts);
	return *link < 0 ? -errno : 0;
}

static int find_host_netns(const struct rexmit_bpf *skeleton)
{
	int link, r = link_iterator(skeleton->progs.rexmit_netns, NULL, &link);

	if (r)
		return r;
	r = iterator_run(link);
	close(link);
	return r;
}

/*
 * Makes the links for the two walks. The link of the walk over storage contains the map of the
 * storage. If the kernel refuses this walk, both links are for the walk over files.
 */
static int link_walks(const struct rexmit_bpf *skeleton, int *sweep, int *files)
{
	union bpf_iter_link_info info = {
		.map.map_fd = (uint32_t)bpf_map__fd(skeleton->maps.rexmit_sockets)};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .iter_info = &info, .iter_info_len = sizeof(info));
	int r = link_iterator(skeleton->progs.rexmit_files, NULL, files);

	if (r)
		return r;
	return skeleton->rodata->sweep_by_files
		       ? link_iterator(skeleton->progs.rexmit_files, NULL, sweep)
		       : link_iterator(skeleton->progs.rexmit_sweep, &opts, sweep);
}

static void programs_fds(const struct rexmit_bpf *skeleton, int fds[WIRE_PROGRAMS])
{
#define DESCRIPTOR(number, name, tracepoint, function, purpose)                                    \
	fds[number] = bpf_program__fd(skeleton->progs.function);
	TRACEPOINTS(DESCRIPTOR)
#undef DESCRIPTOR
}

/* Duplicates the descriptors, because rexmit_bpf__destroy() closes those of libbpf. */
static int fill(struct handles *handles, const struct rexmit_bpf *skeleton)
{
	int from[HANDLES];

	for (size_t i = 0; i < HANDLES; i++)
		from[i] = -1;
	from[HANDLE_RING] = bpf_map__fd(skeleton->maps.rexmit_ring);
	from[HANDLE_COUNTERS] = bpf_map__fd(skeleton->maps.rexmit_counters);
	from[HANDLE_CGROUP_PATHS] = bpf_map__fd(skeleton->maps.rexmit_cgroups);
	from[HANDLE_PROCESSES] = bpf_map__fd(skeleton->maps.rexmit_process);
	from[HANDLE_SOCKETS] = bpf_map__fd(skeleton->maps.rexmit_sockets);
	from[HANDLE_IDENTITY] = bpf_map__fd(skeleton->maps.rexmit_identity);
	programs_fds(skeleton, from + HANDLE_PROGRAM);
	for (size_t i = 0; i < HANDLES; i++) {
		if (from[i] < 0)
			continue;
		handles->fd[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 0);
		if (handles->fd[i] < 0)
			return -errno;
	}
	return link_walks(skeleton, &handles->fd[HANDLE_SWEEP], &handles->fd[HANDLE_FILES]);
}

static int load_skeleton(struct rexmit_bpf *skeleton, struct handles *handles, uint32_t *host_netns)
{
	int r = rexmit_bpf__load(skeleton);

	/* `bss` is NULL if libbpf's test for arrays that can be mapped has failed. */
	if (!r && !skeleton->bss)
		r = -ENOTSUP;
	if (!r)
		r = find_host_netns(skeleton);
	if (r)
		return r;
	*host_netns = skeleton->bss->host_netns;
	return fill(handles, skeleton);
}

/* Loads the programs. The sweep is a walk over storage if `over_storage`, else over files. */
static int load_with(struct handles *handles, size_t ring_bytes, size_t cpus, uint32_t *host_netns,
	bool over_storage)
{
	struct rexmit_bpf *skeleton = rexmit_bpf__open();
	int r;

	if (!skeleton)
		return -errno;
	r = configure(skeleton, ring_bytes, cpus);
	skeleton->rodata->sweep_by_files = !over_storage;
	if (!r)
		r = bpf_program__set_autoload(skeleton->progs.rexmit_sweep, over_storage);
	if (!r)
		r = load_skeleton(skeleton, handles, host_netns);
	rexmit_bpf__destroy(skeleton);
	if (r)
		handles_close(handles);
	return r;
}

int programs_load(struct handles *handles, size_t ring_bytes, size_t cpus, uint32_t *host_netns)
{
	int r = load_with(handles, ring_bytes, cpus, host_netns, true);

	/* Some hardened kernels refuse the walk over storage with EPERM. */
	if (r == -EPERM) {
		log_debug("loading again, with a walk over files instead of the walk over sockets' "
			  "storage");
		r = load_with(handles, ring_bytes, cpus, host_netns, false);
	}
	malloc_trim(0); /* returns half a megabyte to the system */
	return r;
}

const char *programs_problem(int r)
{
	static char problem[320];
	const char *member = libbpf_log_missing_member();

	if (r == -ENOMEM)
		return "Cannot allocate memory: raise the memory limit (MemoryMax=), or lower "
		       "--ring-bytes";
	if (member)
		snprintf(problem, sizeof(problem),
			"this kernel has no member %s, which the programs read; boot another kernel",
			member);
	else
		snprintf(problem, sizeof(problem),
			"%s; --check shows which requirement is not met, --log-level debug the "
			"kernel's messages",
			strerror(-r));
	return problem;
}

int programs_attach(struct handles *handles)
{
#define NUMBER(number, ...) number,
	static const unsigned order[] = {TRACEPOINTS(NUMBER)};
#undef NUMBER
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(order); i++) {
		/* The name is NULL, because a tp_btf program is loaded for one tracepoint. */
		int link = bpf_raw_tracepoint_open(NULL, handles->fd[HANDLE_PROGRAM + order[i]]);

		handles->fd[HANDLE_LINK + order[i]] = link;
		r = link < 0 ? -errno : 0;
	}
	return r;
}

/* FNV-1a suffices, because only a process with privileges could pin a program with a false hash. */
uint64_t programs_build(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t size;
	const uint8_t *bytes = rexmit_bpf__elf_bytes(&size);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}
