/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "stop_signals.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/array.h"
#include "common/log_limit.h"
#include "common/signals.h"

static sigset_t handled_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals_stop); i++)
		sigaddset(&set, signals_stop[i]);
	for (size_t i = 0; i < ARRAY_SIZE(signals_noted); i++)
		sigaddset(&set, signals_noted[i]);
	return set;
}

int stop_signals_block(void)
{
	sigset_t set = handled_signals();

	return sigprocmask(SIG_BLOCK, &set, NULL) ? -errno : 0;
}

int stop_signals_open(void)
{
	sigset_t set = handled_signals();
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool is_noted(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals_noted); i++)
		if (signals_noted[i] == number)
			return true;
	return false;
}

int stop_signals_read(int fd)
{
	struct signalfd_siginfo info;
	int number;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0; /* if a signal is pending, epoll reports it again */
	number = (int)info.ssi_signo;
	if (!is_noted(number))
		return number;
	log_limited(LOG_LEVEL_INFO,
		"ignoring SIG%s: there is no file to reload; restart to change flags",
		sigabbrev_np(number));
	return 0;
}
