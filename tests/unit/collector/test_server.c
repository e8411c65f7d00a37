/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The event loop without a client. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/systemd.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/server_fixture.h"

static void setup(void)
{
	server_setup();
	log_sink_use_pipe();
}

TestSuite(server, .init = setup, .fini = server_teardown, .timeout = 30);

static void assert_stopped(unsigned seconds)
{
	char line[128];

	snprintf(line, sizeof(line),
		"stopped by SIGTERM after %u s: 7 segments counted, 0 unattributed\n", seconds);
	log_sink_assert_line(line);
	log_sink_assert_silence();
}

Test(server, stops)
{
	run_to_the_end(stop_at_once);
	assert_stopped(0);
	cr_assert_eq(fake.last_sweeps, 1);
}

static void nothing(void)
{
}

/* Without the walker, counts would be missing. The records that exist are still sent. */
Test(server, ends_after_the_walker)
{
	fake.walker_result = -ECHILD;
	run_to_the_end(nothing);
	log_sink_assert_silence();
	cr_assert_eq(fake.last_sweeps, 1);
	cr_assert_eq(tally.walker_cpu_ns, 5000);
}

Test(server, says_that_pinned_programs_go_on)
{
	fake.pinned = true;
	run_to_the_end(stop_at_once);
	log_sink_assert_line("stopped by SIGTERM after 0 s: 7 segments counted, 0 unattributed; "
			     "pinned programs keep counting\n");
}

/* Without events and clients it wakes up once a second. */
Test(server, sleeps)
{
	run_to_the_end(stop_after_3s);
	assert_stopped(3);
	cr_assert_leq(waits, 6);
	cr_assert_eq(fake.limited_to, UINT32_MAX);
}

static void interrupt(void)
{
	if (waits == 2)
		failing_calls_set("epoll_pwait", 1, EINTR);
	stop_after_3s();
}

Test(server, an_interruption_is_no_error)
{
	run_to_the_end(interrupt);
	failing_calls_assert_made();
	assert_stopped(3);
}

Test(server, cannot_wait)
{
	cr_assert_eq(server_init(&server), 0);
	failing_calls_set("epoll_pwait", 1, EBADF);
	cr_assert_eq(server_run(&server), -EBADF);
	cr_assert(fake.attached);
}

Test(server, cannot_be_prepared)
{
	static const struct {
		const char *call;
		unsigned at;
	} calls[] = {{"signalfd", 1}, {"epoll_create1", 1}, {"epoll_ctl", 1}, {"epoll_ctl", 2},
		{"epoll_ctl", 3}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i].call, calls[i].at, EMFILE);
		cr_assert_eq(server_init(&server), -EMFILE, "%s", calls[i].call);
		failing_calls_assert_made();
	}
}

/* More memory is in use than the limit allows. */
Test(server, limits_the_storage_of_sockets)
{
	fake.stored = 100;
	fake.room_for = 99;
	run_to_the_end(stop_at_once);
	cr_assert_eq(fake.limited_to, 99);
	log_sink_assert_line(
		"not enough memory for the storage of more than 100 sockets: events of "
		"other sockets cannot be deferred; raise the memory limit "
		"(MemoryMax=)\n");
}

static int notified = -1;

/* Returns how many of the notifications are this text. */
static unsigned notifications(const char *wanted)
{
	char text[256];
	unsigned found = 0;
	ssize_t n;

	while ((n = recv(notified, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		found += strcmp(text, wanted) == 0;
	}
	return found;
}

/* Returns the first letters of the status lines: E(xporter connected) or N(o exporter connected). */
static const char *statuses(void)
{
	static char letters[64];
	char text[256];
	size_t found = 0;

	while (recv(notified, text, sizeof(text), MSG_DONTWAIT) > 0)
		if (strncmp(text, "STATUS=", 7) == 0 && found < sizeof(letters) - 1)
			letters[found++] = text[7];
	return letters;
}

static void listen_to_notifications(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", server_directory);
	notified = socket(AF_UNIX, SOCK_DGRAM, 0);
	cr_assert_eq(bind(notified, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	cr_assert_eq(systemd_notify_open(), 0);
	unlink(address.sun_path);
}

Test(server, keeps_the_watchdog_alive)
{
	setenv("WATCHDOG_USEC", "1000000", 1);
	listen_to_notifications();
	run_to_the_end(stop_after_3s);
	cr_assert_geq(notifications("WATCHDOG=1"), 6, "one for each half of the interval");
}

Test(server, shows_how_full_the_ring_is)
{
	uint32_t records = (uint32_t)(kernel.size / RING_STRIDE / 2);
	char wanted[128];

	listen_to_notifications();
	for (uint32_t i = 1; i <= records; i++)
		kernel_ring_produce(&kernel, i, 0);
	run_to_the_end(stop_at_once);
	snprintf(wanted, sizeof(wanted),
		"STATUS=No exporter connected; 7 segments counted, 0 unattributed, ring %zu%% full",
		records * RING_STRIDE * 100 / kernel.size);
	cr_assert_eq(notifications(wanted), 1, "%s", wanted);
}

static void connect_for_a_second(void)
{
	static int client = -1;

	if (client < 0 && elapsed_ms() >= 1500)
		client = connect_client();
	if (elapsed_ms() >= 2500)
		shutdown(client, SHUT_RDWR);
	stop_after_ms(6000);
}

/* The status changes within a second. The same status is repeated after ten seconds only. */
Test(server, shows_whether_an_exporter_is_connected)
{
	listen_to_notifications();
	run_to_the_end(connect_for_a_second);
	cr_assert_str_eq(statuses(), "NEN");
}
