/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "mib.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pid_namespace.h"

/* Uses standard input if it is a regular file of procfs that parses like /proc/net/snmp. */
static int open_stdin(struct mib *mib)
{
	struct statfs fs;
	struct stat st;

	if (fstat(STDIN_FILENO, &st) || !S_ISREG(st.st_mode) || fstatfs(STDIN_FILENO, &fs) ||
		fs.f_type != PROC_SUPER_MAGIC)
		return -ENOENT;
	mib->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return mib->fd < 0 ? -errno : mib_read(mib);
}

static int open_path(struct mib *mib, const char *path)
{
	mib->fd = open(path, O_RDONLY | O_CLOEXEC);
	return mib->fd < 0 ? -errno : mib_read(mib);
}

static bool own_netns_is(uint32_t host_netns)
{
	struct stat st;

	return !stat("/proc/self/ns/net", &st) && st.st_ino == host_netns;
}

/*
 * Opens /proc/1/net/snmp, if this is the host's PID namespace. systemd may have opened the file as
 * standard input.
 */
static int open_first_process(struct mib *mib)
{
	int r;

	if (!pid_namespace_is_first())
		return -EXDEV;
	r = open_stdin(mib);
	if (!r)
		return 0;
	mib_deinit(mib);
	r = open_path(mib, "/proc/1/net/snmp");
	if (r)
		mib_deinit(mib);
	return r;
}

int mib_init(struct mib *mib, uint32_t host_netns)
{
	int r;

	*mib = (struct mib){.fd = -1};
	r = open_first_process(mib);
	if (!r)
		return 0;
	if (!own_netns_is(host_netns))
		return r;
	r = open_path(mib, "/proc/self/net/snmp");
	if (r)
		mib_deinit(mib);
	return r;
}

void mib_deinit(struct mib *mib)
{
	if (mib->fd >= 0)
		close(mib->fd);
	mib->fd = -1;
}

/* Finds the value of `name`. `names` and `values` are the two lines that start with "Tcp:". */
static bool column(const char *names, const char *values, const char *name, uint64_t *value)
{
	size_t length = strlen(name);

	for (;;) {
		names += strcspn(names, " \n");
		values += strcspn(values, " \n");
		if (*names != ' ' || *values != ' ')
			return false;
		names++;
		values++;
		if (!strncmp(names, name, length) &&
			(names[length] == ' ' || names[length] == '\n')) {
			char *end;

			*value = strtoull(values, &end, 10);
			/* A truncated text may end within the number. */
			return *values >= '0' && *values <= '9' && (*end == ' ' || *end == '\n');
		}
	}
}

int mib_parse(struct mib *mib, const char *text)
{
	const char *names = strstr(text, "Tcp:");
	const char *values = names ? strstr(names + 4, "\nTcp:") : NULL;
	uint64_t retrans, out, resets;

	if (!values || !column(names, values + 1, "RetransSegs", &retrans) ||
		!column(names, values + 1, "OutSegs", &out) ||
		!column(names, values + 1, "OutRsts", &resets))
		return -EBADMSG;
	mib->retrans_segs = retrans;
	mib->out_segs = out;
	mib->out_rsts = resets;
	return 0;
}

int mib_read(struct mib *mib)
{
	/* The lines before the Tcp lines may have a count for each of 256 ICMP types in each
	 * direction: at most 17 KiB (icmpmsg_put(), net/ipv4/proc.c). */
	static char text[32 * 1024];
	ssize_t n;

	if (mib->fd < 0)
		return -EBADF;
	n = pread(mib->fd, text, sizeof(text) - 1, 0);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return mib_parse(mib, text);
}
