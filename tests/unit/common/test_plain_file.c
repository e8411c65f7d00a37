/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Reads a file at once, and refuses what is not an ordinary file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/plain_file.h"
#include "support/failing_calls.h"

static char path[] = "/tmp/test-plain-file-XXXXXX";
static unsigned fds_before;

FAILING_CALL(int, -1, fstat64, (int fd, struct stat *st), (fd, st))
FAILING_CALL(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))
FAILING_CALL(
	FILE *, NULL, fmemopen, (void *data, size_t size, const char *mode), (data, size, mode))
FAILING_CALL(
	size_t, 0, fwrite, (const void *data, size_t size, size_t n, FILE *to), (data, size, n, to))
FAILING_CALL(int, EOF, fflush, (FILE * file), (file))

static void setup(void)
{
	char text[10000];
	int fd = mkstemp(path);

	memset(text, 'x', sizeof(text));
	cr_assert_eq(write(fd, text, sizeof(text)), (ssize_t)sizeof(text));
	close(fd);
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	unlink(path);
	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
}

TestSuite(plain_file, .init = setup, .fini = teardown);

/* Returns how many bytes the copy has. */
static size_t copied(void)
{
	FILE *file = NULL;
	size_t n = 0;

	cr_assert_eq(plain_file_open(&file, path, 10000), 0);
	while (getc(file) == 'x')
		n++;
	fclose(file);
	return n;
}

Test(plain_file, copies)
{
	cr_assert_eq(copied(), 10000);
}

/* Another process truncates the file in the meantime. */
Test(plain_file, copies_what_is_left)
{
	failing_calls_set("read", 2, 0);
	cr_assert_eq(copied(), 4096);
	failing_calls_assert_made();
}

static void fails(const char *where, size_t most, int r)
{
	FILE *file = NULL;

	cr_assert_eq(plain_file_open(&file, where, most), r, "%s", where);
	cr_assert_null(file);
}

Test(plain_file, refuses_others)
{
	fails(path, 9999, -EFBIG);
	fails("/tmp", 10000, -EISDIR);
	fails("/dev/zero", 10000, -EMEDIUMTYPE);
	fails("/no/such/file", 10000, -ENOENT);
	cr_assert_str_eq(plain_file_error(-EMEDIUMTYPE), "not a regular file");
	cr_assert_str_eq(plain_file_error(-EISDIR), "Is a directory");
}

/* Part of a file must not pass for the file. */
Test(plain_file, a_failed_call_is_the_result)
{
	static const struct {
		const char *call;
		unsigned at;
		int error, r;
	} calls[] = {{"fstat64", 1, EIO, -EIO}, {"fmemopen", 1, ENOMEM, -ENOMEM},
		{"read", 1, EIO, -EIO}, {"read", 3, ESTALE, -ESTALE}, {"fwrite", 2, ENOSPC, -EIO},
		{"fflush", 1, ENOSPC, -ENOSPC}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i].call, calls[i].at, calls[i].error);
		fails(path, 10000, calls[i].r);
		failing_calls_assert_made();
	}
}
