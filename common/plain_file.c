/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "common/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

/* Returns the size, or a negative errno. */
static ssize_t check_file(int fd, size_t max_bytes)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EMEDIUMTYPE;
	return (uint64_t)status.st_size > max_bytes ? -EFBIG : (ssize_t)status.st_size;
}

/* Copies at most `size` bytes, although the file may be growing. */
static int copy(FILE *to, int fd, size_t size)
{
	char part[4096];

	while (size > 0) {
		ssize_t n = read(fd, part, size < sizeof(part) ? size : sizeof(part));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		if (fwrite(part, 1, (size_t)n, to) != (size_t)n)
			return -EIO;
		size -= (size_t)n;
	}
	if (fflush(to))
		return -errno;
	rewind(to);
	return 0;
}

int plain_file_open(FILE **file, const char *path, size_t max_bytes)
{
	/* With O_NONBLOCK the open of a FIFO returns at once. On a regular file it has no effect. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t size = fd < 0 ? -errno : check_file(fd, max_bytes);
	FILE *memory;
	int r;

	if (size < 0)
		return (int)size;
	/* One more byte, for the zero that fmemopen(3) appends. */
	memory = fmemopen(NULL, (size_t)size + 1, "w+");
	if (!memory)
		return -errno;
	r = copy(memory, fd, (size_t)size);
	if (r < 0)
		fclose(memory);
	else
		*file = memory;
	return r;
}

const char *plain_file_error(int r)
{
	return r == -EMEDIUMTYPE ? "not a regular file" : strerror(-r);
}
