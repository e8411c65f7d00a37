/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What a program does with the descriptors that its parent left open or closed. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "support/failing_calls.h"

static bool is_closed[3]; /* the standard streams that the parent has closed */
static unsigned opened;
static int closed_from;

int __real_open64(const char *path, int flags, ...);
REPLACED_CALL(int, open64, (const char *path, int flags, ...))
{
	cr_assert_str_eq(path, "/dev/null");
	if (failing_calls_now("open64"))
		return -1;
	opened++;
	return __real_open64(path, flags);
}

/* The test's own streams stay open, because criterion reports through them. */
int __real_fcntl64(int fd, int command, ...);
REPLACED_CALL(int, fcntl64, (int fd, int command, ...))
{
	return fd <= STDERR_FILENO && is_closed[fd] ? -1 : __real_fcntl64(fd, command);
}

REPLACED_CALL(void, closefrom, (int fd))
{
	closed_from = fd;
}

FAILING_CALL(int, -1, dup2, (int from, int to), (from, to))

Test(descriptors, open)
{
	cr_assert_eq(descriptors_init(), 0);
	cr_assert_eq(opened, 0);
	cr_assert_eq(closed_from, 3);
}

Test(descriptors, closed)
{
	is_closed[1] = is_closed[2] = true;
	cr_assert_eq(descriptors_init(), 0);
	cr_assert_eq(opened, 2);
	is_closed[0] = true;
	cr_assert_eq(descriptors_init(), 0);
	cr_assert_eq(opened, 2 + 3);
}

/* The next file of the program could otherwise become its standard error. */
Test(descriptors, cannot_be_opened)
{
	is_closed[2] = true;
	closed_from = 0;
	failing_calls_set("open64", 1, ENOENT);
	cr_assert_eq(descriptors_init(), -ENOENT);
	cr_assert_eq(closed_from, 0);
}

Test(descriptors, drops_input)
{
	int fd = memfd_create("input", 0);
	unsigned before;
	struct stat st;

	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	before = failing_calls_open_fds();
	failing_calls_set("open64", 1, EMFILE);
	cr_assert_eq(descriptors_drop_input(), -EMFILE);
	failing_calls_set("dup2", 1, EBUSY);
	cr_assert_eq(descriptors_drop_input(), -EBUSY);
	cr_assert_eq(fstat(STDIN_FILENO, &st), 0);
	cr_assert(S_ISREG(st.st_mode));
	cr_assert_eq(descriptors_drop_input(), 0);
	cr_assert_eq(fstat(STDIN_FILENO, &st), 0);
	cr_assert(S_ISCHR(st.st_mode));
	cr_assert_eq(failing_calls_open_fds(), before);
}
