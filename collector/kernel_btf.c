/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "kernel_btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}
#define _cleanup_btf_ __attribute__((cleanup(free_btf)))

/* Those that the programs are attached to. */
static const char *const tracepoints[] = {
	"btf_trace_inet_sock_set_state",
	"btf_trace_tcp_destroy_sock",
	"btf_trace_tcp_receive_reset",
	"btf_trace_tcp_retransmit_skb",
	"btf_trace_tcp_retransmit_synack",
	"btf_trace_tcp_send_reset",
};

static bool has_tracepoints(const struct btf *btf)
{
	for (size_t i = 0; i < sizeof(tracepoints) / sizeof(tracepoints[0]); i++)
		if (btf__find_by_name_kind(btf, tracepoints[i], BTF_KIND_TYPEDEF) <= 0)
			return false;
	return true;
}

static bool has_member(const struct btf *btf, const char *struct_name, const char *member)
{
	int id = btf__find_by_name_kind(btf, struct_name, BTF_KIND_STRUCT);
	const struct btf_type *type;

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, (uint32_t)id);
	for (uint16_t i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	return false;
}

/* The tracepoint's arguments: typedef -> pointer -> function, whose first parameter is its own data. */
static unsigned tracepoint_arguments(const struct btf *btf, const char *typedef_name)
{
	int id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	const struct btf_type *type;

	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	type = btf__type_by_id(btf, type->type);
	return btf_vlen(type) - 1U;
}

int kernel_btf_features(struct kernel_features *features)
{
	_cleanup_btf_ struct btf *btf = NULL;

	*features = (struct kernel_features){0};
	btf = btf__parse_raw(VMLINUX_BTF);
	if (!btf)
		return errno == ENOENT ? 0 : -errno;
	features->btf = true;
	features->tracepoints = has_tracepoints(btf);
	features->sk_storage =
		btf__find_by_name_kind(btf, "bpf_sk_storage_get_tracing", BTF_KIND_FUNC) > 0;
	features->atomics = has_member(btf, "bpf_prog_stats", "misses");
	features->retransmit_has_error =
		tracepoint_arguments(btf, "btf_trace_tcp_retransmit_skb") > 2;
	return 0;
}
