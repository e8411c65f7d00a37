/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The order of the steps of the collector's main(), and how each failure ends the program. For
 * example, the collector drops its privileges after it attached the programs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/collector_steps.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

TestSuite(collector_main, .init = log_sink_use_pipe);

/* Runs the program with at most two flags, and checks its exit status. */
static void run_with(int status, const char *flag, const char *other)
{
	char *argv[] = {(char *)"rexmit-collector", (char *)flag, (char *)other, NULL};

	steps[0] = '\0';
	cr_assert_eq(collector_main(1 + (flag != NULL) + (other != NULL), argv), status);
}

static void run(int status)
{
	run_with(status, NULL, NULL);
}

#define COUNTING                                                                                   \
	"rexmit-collector: counting as user 901, host network namespace 4026531840, ring 4194304 " \
	"bytes, socket /run/rexmit/collector.sock\n"
#define UNTIL_PINS " preflight_require stop_signals_block systemd_notify_open listener_open"
#define FROM_STORAGE                                                                                \
	" probe_prove_storage ring_init tally_init descriptors_drop_input probe_attach server_init" \
	" privileges_drop walker_start walker_prove"                                                \
	" collector_system_calls_restrict systemd_notify"                                           \
	" server_run listener_close"

Test(collector_main, steps)
{
	run(EXIT_SUCCESS);
	cr_assert_str_eq(steps, UNTIL_PINS " probe_new" FROM_STORAGE);
	cr_assert_eq(become.uid, 901);
	cr_assert_eq(may_connect.uid, 903);
	cr_assert(keeps_caps);
	log_sink_assert_line(COUNTING);
	log_sink_assert_silence();
}

/* A step that fails is the last one. Those without a line here log the failure themselves. */
Test(collector_main, a_failed_step_ends_the_program)
{
	static const struct {
		const char *step, *line;
	} failures[] = {
		{"preflight_require", NULL},
		{"stop_signals_block", NULL},
		{"systemd_notify_open", "cannot reach the service manager at $NOTIFY_SOCKET: "
					"Input/output error"},
		{"listener_open", NULL},
		{"probe_new", NULL},
		{"ring_init", "cannot map the ring of 4194304 bytes: Input/output error; see "
			      "--ring-bytes"},
		{"descriptors_drop_input",
			"cannot replace standard input by /dev/null: Input/output error"},
		{"probe_attach", NULL},
		{"server_init", "cannot prepare to serve the exporter: Input/output error"},
		{"privileges_drop", NULL},
		{"walker_start", "cannot start the process that walks over the sockets: "
				 "Input/output error"},
		{"walker_prove",
			"cannot walk over the sockets with the capabilities that were kept: "
			"Input/output error"},
		{"collector_system_calls_restrict", NULL},
	};
	char line[256], end[64];

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		failing_calls_set(failures[i].step, 1, EIO);
		run(EXIT_FAILURE);
		failing_calls_assert_made();
		snprintf(end, sizeof(end), " %s listener_close", failures[i].step);
		cr_assert_str_eq(strstr(steps, end), end, "%s", failures[i].step);
		if (failures[i].line) {
			snprintf(line, sizeof(line), "rexmit-collector: %s\n", failures[i].line);
			log_sink_assert_line(line);
		}
		log_sink_assert_silence();
	}
}

Test(collector_main, the_event_loop_fails)
{
	failing_calls_set("server_run", 1, EIO);
	run(EXIT_FAILURE);
	log_sink_assert_line(COUNTING);
	log_sink_assert_line(
		"rexmit-collector: cannot continue to serve the exporter: Input/output "
		"error\n");
	failing_calls_set("server_run", 1, ECHILD);
	run(EXIT_FAILURE);
	log_sink_assert_line(COUNTING);
	log_sink_assert_line("rexmit-collector: cannot continue to serve the exporter: the process "
			     "that walks over the sockets has ended\n");
}

Test(collector_main, standard_streams)
{
	failing_calls_set("descriptors_init", 1, ENOENT);
	run(EXIT_FAILURE);
	cr_assert_str_empty(steps);
	log_sink_assert_line(
		"rexmit-collector: cannot open /dev/null for a standard stream: No such "
		"file or directory\n");
}

Test(collector_main, other_modes)
{
	run_with(2, "--nonsense", NULL);
	cr_assert_str_empty(steps);
	run_with(EXIT_SUCCESS, "--check", NULL);
	cr_assert_str_eq(steps, " preflight_print");
	failing_calls_set("preflight_print", 1, ENOTSUP);
	run_with(EXIT_FAILURE, "--check", NULL);
}

/* The collector counts, although the BPF programs may miss events. */
Test(collector_main, no_storage)
{
	failing_calls_set("probe_prove_storage", 1, ENOMEM);
	run(EXIT_SUCCESS);
	log_sink_assert_line("rexmit-collector: the kernel gives no storage to sockets: Cannot "
			     "allocate memory; segments whose event the BPF programs miss are not "
			     "counted; run with --check to see which requirement is not met\n");
	log_sink_assert_line(COUNTING);
}

Test(collector_main, walks)
{
	failing_calls_set("walker_start", 1, EAGAIN);
	run(EXIT_FAILURE);
	log_sink_assert_line("rexmit-collector: cannot start the process that walks over the "
			     "sockets: Resource temporarily unavailable; too many processes "
			     "(TasksMax=): those of earlier collectors may hang\n");
	failing_calls_set("walker_prove", 1, EPERM);
	run_with(EXIT_FAILURE, "--keep-caps", "none");
	cr_assert_not(keeps_caps);
	log_sink_assert_line("rexmit-collector: cannot walk over the sockets with the capabilities "
			     "that were kept: Operation not permitted; use --keep-caps bpf\n");
}

#define LOCKED UNTIL_PINS " pins_make pins_lock"

Test(collector_main, pins)
{
	run_with(EXIT_SUCCESS, "--pin", "pins");
	cr_assert_str_eq(steps, LOCKED " probe_adopt" FROM_STORAGE);
	failing_calls_set("probe_adopt", 1, ENOENT);
	run_with(EXIT_SUCCESS, "--pin", "pins");
	cr_assert_str_eq(steps, LOCKED " probe_adopt probe_new" FROM_STORAGE);
	log_sink_assert_line(COUNTING);
	log_sink_assert_line(COUNTING);
	failing_calls_set("probe_adopt", 1, EIO);
	run_with(EXIT_FAILURE, "--pin", "pins");
	cr_assert_str_eq(steps, LOCKED " probe_adopt listener_close");
	log_sink_assert_silence();
	failing_calls_set("pins_lock", 1, EBUSY);
	run_with(EXIT_FAILURE, "--pin", "pins");
	log_sink_assert_line("rexmit-collector: --pin: cannot use pins: Device or resource busy\n");
	failing_calls_set("pins_make", 1, EPERM);
	run_with(EXIT_FAILURE, "--pin", "pins");
	cr_assert_str_eq(steps, UNTIL_PINS " pins_make listener_close");
	log_sink_assert_line("rexmit-collector: --pin: cannot use pins: Operation not permitted\n");
}

/* Without the lock nothing is removed, and with remaining pins not the directory. */
Test(collector_main, unpins)
{
	static const char *const steps_until[][2] = {{"pins_lock", " pins_lock"},
		{"pins_remove", " pins_lock pins_remove"},
		{"rmdir", " pins_lock pins_remove rmdir"}};

	run_with(EXIT_SUCCESS, "--unpin", "pins");
	cr_assert_str_eq(steps, " pins_lock pins_remove rmdir");
	log_sink_assert_silence();
	for (size_t i = 0; i < 3; i++) {
		failing_calls_set(steps_until[i][0], 1, EBUSY);
		run_with(EXIT_FAILURE, "--unpin", "pins");
		cr_assert_str_eq(steps, steps_until[i][1]);
		log_sink_assert_line("rexmit-collector: --unpin: cannot remove what is pinned in "
				     "pins: Device or resource busy\n");
	}
}

Test(collector_main, users)
{
	run_with(EXIT_SUCCESS, "--user", "other");
	cr_assert_eq(become.uid, 905);
	run_with(EXIT_SUCCESS, "--allow-user", "other");
	cr_assert_eq(may_connect.uid, 905);
	own_uid = 905;
	run_with(EXIT_SUCCESS, "--user", "other");
	cr_assert_eq(become.gid, 906);
	run(EXIT_SUCCESS);
	cr_assert_eq(become.uid, 905);
	cr_assert_eq(become.gid, 906);
}

/* Without a user of the exporter, the collector's user may connect. */
Test(collector_main, no_user_of_the_exporter)
{
	failing_calls_set("rexmit-exporter", 1, ENOENT);
	run(EXIT_SUCCESS);
	cr_assert_eq(may_connect.uid, 901);
	log_sink_assert_line(COUNTING);
	failing_calls_set("rexmit-exporter", 1, EACCES);
	run(EXIT_FAILURE);
	log_sink_assert_line(
		"rexmit-collector: --allow-user: cannot find the user 'rexmit-exporter' in "
		"/etc/passwd: Permission denied; create it (sysusers.d/rexmit.conf), or give "
		"another name or a uid\n");
}

Test(collector_main, wrong_users)
{
	run_with(EXIT_FAILURE, "--user", "root");
	log_sink_assert_line("rexmit-collector: --user: 'root' is root; give a user without "
			     "privileges\n");
	run_with(EXIT_FAILURE, "--user", "nobody-knows");
	log_sink_assert_line(
		"rexmit-collector: --user: cannot find the user 'nobody-knows' in /etc/passwd: no "
		"such user; create it (sysusers.d/rexmit.conf), or give another name or a uid\n");
	run_with(EXIT_FAILURE, "--allow-user", "nobody-knows");
	log_sink_assert_contains("--allow-user: cannot find the user 'nobody-knows'");
	own_uid = 907;
	run_with(EXIT_FAILURE, "--user", "other");
	log_sink_assert_line(
		"rexmit-collector: --user: only root can become 'other'; start as root "
		"or as that user\n");
	cr_assert_str_eq(steps, " listener_close", "this is before all other steps");
}
