/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/probe_fixture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fdinfo.h"
#include "pins.h"
#include "programs.h"
#include "ring.h"
#include "support/failing_calls.h"

#define VALUE_BYTES 64 /* of the sockets' storage */

struct fake_kernel fake;
unsigned fds_before;

/* Makes the maps that the probe maps, and a descriptor for every other handle. */
static void make_handles(struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++) {
		handles->fd[i] = memfd_create("handle", MFD_CLOEXEC);
		cr_assert_eq(ftruncate(handles->fd[i], 1024 * 1024), 0);
	}
}

int programs_load(struct handles *handles, size_t ring_bytes, size_t cpus_, uint32_t *host_netns)
{
	cr_assert_eq(ring_bytes, RING_BYTES);
	cr_assert_eq(cpus_, CPUS);
	make_handles(handles);
	*host_netns = HOST_NETNS;
	return fake.load_result;
}

const char *programs_problem(int r)
{
	return r == fake.load_result ? "the reason" : "another reason";
}

int programs_attach(struct handles *handles)
{
	(void)handles;
	fake.attached++;
	return fake.attach_result;
}

uint64_t programs_build(void)
{
	return BUILD;
}

int pins_save(const char *directory, const struct handles *handles)
{
	(void)handles;
	cr_assert_str_eq(directory, "pins");
	fake.saved++;
	return fake.pin_result;
}

int pins_load(const char *directory, struct handles *handles)
{
	cr_assert_str_eq(directory, "pins");
	if (fake.adopt_result)
		return fake.adopt_result;
	make_handles(handles);
	cr_assert_eq(write(handles->fd[HANDLE_IDENTITY], &fake.pinned, sizeof(fake.pinned)),
		(ssize_t)sizeof(fake.pinned));
	return 0;
}

int pins_remove(const char *directory)
{
	cr_assert_str_eq(directory, "pins");
	fake.removed++;
	return fake.remove_result;
}

const char *pins_problem(int r)
{
	return r == -ENOTSUP ? "not in bpffs" : strerror(-r);
}

REPLACED_CALL(bool, ring_is_damaged, (int fd, size_t size, const struct refused *refused))
{
	(void)fd;
	cr_assert_eq(refused->acknowledged, ACKNOWLEDGED);
	cr_assert_eq(size, RING_BYTES);
	return fake.ring_damaged;
}

REPLACED_CALL(int, libbpf_num_possible_cpus, (void))
{
	return fake.cpus;
}

REPLACED_CALL(int, bpf_map_lookup_elem, (int fd, const void *key, void *value))
{
	(void)fd;
	if (*(const uint64_t *)key != 1)
		errno = ENOENT;
	else
		memset(value, 'x', WIRE_PATH_SIZE);
	return *(const uint64_t *)key == 1 ? 0 : -1;
}

REPLACED_CALL(int, bpf_obj_get_info_by_fd, (int fd, void *info, uint32_t *size))
{
	(void)fd;
	for (uint32_t i = 0; i < *size; i++)
		cr_assert_eq(((const unsigned char *)info)[i], 0);
	((struct bpf_map_info *)info)->value_size = VALUE_BYTES;
	((struct bpf_map_info *)info)->id = OBJECT_ID;
	return failing_calls_now("bpf_obj_get_info_by_fd") ? -1 : 0;
}

REPLACED_CALL(int, bpf_map_update_elem, (int fd, const void *key, const void *value, __u64 flags))
{
	static const unsigned char empty[VALUE_BYTES];

	(void)fd, (void)key, (void)flags;
	cr_assert_arr_eq(value, empty, sizeof(empty));
	return failing_calls_now("bpf_map_update_elem") ? -1 : 0;
}

FAILING_CALL(void *, NULL, calloc, (size_t count, size_t size), (count, size))
FAILING_CALL(int, -1, socket, (int family, int type, int protocol), (family, type, protocol))
FAILING_CALL(void *, MAP_FAILED, mmap64,
	(void *at, size_t size, int protection, int flags, int fd, off_t from),
	(at, size, protection, flags, fd, from))
FAILING_CALL(ssize_t, -1, getrandom, (void *data, size_t size, unsigned flags), (data, size, flags))
int __real_fdinfo_open(int fd);
REPLACED_CALL(int, fdinfo_open, (int fd))
{
	return failing_calls_now("fdinfo_open") ? -errno : __real_fdinfo_open(fd);
}

void probe_setup(void)
{
	fake = (struct fake_kernel){.cpus = CPUS,
		.pinned = {.instance = {9},
			.build = BUILD,
			.attached_ns = 1,
			.ring_bytes = RING_BYTES,
			.cpus = CPUS,
			.refused = {.acknowledged = ACKNOWLEDGED}}};
	for (size_t i = 0; i < HANDLES; i++)
		fake.pinned.objects[i] = OBJECT_ID;
	fds_before = failing_calls_open_fds();
}

void probe_teardown(void)
{
	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
}
