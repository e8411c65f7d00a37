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

static bool has_tracepoint(const struct btf *btf, const char *typedef_name)
{
	return btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF) > 0;
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

int kernel_btf_features(struct kernel_features *features)
{
	_cleanup_btf_ struct btf *btf = NULL;

	*features = (struct kernel_features){0};
	btf = btf__parse_raw(VMLINUX_BTF);
	if (!btf)
		return errno == ENOENT ? 0 : -errno;
	features->btf = true;
	features->tracepoints = has_tracepoint(btf, "btf_trace_tcp_retransmit_skb") &&
				has_tracepoint(btf, "btf_trace_tcp_retransmit_synack") &&
				has_tracepoint(btf, "btf_trace_tcp_destroy_sock") &&
				has_tracepoint(btf, "btf_trace_inet_sock_set_state");
	features->sk_storage =
		btf__find_by_name_kind(btf, "bpf_sk_storage_get_tracing", BTF_KIND_FUNC) > 0;
	features->atomics = has_member(btf, "bpf_prog_stats", "misses");
	return 0;
}

int kernel_btf_retransmit_has_error(bool *has_error)
{
	_cleanup_btf_ struct btf *btf = btf__parse_raw(VMLINUX_BTF);
	const struct btf_type *type;
	int id;

	if (!btf)
		return -errno;
	id = btf__find_by_name_kind(btf, "btf_trace_tcp_retransmit_skb", BTF_KIND_TYPEDEF);
	if (id < 0)
		return id;
	/* typedef -> pointer -> function; its first parameter is the tracepoint's own data. */
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	type = btf__type_by_id(btf, type->type);
	*has_error = btf_vlen(type) > 3;
	return 0;
}
