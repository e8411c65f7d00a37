/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "codec.h"

/* But of programs and links, which have their own. bpffs takes no name with a dot. */
static const char *const names[HANDLES] = {
	[HANDLE_RING] = "ring",
	[HANDLE_COUNTERS] = "counters",
	[HANDLE_CGROUP_PATHS] = "cgroup_paths",
	[HANDLE_SOCKETS] = "sockets",
	[HANDLE_SWEEP] = "sweep",
	/* Last: where it is, everything is. */
	[HANDLE_IDENTITY] = "identity",
};

static int path_of(char path[PATH_MAX], const char *directory, size_t handle)
{
	const char *kind = "", *name = names[handle];
	int n;

	if (handle >= HANDLE_PROGRAM && handle < HANDLE_IDENTITY) {
		kind = handle < HANDLE_LINK ? "program_" : "link_";
		name = wire_program_name((unsigned)(handle - HANDLE_PROGRAM) % WIRE_PROGRAMS);
	}
	n = snprintf(path, PATH_MAX, "%s/%s%s", directory, kind, name);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int pins_make(const char *directory)
{
	return mkdir(directory, 0700) && errno != EEXIST ? -errno : 0;
}

int pins_lock(const char *directory)
{
	_cleanup_close_ int fd = -1;
	struct statfs fs;

	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs))
		return -errno;
	if (fs.f_type != BPF_FS_MAGIC)
		return -ENOTSUP;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return cleanup_take_fd(&fd);
}

int pins_save(const char *directory, const struct handles *handles)
{
	int err = 0;

	for (size_t i = 0; !err && i < HANDLES; i++) {
		char path[PATH_MAX];

		err = path_of(path, directory, i);
		if (!err && bpf_obj_pin(handles->fd[i], path))
			err = -errno;
	}
	if (err)
		(void)pins_remove(directory);
	return err;
}

static void close_all(struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++) {
		cleanup_close(&handles->fd[i]);
		handles->fd[i] = -1;
	}
}

int pins_load(const char *directory, struct handles *handles)
{
	int err = 0;

	for (size_t i = 0; i < HANDLES; i++)
		handles->fd[i] = -1;
	for (size_t i = 0; !err && i < HANDLES; i++) {
		char path[PATH_MAX];

		err = path_of(path, directory, i);
		if (!err)
			handles->fd[i] = bpf_obj_get(path);
		if (!err && handles->fd[i] < 0)
			err = -errno;
	}
	if (err)
		close_all(handles);
	return err;
}

int pins_remove(const char *directory)
{
	int err = 0;

	/* The identity first, so that what is left of an interrupted removal is never taken over. */
	for (size_t i = HANDLES; i-- > 0;) {
		char path[PATH_MAX];
		int r = path_of(path, directory, i);

		if (!r && unlink(path) && errno != ENOENT)
			r = -errno;
		err = err ? err : r;
	}
	return err;
}
