/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "intruder_bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static int map_fd = -1;

static long bpf_call(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

long create_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return bpf_call(BPF_MAP_CREATE, &attr);
}

void prepare_map(void)
{
	map_fd = (int)create_map();
}

long load_program(void)
{
	/* r0 = 0; exit */
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2,
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "MIT"};

	return bpf_call(BPF_PROG_LOAD, &attr);
}

long update_map(void)
{
	uint32_t key = 0, value = 1;
	union bpf_attr attr = {
		.map_fd = (uint32_t)map_fd, .key = (uintptr_t)&key, .value = (uintptr_t)&value};

	return bpf_call(BPF_MAP_UPDATE_ELEM, &attr);
}

/* Reads information about a map. Information about a program would have kernel addresses. */
long get_info(void)
{
	struct bpf_map_info info = {0};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)map_fd,
				       .info_len = sizeof(info),
				       .info = (uintptr_t)&info}};

	return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* Without a filter the kernel reports ENOENT, so the call has reached it. */
long open_tracepoint(void)
{
	union bpf_attr attr = {.raw_tracepoint.prog_fd = (uint32_t)-1};

	return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0 && errno == EBADF ? 0 : -1;
}
