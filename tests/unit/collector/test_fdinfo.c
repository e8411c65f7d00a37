/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fdinfo.h"

/* The fdinfo file of a BPF program, as in Linux 5.15 and 6.12. */
#define PROGRAM                                                                                    \
	"pos:\t0\nflags:\t02000002\nmnt_id:\t15\nprog_type:\t26\nprog_jited:\t1\n"                 \
	"prog_tag:\tf1c0ffee00000000\nmemlock:\t8192\nprog_id:\t41\nrun_time_ns:\t0\nrun_cnt:\t0\n"

static int file_of(const char *text)
{
	int fd = memfd_create("fdinfo", 0);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static int read_misses(const char *text, uint64_t *value)
{
	int fd = file_of(text), r = fdinfo_read(fd, "recursion_misses", value);

	close(fd);
	return r;
}

Test(fdinfo, reads_a_number)
{
	uint64_t value = 7;

	cr_assert_eq(read_misses(PROGRAM "recursion_misses:\t0\n", &value), 0);
	cr_assert_eq(value, 0);
	cr_assert_eq(
		read_misses(PROGRAM "recursion_misses:\t18446744073709551615\nverified_insns:\t9\n",
			&value),
		0);
	cr_assert_eq(value, UINT64_MAX);
	cr_assert_eq(read_misses("recursion_misses:\t12\n", &value), 0);
	cr_assert_eq(value, 12);
}

Test(fdinfo, refuses_text_that_is_no_number)
{
	static const char *const texts[] = {"", PROGRAM, PROGRAM "recursion_misses:\t",
		PROGRAM "recursion_misses:\t12", PROGRAM "recursion_misses:\t-1\n",
		PROGRAM "recursion_misses:\tx\n", PROGRAM "x_recursion_misses:\t1\n",
		PROGRAM "recursion_misses2:\t1\n"};
	uint64_t value;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_eq(read_misses(texts[i], &value), -ENODATA, "%s", texts[i]);
}

Test(fdinfo, rereads_the_file_at_each_call)
{
	int subject = file_of("0123456789"), file = fdinfo_open(subject);
	uint64_t position;

	cr_assert_geq(file, 0);
	for (off_t at = 3; at < 6; at++) {
		lseek(subject, at, SEEK_SET);
		cr_assert_eq(fdinfo_read(file, "pos", &position), 0);
		cr_assert_eq(position, (uint64_t)at);
	}
}

Test(fdinfo, returns_the_error)
{
	uint64_t value;

	cr_assert_eq(fdinfo_open(1000000), -ENOENT);
	cr_assert_eq(fdinfo_read(-1, "pos", &value), -EBADF);
}
