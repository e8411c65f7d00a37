/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* If a call fails, the exporter does not start, and the state file keeps its counts. */
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/failing_calls.h"
#include "support/state_fixture.h"

FAILING_CALL(void *, NULL, calloc, (size_t count, size_t size), (count, size))
FAILING_CALL(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
FAILING_CALL(int, -1, flock, (int fd, int how), (fd, how))
FAILING_CALL(int, -1, fstat64, (int fd, struct stat64 *status), (fd, status))
FAILING_CALL(int, -1, ftruncate64, (int fd, off64_t size), (fd, size))
FAILING_CALL(void *, MAP_FAILED, mmap64,
	(void *at, size_t size, int prot, int flags, int fd, off64_t from),
	(at, size, prot, flags, fd, from))
FAILING_CALL(int, failing_call.error, posix_fallocate64, (int fd, off64_t from, off64_t size),
	(fd, from, size))
FAILING_CALL(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))
FAILING_CALL(int, -1, rename, (const char *from, const char *to), (from, to))

static struct state_shape shape;
static struct bytes good;
static char path[128], aside[128];

static void setup(void)
{
	state_directory_make();
	shape = state_fixture_shape();
	strcpy(path, state_path("state"));
	strcpy(aside, state_path("state.bad"));
	good = state_fill("state");
}

static void teardown(void)
{
	state_directory_remove();
	free(good.data);
}

TestSuite(state_calls, .init = setup, .fini = teardown, .timeout = 120);

static void check_kept(const char *call)
{
	struct bytes kept = state_read(path);

	cr_assert_eq(kept.size, good.size, "%s: %zu bytes", call, kept.size);
	cr_assert_arr_eq(kept.data, good.data, good.size, "%s", call);
	cr_assert_neq(access(aside, F_OK), 0, "%s", call);
	free(kept.data);
}

/* Opens the file while a call fails. */
static void refuse(const char *call, unsigned at, int error)
{
	unsigned fds = failing_calls_open_fds();
	struct state *state;

	failing_calls_set(call, at, error);
	cr_assert_eq(state_open(&state, path, &shape), -error, "%s %u", call, at);
	failing_calls_assert_made();
	failing_calls_set(NULL, 0, 0);
	cr_assert_eq(failing_calls_open_fds(), fds, "%s: a descriptor stays open", call);
	check_kept(call);
}

Test(state_calls, keeps_the_file_if_it_cannot_be_opened)
{
	refuse("calloc", 1, ENOMEM);
	refuse("fstat64", 1, EIO);
	refuse("fchmod", 1, EPERM);
	refuse("flock", 1, ENOLCK);
	refuse("read", 1, EACCES); /* of the boot's id */
	refuse("fstat64", 2, EIO);
	refuse("mmap64", 1, ENOMEM); /* of the head */
	refuse("mmap64", 2, ENOMEM);
}

Test(state_calls, keeps_an_invalid_file_that_cannot_be_renamed)
{
	good.data[0]++; /* the magic */
	state_write(path, good);
	refuse("rename", 1, EACCES);
}

/* The next exporter starts with counts of zero. */
Test(state_calls, uses_a_file_that_was_not_finished)
{
	struct state *state;

	unlink(path);
	failing_calls_set("posix_fallocate64", 1, ENOSPC);
	cr_assert_eq(state_open(&state, path, &shape), -ENOSPC);
	failing_calls_set("mmap64", 1, ENOMEM);
	cr_assert_eq(state_open(&state, path, &shape), -ENOMEM);
	failing_calls_set(NULL, 0, 0);
	cr_assert_eq(state_open(&state, path, &shape), 0);
	state_close(state);
}

/* The path has room for its name, but not for that of the invalid file. */
Test(state_calls, keeps_an_invalid_file_with_a_long_path)
{
	static char longest[PATH_MAX];
	const char *name = strrchr(path, '/');
	size_t directory = (size_t)(name - path);
	struct state *state;

	good.data[0]++;
	state_write(path, good);
	memset(longest, '/', sizeof(longest) - strlen(".bad"));
	memcpy(longest, path, directory);
	strcpy(longest + sizeof(longest) - strlen(".bad") - strlen(name), name);
	cr_assert_eq(strlen(longest), PATH_MAX - strlen(".bad"));
	cr_assert_eq(state_open(&state, longest, &shape), -ENAMETOOLONG);
	check_kept("a long path");
}

/* Reshapes the file while a call fails. The next exporter must trust the file. */
static void refuse_shape(const char *call, int error, size_t groups_bytes)
{
	struct state_shape other = shape;
	struct state *state;

	other.sizes[STATE_GROUPS] = groups_bytes;
	state_write(path, good);
	cr_assert_eq(state_open(&state, path, &shape), 0);
	failing_calls_set(call, 1, error);
	cr_assert_eq(state_reshape(state, &other), -error, "%s", call);
	failing_calls_assert_made();
	failing_calls_set(NULL, 0, 0);
	state_close(state);
	cr_assert_eq(state_open(&state, path, &shape), 0);
	state_close(state);
	cr_assert_neq(access(aside, F_OK), 0, "%s", call);
}

Test(state_calls, stays_valid_if_it_cannot_be_reshaped)
{
	size_t bytes = shape.sizes[STATE_GROUPS];

	refuse_shape("posix_fallocate64", ENOSPC, 2 * bytes);
	refuse_shape("ftruncate64", EIO, bytes);
	refuse_shape("mmap64", ENOMEM, bytes);
}

/* A bus error outside of the state file ends the program as without the handler. */
Test(state_calls, leaves_other_bus_errors_to_the_kernel)
{
	volatile uint8_t *other;
	struct state *state;
	int status;
	pid_t pid;

	state_write(state_path("other"), (struct bytes){good.data, 1});
	other = state_map(state_path("other"));
	cr_assert_eq(truncate(state_path("other"), 0), 0);
	cr_assert_eq(state_open(&state, path, &shape), 0);
	pid = fork();
	if (pid == 0)
		_exit(*other);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "%#x", (unsigned)status);
	state_close(state);
}
