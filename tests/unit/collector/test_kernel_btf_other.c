/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The features of other kernels. This file writes their BTF. */
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "kernel_btf.h"
#include "protocol/tracepoints.h"
#include "support/failing_calls.h"

#define GAP 16 /* bytes of types before the names */

static char file[] = "/tmp/test-kernel-btf-XXXXXX";
static size_t most_bytes = SIZE_MAX; /* of one read */
static unsigned fds_before;

int __real_open64(const char *path, int flags, ...);
REPLACED_CALL(int, open64, (const char *path, int flags, ...))
{
	cr_assert_str_eq(path, "/sys/kernel/btf/vmlinux");
	return failing_calls_now("open64") ? -1 : __real_open64(file, flags);
}

ssize_t __real_pread64(int fd, void *data, size_t size, off_t at);
REPLACED_CALL(ssize_t, pread64, (int fd, void *data, size_t size, off_t at))
{
	if (failing_calls_now("pread64"))
		return -1;
	return __real_pread64(fd, data, size < most_bytes ? size : most_bytes, at);
}

FAILING_CALL(void *, NULL, malloc, (size_t size), (size))

#define TYPE(number, name, tracepoint, function, purpose) "btf_trace_" tracepoint,
static const char *const types[] = {TRACEPOINTS(TYPE)};
static const char *const functions[] = {
	"bpf_sk_storage_get_tracing", "__kernel_is_locked_down", "recursion_misses"};

/* Writes the BTF of a kernel that has all these names, except that `missing` is longer. */
static void write_btf(const char *missing)
{
	struct btf_header header = {.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = GAP,
		.str_off = GAP};
	FILE *to = fopen(file, "we");
	const char *names[ARRAY_SIZE(types) + ARRAY_SIZE(functions)];

	memcpy(names, types, sizeof(types));
	memcpy(names + ARRAY_SIZE(types), functions, sizeof(functions));
	cr_assert_not_null(to);
	fseek(to, sizeof(header) + GAP, SEEK_SET);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *more = strcmp(names[i], missing) == 0 ? "_other" : "";

		header.str_len += (uint32_t)fprintf(to, "%s%s%c", names[i], more, '\0');
	}
	rewind(to);
	fwrite(&header, sizeof(header), 1, to);
	fclose(to);
}

static void setup(void)
{
	int fd = mkstemp(file);

	cr_assert_geq(fd, 0);
	close(fd);
	write_btf("");
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	unlink(file);
}

TestSuite(kernel_btf_other, .init = setup, .fini = teardown);

static struct kernel_features features_of(int r)
{
	struct kernel_features features;

	cr_assert_eq(kernel_btf_features(&features), r);
	cr_assert_eq(features.btf, r == 0);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
	return features;
}

Test(kernel_btf_other, has_everything)
{
	struct kernel_features features = features_of(0);

	cr_assert_null(features.missing_tracepoint);
	cr_assert(features.sk_storage && features.hidden_lockdown && features.atomics);
}

/* sysfs returns a page for each read. */
Test(kernel_btf_other, has_everything_in_many_reads)
{
	for (most_bytes = 1; most_bytes < 8; most_bytes++)
		cr_assert_null(features_of(0).missing_tracepoint, "%zu", most_bytes);
}

Test(kernel_btf_other, has_no_tracepoint)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		write_btf(types[i]);
		cr_assert_not_null(features_of(0).missing_tracepoint, "%s", types[i]);
	}
	write_btf("btf_trace_tcp_send_reset");
	cr_assert_str_eq(features_of(0).missing_tracepoint, "tcp_send_reset (resets sent)");
}

Test(kernel_btf_other, has_no_function)
{
	write_btf("bpf_sk_storage_get_tracing");
	cr_assert_not(features_of(0).sk_storage);
	write_btf("__kernel_is_locked_down");
	cr_assert_not(features_of(0).hidden_lockdown);
	write_btf("recursion_misses");
	cr_assert_not(features_of(0).atomics);
}

Test(kernel_btf_other, has_no_btf)
{
	struct kernel_features features;

	failing_calls_set("open64", 1, ENOENT);
	cr_assert_eq(kernel_btf_features(&features), 0, "this is not an error");
	cr_assert_not(features.btf);
	failing_calls_set("open64", 1, EACCES);
	features_of(-EACCES);
}

Test(kernel_btf_other, cannot_be_read)
{
	failing_calls_set("pread64", 1, EIO);
	features_of(-EIO);
	failing_calls_set("pread64", 2, EPERM);
	features_of(-EPERM);
	failing_calls_set("malloc", 1, ENOMEM);
	features_of(-ENOMEM);
}

Test(kernel_btf_other, is_damaged)
{
	struct stat st;
	FILE *to;

	cr_assert_eq(stat(file, &st), 0);
	cr_assert_eq(truncate(file, st.st_size - 1), 0);
	features_of(-EBADMSG);
	cr_assert_eq(truncate(file, sizeof(struct btf_header) - 1), 0);
	features_of(-EBADMSG);
	write_btf("");
	to = fopen(file, "r+e");
	fputc('x', to); /* in the magic number */
	fclose(to);
	features_of(-EBADMSG);
}
