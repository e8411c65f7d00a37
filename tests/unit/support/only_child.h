/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The process that a test has started through the code under test. */
#ifndef TEST_ONLY_CHILD_H
#define TEST_ONLY_CHILD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/types.h>

/* Returns the only child of this process. */
static inline pid_t only_child(void)
{
	FILE *file = fopen("/proc/thread-self/children", "r");
	int pid;

	cr_assert_not_null(file);
	cr_assert_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

#endif
