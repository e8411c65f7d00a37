/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Makes one call of the library under test fail. The linker's --wrap (`wrapped` in meson.build)
 * replaces the calls of the library and of the test, but not those of criterion.
 */
#ifndef TEST_FAILING_CALLS_H
#define TEST_FAILING_CALLS_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* Weak, because a test and its fixture share it. */
__attribute__((weak)) struct {
	const char *name; /* NULL: no call fails */
	unsigned at;      /* 0: each call */
	int error;
	bool failed;
} failing_call;

/*
 * Makes call number `at` of the function fail with the errno `error`, counted from 1, or each call
 * if `at` is 0. If `error` is 0, the call does nothing and returns 0.
 */
static inline void failing_calls_set(const char *name, unsigned at, int error)
{
	failing_call.name = name;
	failing_call.at = at;
	failing_call.error = error;
	failing_call.failed = false;
}

/* Whether this call must fail. In that case sets errno. */
static inline bool failing_calls_now(const char *name)
{
	if (!failing_call.name || strcmp(failing_call.name, name) != 0)
		return false;
	if (failing_call.at > 1) {
		failing_call.at--;
		return false;
	}
	if (failing_call.at == 1)
		failing_call.name = NULL;
	failing_call.failed = true;
	errno = failing_call.error;
	return true;
}

/* Checks that the call of failing_calls_set() was made, and failed. */
static inline void failing_calls_assert_made(void)
{
	cr_assert(failing_call.failed, "no call failed");
}

static inline unsigned failing_calls_open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Defines the replacement of a function, which makes the real call unless that must fail. */
#define FAILING_CALL(result, failure, name, params, args)                                          \
	result __real_##name params;                                                               \
	result __wrap_##name params;                                                               \
	result __wrap_##name params                                                                \
	{                                                                                          \
		if (failing_calls_now(#name))                                                      \
			return failing_call.error ? failure : 0;                                   \
		return __real_##name args;                                                         \
	}

/* Declares and begins the replacement of a function that the test implements. */
#define REPLACED_CALL(result, name, params)                                                        \
	result __wrap_##name params;                                                               \
	result __wrap_##name params

#endif
