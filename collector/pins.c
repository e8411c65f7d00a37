/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "protocol/codec.h"

/* Names of all pins except programs and links. bpffs allows no dot in a name. */
static const char *const names[HANDLES] = {
	[HANDLE_RING] = "ring",
	[HANDLE_COUNTERS] = "counters",
	[HANDLE_CGROUP_PATHS] = "cgroup_paths",
	[HANDLE_PROCESSES] = "processes",
	[HANDLE_SOCKETS] = "sockets",
	[HANDLE_SWEEP] = "sweep",
	[HANDLE_FILES] = "files",
	/* The identity is pinned first and removed last. It marks a collector's directory. */
	[HANDLE_IDENTITY] = "identity",
};

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}
#define _cleanup_directory_ __attribute__((cleanup(close_directory)))

static int path_of(char path[PATH_MAX], const char *directory, size_t handle)
{
	const char *kind = "", *name = names[handle];
	int n;

	if (handle >= HANDLE_PROGRAM && handle < HANDLE_LINK) {
		kind = "program_";
		name = wire_program_name((unsigned)handle - HANDLE_PROGRAM);
	} else if (handle >= HANDLE_LINK && handle < HANDLE_IDENTITY) {
		kind = "link_";
		name = wire_program_name((unsigned)handle - HANDLE_LINK);
	}
	n = snprintf(path, PATH_MAX, "%s/%s%s", directory, kind, name);
	return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/*
 * Checks that the parent directory is in bpffs. In another file system mkdir(2) would make an
 * ordinary directory, or fail with a misleading error.
 */
static int check_parent(const char *directory)
{
	char copy[PATH_MAX]; /* pins_make() has found that the path is not longer */
	struct statfs fs;

	snprintf(copy, sizeof(copy), "%s", directory);
	if (statfs(dirname(copy), &fs))
		return -errno;
	return fs.f_type == BPF_FS_MAGIC ? 0 : -ENOTSUP;
}

int pins_make(const char *directory)
{
	struct stat st;

	if (lstat(directory, &st) && errno == ENOENT) {
		int r = check_parent(directory);

		if (r)
			return r;
		/* With EEXIST, another process has just made the directory. */
		if (mkdir(directory, 0700) && errno != EEXIST)
			return -errno;
	}
	if (lstat(directory, &st))
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)) ? 0 : -EPERM;
}

/* Opens the directory. Fails for a symbolic link, and outside bpffs. */
static int open_directory(const char *directory)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs))
		return -errno;
	return fs.f_type == BPF_FS_MAGIC ? cleanup_take_fd(&fd) : -ENOTSUP;
}

int pins_lock(const char *directory)
{
	_cleanup_close_ int fd = open_directory(directory);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return cleanup_take_fd(&fd);
}

int pins_save(const char *directory, const struct handles *handles)
{
	int r = 0;

	/* The loop starts with the last handle, which is the identity. */
	for (size_t n = HANDLES; !r && n > 0; n--) {
		size_t i = n - 1;
		char path[PATH_MAX];

		r = path_of(path, directory, i);
		if (!r && bpf_obj_pin(handles->fd[i], path))
			r = -errno;
	}
	if (r)
		(void)pins_remove(directory);
	return r;
}

int pins_load(const char *directory, struct handles *handles)
{
	int r = 0;

	handles_init(handles);
	/* The loop starts with the last handle, which is the identity. */
	for (size_t n = HANDLES; !r && n > 0; n--) {
		size_t i = n - 1;
		char path[PATH_MAX];

		r = path_of(path, directory, i);
		if (!r)
			handles->fd[i] = bpf_obj_get(path);
		if (!r && handles->fd[i] < 0)
			r = errno == ENOENT && i != HANDLE_IDENTITY ? -ENODATA : -errno;
	}
	if (r)
		handles_close(handles);
	return r;
}

/* Removes all entries except the identity. Fails if there are entries but no identity. */
static int remove_others(DIR *directory, bool has_identity)
{
	int r = 0;

	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return r ? r : -errno;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			strcmp(entry->d_name, names[HANDLE_IDENTITY]) == 0)
			continue;
		if (!has_identity)
			return -ENOTEMPTY;
		if (unlinkat(dirfd(directory), entry->d_name, 0))
			r = r ? r : -errno;
	}
}

/*
 * Removes every entry, because another build may have pinned other names. A program whose BPF link
 * stays pinned would count forever. unlinkat(2) does not follow symbolic links and does not remove
 * directories.
 */
int pins_remove(const char *directory)
{
	_cleanup_close_ int fd = open_directory(directory);
	_cleanup_directory_ DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const char *identity = names[HANDLE_IDENTITY];
	struct stat st;
	int r;

	if (!entries)
		return fd < 0 ? fd : -errno;
	(void)cleanup_take_fd(&fd); /* closedir(3) closes it */
	if (fstatat(dirfd(entries), identity, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? remove_others(entries, false) : -errno;
	r = remove_others(entries, true);
	if (!r && unlinkat(dirfd(entries), identity, 0))
		r = -errno;
	return r;
}

const char *pins_problem(int r)
{
	switch (r) {
	case -EBUSY:
		return "another collector is using it";
	case -EPERM:
		return "it must belong to this user, and no other user may write to it; only root "
		       "can create the directory";
	case -ENOTEMPTY:
		return "it contains entries that no collector pinned";
	case -ENOTSUP:
		return "it is not in bpffs; give a directory below /sys/fs/bpf (if nothing is mounted "
		       "there: mount -t bpf -o mode=0700 bpf /sys/fs/bpf)";
	default:
		return strerror(-r);
	}
}
