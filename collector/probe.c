/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "adoption.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "fdinfo.h"
#include "iterator.h"
#include "pid_namespace.h"
#include "pins.h"
#include "programs.h"
#include "protocol/wire.h"
#include "refused.h"

struct probe {
	struct handles handles;
	const struct counters *counters;       /* mapped, one slot for each CPU */
	struct identity *identity;             /* mapped */
	const struct process_table *processes; /* mapped */
	int missed[WIRE_PROGRAMS];             /* results of fdinfo_open() for the programs */
	int walks[PROBE_WALKS];                /* iterators of walks in progress, or -1 */
	size_t cpus;
	bool pinned;
};

/* After an error, returns NULL and sets errno. */
static void *map_handle(const struct probe *probe, enum handle handle, size_t size, int protection)
{
	void *mapped = mmap(NULL, size, protection, MAP_SHARED, probe->handles.fd[handle], 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

static int map_identity(struct probe *probe)
{
	probe->identity =
		map_handle(probe, HANDLE_IDENTITY, sizeof(struct identity), PROT_READ | PROT_WRITE);
	return probe->identity ? 0 : -errno;
}

static int map_counts(struct probe *probe)
{
	probe->counters = map_handle(
		probe, HANDLE_COUNTERS, probe->cpus * sizeof(struct counters), PROT_READ);
	if (!probe->counters)
		return -errno;
	probe->processes =
		map_handle(probe, HANDLE_PROCESSES, sizeof(struct process_table), PROT_READ);
	return probe->processes ? 0 : -errno;
}

/* Sets the members that each collector sets, even if it has adopted the maps. */
static void set_own_members(struct probe *probe)
{
	probe->identity->walks_everywhere = pid_namespace_is_first();
	probe->identity->sockets_max = UINT32_MAX;
}

static int new_identity(struct probe *probe, size_t ring_bytes, uint32_t host_netns)
{
	struct identity *identity = probe->identity;

	identity->build = programs_build();
	identity->ring_bytes = ring_bytes;
	identity->cpus = (uint32_t)probe->cpus;
	identity->host_netns = host_netns;
	set_own_members(probe);
	return getrandom(identity->instance, sizeof(identity->instance), 0) ==
			       sizeof(identity->instance)
		       ? 0
		       : -errno;
}

static int load_new(struct probe *probe, size_t ring_bytes)
{
	uint32_t host_netns;
	int r = programs_load(&probe->handles, ring_bytes, probe->cpus, &host_netns);

	if (!r)
		r = map_counts(probe);
	if (!r)
		r = map_identity(probe);
	return r ? r : new_identity(probe, ring_bytes, host_netns);
}

static int probe_alloc(struct probe **result)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int cpus = libbpf_num_possible_cpus();

	if (!probe)
		return -ENOMEM;
	if (cpus < 0) {
		free(probe);
		return cpus;
	}
	probe->cpus = (size_t)cpus;
	handles_init(&probe->handles);
	for (size_t i = 0; i < WIRE_PROGRAMS; i++)
		probe->missed[i] = -1;
	for (size_t i = 0; i < PROBE_WALKS; i++)
		probe->walks[i] = -1;
	*result = probe;
	return 0;
}

int probe_new(struct probe **result, size_t ring_bytes)
{
	struct probe *probe = NULL;
	int r = probe_alloc(&probe);

	if (!r)
		r = load_new(probe, ring_bytes);
	if (r) {
		log_error("cannot load the BPF programs: %s", programs_problem(r));
		probe_free(probe);
		return r;
	}
	*result = probe;
	return 0;
}

static int adopt(struct probe *probe, const char *directory, size_t ring_bytes)
{
	int r = pins_load(directory, &probe->handles);
	const char *why;

	if (r && r != -ENODATA)
		return r;
	if (!r) /* fails if another object is pinned in its place */
		r = map_identity(probe);
	if (r == -ENOMEM)
		return r;
	why = r ? "incomplete, or from another build"
		: adoption_problem(probe->identity, &probe->handles, ring_bytes, probe->cpus);
	if (!why)
		return map_counts(probe);
	log_warning("replacing what is pinned in %s: it is %s; counts that no exporter has "
		    "received are lost",
		directory, why);
	return -ENOENT;
}

int probe_adopt(struct probe **result, const char *directory, size_t ring_bytes)
{
	struct probe *probe = NULL;
	int r = probe_alloc(&probe);

	if (!r)
		r = adopt(probe, directory, ring_bytes);
	if (r == -ENOENT) {
		r = pins_remove(directory);
		if (r == 0)
			r = -ENOENT;
	}
	if (r) {
		if (r != -ENOENT)
			log_error("cannot take over what is pinned in %s: %s; remove it with "
				  "--unpin, or choose another directory",
				directory, pins_problem(r));
		probe_free(probe);
		return r;
	}
	probe->pinned = true;
	set_own_members(probe);
	*result = probe;
	return 0;
}

/* Opens the files for probe_missed(), before the system call filter is installed. */
static void open_missed(struct probe *probe)
{
	for (size_t i = 0; i < WIRE_PROGRAMS; i++)
		probe->missed[i] = fdinfo_open(probe->handles.fd[HANDLE_PROGRAM + i]);
	if (probe->missed[0] < 0)
		log_warning("cannot read /proc/self/fdinfo: %s; continuing without the metric "
			    "rexmit_missed_invocations_total",
			strerror(-probe->missed[0]));
}

int probe_attach(struct probe *probe, const char *directory)
{
	int r;

	open_missed(probe);
	if (probe->pinned)
		return 0;
	probe->identity->attached_ns = clock_ns(CLOCK_BOOTTIME);
	r = programs_attach(&probe->handles);
	if (r) {
		log_error("cannot attach the BPF programs: %s; run with --check to see which "
			  "requirement is not met",
			strerror(-r));
		return r;
	}
	if (!directory)
		return 0;
	r = adoption_record(probe->identity, &probe->handles);
	if (!r)
		r = pins_save(directory, &probe->handles);
	if (r)
		log_error("cannot pin in %s: %s; is it a collector's directory in bpffs?",
			directory, pins_problem(r));
	probe->pinned = !r;
	return r;
}

void probe_detach(struct probe *probe)
{
	int *link = &probe->handles.fd[HANDLE_LINK];

	if (probe->pinned)
		return;
	for (size_t i = 0; i < WIRE_PROGRAMS; i++)
		cleanup_close(&link[i]);
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	if (probe->counters)
		munmap((void *)probe->counters, probe->cpus * sizeof(struct counters));
	if (probe->processes)
		munmap((void *)probe->processes, sizeof(*probe->processes));
	if (probe->identity)
		munmap(probe->identity, sizeof(*probe->identity));
	handles_close(&probe->handles);
	for (size_t i = 0; i < WIRE_PROGRAMS; i++)
		cleanup_close(&probe->missed[i]);
	for (size_t i = 0; i < PROBE_WALKS; i++)
		cleanup_close(&probe->walks[i]);
	free(probe);
}

bool probe_is_pinned(const struct probe *probe)
{
	return probe->pinned;
}

const struct identity *probe_identity(const struct probe *probe)
{
	return probe->identity;
}

uint32_t probe_stored(const struct probe *probe)
{
	int64_t stored = __atomic_load_n(&probe->identity->stored, __ATOMIC_RELAXED);

	return stored > 0 && stored < UINT32_MAX ? (uint32_t)stored : 0;
}

void probe_limit_sockets(struct probe *probe, uint32_t max)
{
	__atomic_store_n(&probe->identity->sockets_max, max, __ATOMIC_RELAXED);
}

uint32_t *probe_awaited(struct probe *probe)
{
	return &probe->identity->awaited;
}

struct refused *probe_refused(struct probe *probe)
{
	return &probe->identity->refused;
}

const struct process_table *probe_processes(const struct probe *probe)
{
	return probe->processes;
}

int probe_ring_fd(const struct probe *probe)
{
	return probe->handles.fd[HANDLE_RING];
}

void probe_counters(const struct probe *probe, struct counters *sum)
{
	enum { WORDS = sizeof(struct counters) / sizeof(uint64_t) };
	uint64_t *to = (uint64_t *)sum;

	memset(sum, 0, sizeof(*sum));
	for (size_t cpu = 0; cpu < probe->cpus; cpu++) {
		const uint64_t *from = (const uint64_t *)&probe->counters[cpu];

		for (size_t i = 0; i < WORDS; i++)
			to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	}
	refused_add(&probe->identity->refused, sum);
}

int probe_missed(const struct probe *probe, unsigned program, uint64_t *missed)
{
	return fdinfo_read(probe->missed[program], "recursion_misses", missed);
}

int probe_cgroup_path(void *context, uint64_t id, char *path)
{
	const struct probe *probe = context;

	if (bpf_map_lookup_elem(probe->handles.fd[HANDLE_CGROUP_PATHS], &id, path))
		return -errno;
	path[WIRE_PATH_SIZE - 1] = '\0';
	return 0;
}

int probe_prove_storage(const struct probe *probe)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int map = probe->handles.fd[HANDLE_SOCKETS];
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	_cleanup_free_ void *value = NULL;

	if (fd < 0 || bpf_obj_get_info_by_fd(map, &info, &size))
		return -errno;
	value = calloc(1, info.value_size);
	if (!value)
		return -ENOMEM;
	return bpf_map_update_elem(map, &fd, value, BPF_ANY) ? -errno : 0;
}

int probe_walk_link(const struct probe *probe, enum probe_walk walk)
{
	return probe->handles.fd[walk == PROBE_FILES ? HANDLE_FILES : HANDLE_SWEEP];
}

int probe_walk(struct probe *probe, enum probe_walk walk)
{
	return iterator_step(&probe->walks[walk], probe_walk_link(probe, walk));
}

void probe_walk_end(struct probe *probe, enum probe_walk walk)
{
	cleanup_close(&probe->walks[walk]);
}
