/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "iterator.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"

int iterator_step(int *iterator, int link)
{
	char unused[64]; /* the BPF programs produce no output */
	int r;

	if (*iterator < 0)
		*iterator = bpf_iter_create(link);
	if (*iterator < 0)
		return -errno;
	r = read(*iterator, unused, sizeof(unused)) < 0 ? -errno : 0;
	/* read(2) fails with EAGAIN after a million objects. The next read(2) continues. */
	if (r == -EINTR || r == -EAGAIN)
		return -EAGAIN;
	cleanup_close(iterator);
	return r;
}

int iterator_run(int link)
{
	int iterator = -1, r;

	do {
		r = iterator_step(&iterator, link);
	} while (r == -EAGAIN);
	return r;
}
