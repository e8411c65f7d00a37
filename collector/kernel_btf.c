/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "kernel_btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "protocol/tracepoints.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/* The names of all types, members and functions of the kernel, zero-terminated. */
struct names {
	char *text;
	size_t size;
};

/* Also finds a longer name that ends with `name`. No kernel has one. */
static bool has_name(const struct names *names, const char *name)
{
	return memmem(names->text, names->size, name, strlen(name) + 1);
}

static const char *missing_tracepoint(const struct names *names)
{
#define TRACEPOINT(number, name, tracepoint, function, purpose)                                    \
	{"btf_trace_" tracepoint, tracepoint " (" purpose ")"},
	static const struct {
		const char *type, *text;
	} tracepoints[] = {TRACEPOINTS(TRACEPOINT)};
#undef TRACEPOINT

	for (size_t i = 0; i < ARRAY_SIZE(tracepoints); i++)
		if (!has_name(names, tracepoints[i].type))
			return tracepoints[i].text;
	return NULL;
}

/* sysfs returns at most one page for each read. */
static int read_at(int fd, void *to, size_t size, off_t at)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, (char *)to + done, size - done, at + (off_t)done);

		if (n <= 0)
			return n ? -errno : -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

static int read_names(int fd, struct names *names)
{
	struct btf_header header;
	int r = read_at(fd, &header, sizeof(header), 0);

	if (r)
		return r;
	if (header.magic != BTF_MAGIC)
		return -EBADMSG;
	names->text = malloc(header.str_len);
	if (!names->text)
		return -ENOMEM;
	names->size = header.str_len;
	return read_at(fd, names->text, names->size, (off_t)header.hdr_len + header.str_off);
}

int kernel_btf_features(struct kernel_features *features)
{
	_cleanup_close_ int fd = open(VMLINUX_BTF, O_RDONLY | O_CLOEXEC);
	struct names names = {0};
	int r;

	*features = (struct kernel_features){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = read_names(fd, &names);
	if (!r) {
		features->btf = true;
		features->missing_tracepoint = missing_tracepoint(&names);
		features->sk_storage = has_name(&names, "bpf_sk_storage_get_tracing");
		features->hidden_lockdown = has_name(&names, "__kernel_is_locked_down");
		/* No name in BTF shows atomics. recursion_misses came with the same release. */
		features->atomics = has_name(&names, "recursion_misses");
	}
	free(names.text);
	return r;
}
