/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The steps of a BPF iterator. Here an iterator is a file whose read(2) fails as the kernel's may. */
#include <bpf/bpf.h>
#include <unistd.h>

#include "iterator.h"
#include "support/failing_calls.h"

#define LINK 4711

static unsigned created;

REPLACED_CALL(int, bpf_iter_create, (int link))
{
	cr_assert_eq(link, LINK);
	created++;
	return failing_calls_now("bpf_iter_create") ? -errno : open("/dev/null", O_RDONLY);
}

FAILING_CALL(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))

static unsigned fds_before;

static void setup(void)
{
	fds_before = failing_calls_open_fds();
}

TestSuite(iterator, .init = setup);

Test(iterator, a_complete_walk_is_closed)
{
	int iterator = -1;

	cr_assert_eq(iterator_step(&iterator, LINK), 0);
	cr_assert_eq(iterator, -1);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
	cr_assert_eq(iterator_step(&iterator, LINK), 0);
	cr_assert_eq(created, 2, "each walk has an iterator");
}

/* The kernel interrupts a long walk. The next step continues with the same iterator. */
Test(iterator, an_interrupted_walk_goes_on)
{
	static const int interruptions[] = {EAGAIN, EINTR};
	int iterator = -1;

	for (unsigned i = 0; i < 2; i++) {
		failing_calls_set("read", 1, interruptions[i]);
		cr_assert_eq(iterator_step(&iterator, LINK), -EAGAIN);
		cr_assert_geq(iterator, 0);
		cr_assert_eq(created, 1);
	}
	cr_assert_eq(iterator_step(&iterator, LINK), 0);
	cr_assert_eq(created, 1);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(iterator, a_failed_walk_is_closed)
{
	int iterator = -1;

	failing_calls_set("read", 1, EACCES);
	cr_assert_eq(iterator_step(&iterator, LINK), -EACCES);
	cr_assert_eq(iterator, -1);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(iterator, no_iterator)
{
	int iterator = -1;

	failing_calls_set("bpf_iter_create", 1, EPERM);
	cr_assert_eq(iterator_step(&iterator, LINK), -EPERM);
	cr_assert_lt(iterator, 0);
	cr_assert_eq(iterator_step(&iterator, LINK), 0, "the next step tries again");
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(iterator, run_continues_to_the_end)
{
	failing_calls_set("read", 1, EAGAIN);
	cr_assert_eq(iterator_run(LINK), 0);
	failing_calls_assert_made();
	cr_assert_eq(created, 1);
	failing_calls_set("read", 1, EIO);
	cr_assert_eq(iterator_run(LINK), -EIO);
	failing_calls_set("bpf_iter_create", 1, EMFILE);
	cr_assert_eq(iterator_run(LINK), -EMFILE);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}
