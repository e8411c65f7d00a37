/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A walk over files holds a reference to each file while it visits the file. If the owner closes
 * the file at that moment, the kernel closes it later, in the walker's read(2). With SO_LINGER,
 * the close of a TCP socket sleeps until the peer has acknowledged all data, or for the time that
 * the owner has set. A signal ends this sleep. The kernel closes all files of a read(2) before it
 * handles the signal, so one signal suffices.
 *
 * The signal needs a handler, because an ignored signal does not end a sleep. The walker's filter
 * therefore allows rt_sigreturn(2).
 */
#include "wake_timer.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define INTERVAL_S 1

static void do_nothing(int number)
{
	(void)number;
}

int wake_timer_start(void)
{
	const struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
	const struct itimerspec times = {{.tv_sec = INTERVAL_S}, {.tv_sec = INTERVAL_S}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	timer_t timer;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	if (sigaction(SIGRTMIN, &action, NULL) || sigprocmask(SIG_UNBLOCK, &set, NULL) ||
		timer_create(CLOCK_MONOTONIC, &event, &timer) ||
		timer_settime(timer, 0, &times, NULL))
		return -errno;
	return 0;
}
