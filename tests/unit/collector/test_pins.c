/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Pins in a directory that this file presents as bpffs: an ordinary one, whose pins are files. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pins.h"
#include "support/failing_calls.h"

static unsigned fs_magic = BPF_FS_MAGIC;
static char parent[] = "/tmp/test-pins-XXXXXX", directory[64];
static char pinned_first[PATH_MAX], removed_last[PATH_MAX];
static struct handles handles;
static unsigned fds_before;

REPLACED_CALL(int, bpf_obj_pin, (int fd, const char *path))
{
	int file = failing_calls_now("bpf_obj_pin") ? -1 : open(path, O_CREAT | O_EXCL, 0600);

	cr_assert_null(strchr(strrchr(path, '/'), '.'), "bpffs allows no dot");
	if (file >= 0 && !*pinned_first)
		snprintf(pinned_first, sizeof(pinned_first), "%s", path);
	(void)fd;
	return file < 0 ? -1 : close(file);
}

REPLACED_CALL(int, bpf_obj_get, (const char *path))
{
	return failing_calls_now("bpf_obj_get") ? -1 : open(path, O_RDONLY);
}

int __real_unlinkat(int fd, const char *path, int flags);
REPLACED_CALL(int, unlinkat, (int fd, const char *path, int flags))
{
	if (failing_calls_now("unlinkat") ||
		(strcmp(path, "identity") == 0 && failing_calls_now("unlinkat identity")))
		return -1;
	snprintf(removed_last, sizeof(removed_last), "%s", path);
	return __real_unlinkat(fd, path, flags);
}

int __real_fstatfs64(int fd, struct statfs *fs);
REPLACED_CALL(int, fstatfs64, (int fd, struct statfs *fs))
{
	if (failing_calls_now("fstatfs64") || __real_fstatfs64(fd, fs))
		return -1;
	fs->f_type = fs_magic;
	return 0;
}

int __real_statfs64(const char *path, struct statfs *fs);
REPLACED_CALL(int, statfs64, (const char *path, struct statfs *fs))
{
	if (failing_calls_now("statfs64") || __real_statfs64(path, fs))
		return -1;
	cr_assert_str_eq(path, parent);
	fs->f_type = fs_magic;
	return 0;
}

int __real_mkdir(const char *path, mode_t mode);
REPLACED_CALL(int, mkdir, (const char *path, mode_t mode))
{
	int r;

	if (failing_calls_now("mkdir"))
		return -1;
	r = __real_mkdir(path, mode);
	return failing_calls_now("mkdir by another process") ? -1 : r;
}

FAILING_CALL(int, -1, lstat64, (const char *path, struct stat *st), (path, st))
FAILING_CALL(int, -1, fstatat64, (int fd, const char *path, struct stat *st, int flags),
	(fd, path, st, flags))
FAILING_CALL(int, -1, flock, (int fd, int how), (fd, how))
FAILING_CALL(DIR *, NULL, fdopendir, (int fd), (fd))
FAILING_CALL(struct dirent *, NULL, readdir64, (DIR * entries), (entries))

/* Returns the number of entries of the directory, or -1 if there is no directory. */
static int entries(void)
{
	DIR *open_directory = opendir(directory);
	int n = -2; /* "." and ".." */

	if (!open_directory)
		return -1;
	while (__real_readdir64(open_directory))
		n++;
	closedir(open_directory);
	return n;
}

static void make_entry(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_CREAT | O_EXCL, 0600);
	cr_assert_geq(fd, 0);
	close(fd);
}

static void remove_entry(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	cr_assert_eq(unlink(path), 0, "%s", path);
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(parent));
	snprintf(directory, sizeof(directory), "%s/pins", parent);
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	char command[128];

	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
	snprintf(command, sizeof(command), "rm -r %s", parent);
	cr_assert_eq(system(command), 0);
}

TestSuite(pins, .init = setup, .fini = teardown);

static void make_and_save(void)
{
	cr_assert_eq(pins_make(directory), 0);
	cr_assert_eq(pins_save(directory, &handles), 0);
	cr_assert_eq(entries(), HANDLES);
}

Test(pins, makes_a_private_directory)
{
	struct stat st;

	umask(0);
	cr_assert_eq(pins_make(directory), 0);
	cr_assert_eq(__real_lstat64(directory, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	cr_assert_eq(pins_make(directory), 0, "an existing directory");
	chmod(directory, 0720);
	cr_assert_eq(pins_make(directory), -EPERM);
	chmod(directory, 0702);
	cr_assert_eq(pins_make(directory), -EPERM);
}

Test(pins, makes_no_directory_outside_of_bpffs)
{
	fs_magic = TMPFS_MAGIC;
	cr_assert_eq(pins_make(directory), -ENOTSUP);
	cr_assert_eq(entries(), -1);
	fs_magic = BPF_FS_MAGIC;
	failing_calls_set("statfs64", 1, EACCES);
	cr_assert_eq(pins_make(directory), -EACCES);
	cr_assert_eq(entries(), -1);
}

Test(pins, a_directory_cannot_be_made)
{
	failing_calls_set("mkdir", 1, EROFS);
	cr_assert_eq(pins_make(directory), -EROFS);
	failing_calls_set("lstat64", 1, EACCES);
	cr_assert_eq(pins_make(directory), -ENOENT, "only a missing directory is made");
	cr_assert_eq(entries(), -1);
	failing_calls_set("mkdir by another process", 1, EEXIST);
	cr_assert_eq(pins_make(directory), 0);
	failing_calls_assert_made();
}

Test(pins, two_collectors_cannot_hold_the_lock)
{
	int lock, again;

	cr_assert_eq(pins_lock(directory), -ENOENT);
	cr_assert_eq(pins_make(directory), 0);
	lock = pins_lock(directory);
	cr_assert_geq(lock, 0);
	cr_assert(fcntl(lock, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(pins_lock(directory), -EBUSY);
	close(lock);
	again = pins_lock(directory);
	cr_assert_geq(again, 0);
	close(again);
}

Test(pins, no_lock)
{
	cr_assert_eq(pins_make(directory), 0);
	failing_calls_set("flock", 1, ENOLCK);
	cr_assert_eq(pins_lock(directory), -ENOLCK);
	failing_calls_set("fstatfs64", 1, EIO);
	cr_assert_eq(pins_lock(directory), -EIO);
	fs_magic = TMPFS_MAGIC;
	cr_assert_eq(pins_lock(directory), -ENOTSUP);
	cr_assert_eq(pins_remove(directory), -ENOTSUP);
}

/* A link could lead to a directory of another user. */
Test(pins, follows_no_link)
{
	cr_assert_eq(symlink("/tmp", directory), 0);
	cr_assert_eq(pins_make(directory), -EPERM);
	cr_assert_eq(pins_lock(directory), -ENOTDIR);
	cr_assert_eq(pins_remove(directory), -ENOTDIR);
}

/* Other versions and the documents name the pins. */
Test(pins, names)
{
	static const char *const names[] = {"ring", "counters", "cgroup_paths", "processes",
		"sockets", "sweep", "files", "identity", "program_tcp_send_reset",
		"link_tcp_send_reset"};

	make_and_save();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_entry(names[i]);
}

Test(pins, the_identity_exists_as_long_as_any_pin)
{
	make_and_save();
	cr_assert_str_eq(strrchr(pinned_first, '/'), "/identity");
	cr_assert_eq(pins_remove(directory), 0);
	cr_assert_str_eq(removed_last, "identity");
	cr_assert_eq(entries(), 0);
}

Test(pins, a_failed_save_leaves_nothing)
{
	cr_assert_eq(pins_make(directory), 0);
	for (unsigned at = 1; at <= HANDLES; at += HANDLES - 1) {
		failing_calls_set("bpf_obj_pin", at, ENOSPC);
		cr_assert_eq(pins_save(directory, &handles), -ENOSPC);
		failing_calls_assert_made();
		cr_assert_eq(entries(), 0);
	}
}

Test(pins, a_path_that_is_too_long)
{
	char longest[PATH_MAX];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_assert_eq(pins_save(longest, &handles), -ENAMETOOLONG);
	cr_assert_eq(pins_load(longest, &handles), -ENAMETOOLONG);
	cr_assert_eq(pins_make(longest), -ENAMETOOLONG);
}

Test(pins, loads_every_handle)
{
	make_and_save();
	cr_assert_eq(pins_load(directory, &handles), 0);
	cr_assert_eq(failing_calls_open_fds(), fds_before + HANDLES);
	for (size_t i = 0; i < HANDLES; i++)
		cr_assert_eq(close(handles.fd[i]), 0, "handle %zu", i);
}

static void assert_load_fails(int r)
{
	cr_assert_eq(pins_load(directory, &handles), r);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
	for (size_t i = 0; i < HANDLES; i++)
		cr_assert_eq(handles.fd[i], -1);
}

Test(pins, loads_all_or_nothing)
{
	assert_load_fails(-ENOENT);
	make_and_save();
	failing_calls_set("bpf_obj_get", 1, EACCES);
	assert_load_fails(-EACCES);
	failing_calls_set("bpf_obj_get", HANDLES, EMFILE);
	assert_load_fails(-EMFILE);
	remove_entry("ring");
	assert_load_fails(-ENODATA);
	remove_entry("identity");
	assert_load_fails(-ENOENT);
}

/* Another build may have pinned other names. */
Test(pins, removes_what_other_builds_pinned)
{
	make_and_save();
	make_entry("another");
	cr_assert_eq(pins_remove(directory), 0);
	cr_assert_eq(entries(), 0);
	cr_assert_eq(pins_remove(directory), 0, "an empty directory");
}

Test(pins, removes_nothing_without_an_identity)
{
	cr_assert_eq(pins_make(directory), 0);
	make_entry("another");
	cr_assert_eq(pins_remove(directory), -ENOTEMPTY);
	cr_assert_eq(entries(), 1);
}

Test(pins, the_identity_stays_if_another_pin_stays)
{
	make_and_save();
	failing_calls_set("unlinkat", 1, EPERM);
	cr_assert_eq(pins_remove(directory), -EPERM);
	cr_assert_eq(entries(), 2, "the others are gone");
	remove_entry("identity");
}

Test(pins, a_failed_removal_is_the_result)
{
	static const char *const calls[] = {
		"fdopendir", "fstatat64", "readdir64", "unlinkat identity"};

	make_and_save();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i], 1, EIO);
		cr_assert_eq(pins_remove(directory), -EIO, "%s", calls[i]);
		failing_calls_assert_made();
	}
	cr_assert_eq(entries(), 1);
	cr_assert_eq(pins_remove(directory), 0);
}

Test(pins, problems)
{
	cr_assert_str_eq(pins_problem(-EBUSY), "another collector is using it");
	cr_assert(strstr(pins_problem(-EPERM), "must belong to this user"));
	cr_assert_str_eq(pins_problem(-ENOTEMPTY), "it contains entries that no collector pinned");
	cr_assert(strstr(pins_problem(-ENOTSUP), "mount -t bpf"));
	cr_assert_str_eq(pins_problem(-EIO), "Input/output error");
}
