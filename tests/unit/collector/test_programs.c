/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Loading and attaching the BPF object. libbpf reads the object, and this file plays the calls that
 * need the kernel.
 */
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "libbpf_log.h"
#include "support/failing_calls.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "retransmit.skel.h"
#pragma GCC diagnostic pop

#define CPUS 3
#define RING_BYTES 65536
#define HOST_NETNS 4711

static int kernel_object = -1; /* each map and program has this descriptor */
static const char *program;    /* whose descriptor was requested last */
static const char *missing_member;
static bool is_bss_mapped, refuses_storage_walk;
static unsigned loads;
static uint32_t ring_bytes, counters;

/* The links that were made: of which program, and whether it has a map. */
static struct {
	char program[32];
	bool has_map;
} links[8];
static unsigned links_made;

static struct rexmit_bpf *loaded(const struct bpf_object_skeleton *s)
{
	void **bss = NULL;

	for (int i = 0; i < s->map_cnt; i++)
		if (strstr(s->maps[i].name, ".bss"))
			bss = s->maps[i].mmaped;
	cr_assert_not_null(bss);
	return (struct rexmit_bpf *)((char *)bss - offsetof(struct rexmit_bpf, bss));
}

static struct constants {
	uint32_t counters_slots, jiffy_ns;
	uint64_t wake_bytes, half_bytes;
	bool by_files, loads_sweep;
} rodata;

REPLACED_CALL(int, bpf_object__load_skeleton, (struct bpf_object_skeleton * s))
{
	struct rexmit_bpf *skeleton = loaded(s);

	loads++;
	rodata = (struct constants){skeleton->rodata->counters_slots, skeleton->rodata->jiffy_ns,
		skeleton->rodata->ring_wake_bytes, skeleton->rodata->ring_half_bytes,
		skeleton->rodata->sweep_by_files,
		bpf_program__autoload(skeleton->progs.rexmit_sweep)};
	if (failing_calls_now("bpf_object__load_skeleton"))
		return -errno;
	if (is_bss_mapped)
		skeleton->bss->host_netns = HOST_NETNS;
	else
		skeleton->bss = NULL;
	return 0;
}

int __real_bpf_object__open_skeleton(
	struct bpf_object_skeleton *s, const struct bpf_object_open_opts *opts);
REPLACED_CALL(int, bpf_object__open_skeleton,
	(struct bpf_object_skeleton * s, const struct bpf_object_open_opts *opts))
{
	return failing_calls_now("bpf_object__open_skeleton")
		       ? -errno
		       : __real_bpf_object__open_skeleton(s, opts);
}

int __real_bpf_map__set_max_entries(struct bpf_map *map, __u32 entries);
REPLACED_CALL(int, bpf_map__set_max_entries, (struct bpf_map * map, __u32 entries))
{
	if (failing_calls_now("bpf_map__set_max_entries"))
		return -errno;
	*(strcmp(bpf_map__name(map), "rexmit_ring") == 0 ? &ring_bytes : &counters) = entries;
	return __real_bpf_map__set_max_entries(map, entries);
}

int __real_bpf_program__set_autoload(struct bpf_program *of, bool autoload);
REPLACED_CALL(int, bpf_program__set_autoload, (struct bpf_program * of, bool autoload))
{
	return failing_calls_now("bpf_program__set_autoload")
		       ? -errno
		       : __real_bpf_program__set_autoload(of, autoload);
}

REPLACED_CALL(int, bpf_map__fd, (const struct bpf_map *map))
{
	(void)map;
	return kernel_object;
}

REPLACED_CALL(int, bpf_program__fd, (const struct bpf_program *of))
{
	program = bpf_program__name(of);
	return kernel_object;
}

REPLACED_CALL(int, bpf_link_create,
	(int fd, int target, enum bpf_attach_type type, const struct bpf_link_create_opts *opts))
{
	cr_assert(fd == kernel_object && target == 0 && type == BPF_TRACE_ITER);
	if (failing_calls_now("bpf_link_create"))
		return -1;
	errno = EPERM;
	if (refuses_storage_walk && opts)
		return -1;
	cr_assert_lt(links_made, 8);
	snprintf(links[links_made].program, sizeof(links[0].program), "%s", program);
	links[links_made++].has_map =
		opts && opts->iter_info->map.map_fd == (uint32_t)kernel_object;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

REPLACED_CALL(int, bpf_iter_create, (int link))
{
	(void)link;
	return failing_calls_now("bpf_iter_create") ? -1 : open("/dev/null", O_RDONLY);
}

REPLACED_CALL(int, bpf_raw_tracepoint_open, (const char *name, int fd))
{
	cr_assert_null(name);
	cr_assert_geq(fd, 0);
	return failing_calls_now("bpf_raw_tracepoint_open") ? -1 : dup(fd);
}

REPLACED_CALL(const char *, libbpf_log_missing_member, (void))
{
	return missing_member;
}

int __real_fcntl64(int fd, int command, ...);
REPLACED_CALL(int, fcntl64, (int fd, int command, ...))
{
	if (command == F_DUPFD_CLOEXEC && failing_calls_now("fcntl64"))
		return -1;
	return __real_fcntl64(fd, command, 0);
}

REPLACED_CALL(int, clock_getres, (clockid_t clock, struct timespec *resolution))
{
	cr_assert_eq(clock, CLOCK_MONOTONIC_COARSE);
	*resolution = (struct timespec){.tv_nsec = 4000000};
	return failing_calls_now("clock_getres") ? -1 : 0;
}

FAILING_CALL(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))

static struct handles handles;
static uint32_t host_netns;
static unsigned fds_before;

static void no_handles(void)
{
	for (size_t i = 0; i < HANDLES; i++)
		handles.fd[i] = -1;
}

static void close_handles(void)
{
	for (size_t i = 0; i < HANDLES; i++)
		if (handles.fd[i] >= 0)
			close(handles.fd[i]);
	no_handles();
}

static int ignore_message(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static void setup(void)
{
	libbpf_set_print(ignore_message);
	kernel_object = open("/dev/null", O_RDONLY | O_CLOEXEC);
	is_bss_mapped = true;
	no_handles();
	fds_before = failing_calls_open_fds();
}

TestSuite(programs, .init = setup);

static int load(void)
{
	return programs_load(&handles, RING_BYTES, CPUS, &host_netns);
}

/* Each handle is open, except the links of tracepoints. Nothing else is. */
static void assert_handles(void)
{
	for (size_t i = 0; i < HANDLES; i++) {
		bool is_link = i >= HANDLE_LINK && i < HANDLE_LINK + WIRE_PROGRAMS;

		cr_assert_eq(handles.fd[i] < 0, is_link, "handle %zu", i);
		if (!is_link)
			cr_assert(fcntl(handles.fd[i], F_GETFD) & FD_CLOEXEC, "handle %zu", i);
	}
	cr_assert_eq(failing_calls_open_fds(), fds_before + HANDLES - WIRE_PROGRAMS);
}

Test(programs, load)
{
	cr_assert_eq(load(), 0);
	assert_handles();
	cr_assert_eq(loads, 1);
	cr_assert_eq(host_netns, HOST_NETNS);
	cr_assert_eq(ring_bytes, RING_BYTES);
	cr_assert_eq(counters, CPUS);
	cr_assert_eq(rodata.counters_slots, CPUS);
	cr_assert_eq(rodata.jiffy_ns, 4000000);
	cr_assert_eq(rodata.wake_bytes, RING_BYTES / 4);
	cr_assert_eq(rodata.half_bytes, RING_BYTES / 2);
	cr_assert(!rodata.by_files && rodata.loads_sweep);
	cr_assert_eq(links_made, 3);
	cr_assert_str_eq(links[0].program, "rexmit_netns");
	cr_assert_str_eq(links[1].program, "rexmit_files");
	cr_assert_not(links[1].has_map);
	cr_assert_str_eq(links[2].program, "rexmit_sweep");
	cr_assert(links[2].has_map);
}

static void assert_walks_over_files(void)
{
	cr_assert_eq(loads, 2);
	cr_assert(rodata.by_files && !rodata.loads_sweep);
	assert_handles();
	cr_assert_str_eq(links[links_made - 1].program, "rexmit_files");
	cr_assert_str_eq(links[links_made - 2].program, "rexmit_files");
	cr_assert_not(links[links_made - 1].has_map);
}

/* Hardened kernels refuse the program of the walk over storage, or its link. */
Test(programs, a_kernel_that_refuses_the_program_of_a_walk)
{
	failing_calls_set("bpf_object__load_skeleton", 1, EPERM);
	cr_assert_eq(load(), 0);
	assert_walks_over_files();
}

Test(programs, a_kernel_that_refuses_the_link_of_a_walk)
{
	refuses_storage_walk = true;
	cr_assert_eq(load(), 0);
	assert_walks_over_files();
}

Test(programs, a_failed_call_is_the_result)
{
	static const struct {
		const char *call;
		unsigned at;
	} calls[] = {{"bpf_object__open_skeleton", 1}, {"bpf_map__set_max_entries", 1},
		{"clock_getres", 1}, {"bpf_map__set_max_entries", 2},
		{"bpf_program__set_autoload", 1}, {"bpf_object__load_skeleton", 1},
		{"bpf_link_create", 1}, {"bpf_iter_create", 1}, {"read", 1}, {"fcntl64", 1},
		{"fcntl64", 7}, {"bpf_link_create", 2}, {"bpf_link_create", 3}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		links_made = loads = 0;
		failing_calls_set(calls[i].call, calls[i].at, EINVAL);
		cr_assert_eq(load(), -EINVAL, "%s", calls[i].call);
		failing_calls_assert_made();
		cr_assert_leq(loads, 1);
		close_handles();
		cr_assert_eq(failing_calls_open_fds(), fds_before, "%s", calls[i].call);
	}
}

/* libbpf then could not read the counts either. */
Test(programs, a_kernel_without_mapped_arrays)
{
	is_bss_mapped = false;
	cr_assert_eq(load(), -ENOTSUP);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(programs, attach)
{
	cr_assert_eq(load(), 0);
	cr_assert_eq(programs_attach(&handles), 0);
	for (size_t i = 0; i < HANDLES; i++)
		cr_assert_geq(handles.fd[i], 0, "handle %zu", i);
	close_handles();
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(programs, cannot_be_attached)
{
	cr_assert_eq(load(), 0);
	failing_calls_set("bpf_raw_tracepoint_open", 3, ENOENT);
	cr_assert_eq(programs_attach(&handles), -ENOENT);
	cr_assert_geq(handles.fd[HANDLE_LINK + 1], 0);
	cr_assert_lt(handles.fd[HANDLE_LINK + 2], 0);
	cr_assert_lt(handles.fd[HANDLE_LINK + 3], 0);
}

Test(programs, problems)
{
	cr_assert_str_eq(programs_problem(-EPERM),
		"Operation not permitted; --check shows which requirement is not met, --log-level "
		"debug the kernel's messages");
	missing_member = "struct tcp_sock.total_retrans";
	cr_assert_str_eq(programs_problem(-EINVAL),
		"this kernel has no member struct tcp_sock.total_retrans, which the programs read; "
		"boot another kernel");
	cr_assert_str_eq(programs_problem(-ENOMEM),
		"Cannot allocate memory: raise the memory limit (MemoryMax=), or lower "
		"--ring-bytes");
}

/* FNV-1a of the object (RFC draft-eastlake-fnv), so that collectors of one build adopt pins. */
Test(programs, build)
{
	size_t size;
	const uint8_t *bytes = rexmit_bpf__elf_bytes(&size);
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++) {
		hash ^= bytes[i];
		hash *= UINT64_C(1099511628211);
	}
	cr_assert_eq(programs_build(), hash);
}
