/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "iterator.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"

int iterator_step(int *iterator, int link)
{
	char nothing[64]; /* the programs write nothing to it */
	ssize_t n;

	if (*iterator < 0)
		*iterator = bpf_iter_create(link);
	if (*iterator < 0)
		return -errno;
	n = read(*iterator, nothing, sizeof(nothing));
	/* After a million objects the kernel gives EAGAIN, and goes on there (bpf_seq_read()). */
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return -EAGAIN;
	n = n < 0 ? -errno : 0;
	cleanup_close(iterator);
	return (int)n;
}

int iterator_run(int link)
{
	int iterator = -1, r;

	do {
		r = iterator_step(&iterator, link);
	} while (r == -EAGAIN);
	return r;
}
