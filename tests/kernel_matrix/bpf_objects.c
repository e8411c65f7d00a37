/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Prints the ids of the BPF programs, maps and links in the kernel, with one line for each kind.
 *
 * A test compares the ids. bpftool prints them, too, but it loads a BPF program of its own and
 * takes seconds on an emulated processor.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int print_ids(const char *kind, enum bpf_cmd next)
{
	union bpf_attr attr;
	int error;

	memset(&attr, 0, sizeof(attr));
	printf("%s", kind);
	while (!syscall(SYS_bpf, next, &attr, sizeof(attr))) {
		printf(" %u", attr.next_id);
		attr.start_id = attr.next_id;
	}
	error = errno;
	puts("");
	return error == ENOENT ? 0 : 1; /* ENOENT: this was the last object */
}

int main(void)
{
	int failed = print_ids("programs", BPF_PROG_GET_NEXT_ID);

	failed |= print_ids("maps", BPF_MAP_GET_NEXT_ID);
	failed |= print_ids("links", BPF_LINK_GET_NEXT_ID);
	return failed;
}
