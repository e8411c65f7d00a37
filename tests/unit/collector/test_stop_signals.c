/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which signals end the collector, and which it only logs. */
#include <signal.h>
#include <unistd.h>

#include "stop_signals.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

FAILING_CALL(int, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
FAILING_CALL(int, -1, sigprocmask, (int how, const sigset_t *set, sigset_t *old), (how, set, old))

static int signals;

static void setup(void)
{
	log_sink_use_pipe();
	cr_assert_eq(stop_signals_block(), 0);
	signals = stop_signals_open();
	cr_assert_geq(signals, 0);
}

TestSuite(stop_signals, .init = setup);

Test(stop_signals, stop)
{
	static const int stopping[] = {SIGTERM, SIGINT, SIGQUIT};

	for (size_t i = 0; i < 3; i++) {
		raise(stopping[i]);
		cr_assert_eq(stop_signals_read(signals), stopping[i]);
		cr_assert_eq(stop_signals_read(signals), 0, "it is read once");
	}
	log_sink_assert_silence();
}

Test(stop_signals, noted)
{
	static const struct {
		int number;
		const char *line;
	} noted[] = {
		{SIGHUP, "ignoring SIGHUP: there is no file to reload; restart to change flags\n"},
		{SIGUSR1,
			"ignoring SIGUSR1: there is no file to reload; restart to change flags\n"},
		{SIGUSR2,
			"ignoring SIGUSR2: there is no file to reload; restart to change flags\n"},
		{SIGALRM,
			"ignoring SIGALRM: there is no file to reload; restart to change flags\n"},
	};

	for (size_t i = 0; i < 4; i++) {
		raise(noted[i].number);
		cr_assert_eq(stop_signals_read(signals), 0);
		log_sink_assert_line(noted[i].line);
		cr_assert_eq(stop_signals_read(signals), 0);
	}
	log_sink_assert_silence();
}

Test(stop_signals, no_descriptor)
{
	failing_calls_set("signalfd", 1, EMFILE);
	cr_assert_eq(stop_signals_open(), -EMFILE);
	failing_calls_set("sigprocmask", 1, EINVAL);
	cr_assert_eq(stop_signals_block(), -EINVAL);
}
