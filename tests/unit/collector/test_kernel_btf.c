/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares the features found in the running kernel's BTF with its symbols. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "kernel_btf.h"
#include "protocol/tracepoints.h"

static void need_btf(void)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		cr_skip_test("cannot read the BTF of this kernel");
}

/* Whether kallsyms has a symbol. Any user may read the names, only root the addresses. */
static bool kernel_has(const char *symbol)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char name[512];
	bool found = false;

	cr_assert_not_null(file);
	while (!found && fscanf(file, "%*s %*s %511s%*[^\n]", name) == 1)
		found = !strcmp(name, symbol);
	fclose(file);
	return found;
}

Test(kernel_btf, features)
{
#define SYMBOL(number, name, tracepoint, function, purpose)                                        \
	{"__traceiter_" tracepoint, tracepoint " (" purpose ")"},
	static const char *const symbols[][2] = {TRACEPOINTS(SYMBOL)};
	const char *missing = NULL;
	struct kernel_features features;

	need_btf();
	cr_assert_eq(kernel_btf_features(&features), 0);
	cr_assert(features.btf);
	cr_assert_eq(features.sk_storage, kernel_has("bpf_sk_storage_get_tracing"));
	cr_assert_eq(features.hidden_lockdown, kernel_has("__kernel_is_locked_down"));
	for (size_t i = 0; i < ARRAY_SIZE(symbols) && !missing; i++)
		if (!kernel_has(symbols[i][0]))
			missing = symbols[i][1];
	if (missing)
		cr_assert_str_eq(features.missing_tracepoint, missing);
	else
		cr_assert_null(features.missing_tracepoint);
	/* A kernel with this function has recursion_misses. The test finds `atomics` by this. */
	if (kernel_has("bpf_prog_inc_misses_counter"))
		cr_assert(features.atomics);
}
