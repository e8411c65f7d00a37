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

/* Returns the text after "`name`:" at the start of a line, or NULL. */
static const char *find_value(const char *text, const char *name)
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
	char text[1024]; /* for 15 lines (bpf_prog_show_fdinfo(), kernel/bpf/syscall.c) */
	const char *number;
	char *end;
	ssize_t n = pread(file, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	number = find_value(text, name);
	if (!number)
		return -ENODATA;
	number += strspn(number, "\t ");
	if (*number < '0' || *number > '9')
		return -ENODATA;
	*value = strtoull(number, &end, 10);
	return *end == '\n' ? 0 : -ENODATA; /* otherwise the text was truncated */
}
