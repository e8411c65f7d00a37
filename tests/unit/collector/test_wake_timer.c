/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The timer ends sleeps, again and again. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "support/failing_calls.h"
#include "wake_timer.h"

FAILING_CALL(int, -1, sigprocmask, (int how, const sigset_t *set, sigset_t *old), (how, set, old))
FAILING_CALL(int, -1, timer_create, (clockid_t clock, struct sigevent *event, timer_t *timer),
	(clock, event, timer))

Test(wake_timer, ends_each_sleep)
{
	const struct timespec hour = {.tv_sec = 3600};
	sigset_t set;

	/* The process that starts the collector may have blocked the signal. */
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	cr_assert_eq(wake_timer_start(), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(nanosleep(&hour, NULL), -1);
		cr_assert_eq(errno, EINTR);
	}
}

Test(wake_timer, failures)
{
	static const char *const calls[] = {"sigprocmask", "timer_create"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i], 1, EAGAIN);
		cr_assert_eq(wake_timer_start(), -EAGAIN);
		failing_calls_assert_made();
	}
}
