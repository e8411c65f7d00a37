/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "iterator.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"

int iterator_step(int iterator)
{
	char nothing[64]; /* the programs write nothing to it */
	ssize_t n = read(iterator, nothing, sizeof(nothing));

	if (n > 0 || (n < 0 && errno == EINTR))
		return -EAGAIN;
	return n < 0 ? -errno : 0;
}

int iterator_run(int link)
{
	_cleanup_close_ int fd = bpf_iter_create(link);
	int r;

	if (fd < 0)
		return -errno;
	do {
		r = iterator_step(fd);
	} while (r == -EAGAIN);
	return r;
}
