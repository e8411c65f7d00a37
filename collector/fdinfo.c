/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fdinfo_open(int fd)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	return file < 0 ? -errno : file;
}

/* What follows the name and its colon, in the line that begins with them, or NULL. */
static const char *find(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, name, length) && text[length] == ':')
			return text + length + 1;
	}
	return NULL;
}

int fdinfo_read(int file, const char *name, uint64_t *value)
{
	char text[1024]; /* 15 lines at most: bpf_prog_show_fdinfo(), kernel/bpf/syscall.c */
	const char *number;
	char *end;
	ssize_t n = pread(file, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	number = find(text, name);
	if (!number)
		return -ENODATA;
	number += strspn(number, "\t ");
	if (*number < '0' || *number > '9')
		return -ENODATA;
	*value = strtoull(number, &end, 10);
	return *end == '\n' ? 0 : -ENODATA; /* else it was cut short */
}
