/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The event loop and its clients. A client is an exporter. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/codec.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/server_fixture.h"

static int client = -1;

static void setup(void)
{
	server_setup();
	log_sink_use_pipe();
}

TestSuite(server_clients, .init = setup, .fini = server_teardown, .timeout = 30);

static void resume_client(void)
{
	static const uint8_t none[16];
	union wire_record record;

	wire_resume_init(&record, none, 0);
	/* A refused client cannot send. */
	(void)!send(client, &record, sizeof(record), MSG_NOSIGNAL);
}

static bool client_is_disconnected(void)
{
	union wire_record packet[WIRE_PACKET_RECORDS];
	ssize_t n;

	while ((n = recv(client, packet, sizeof(packet), MSG_DONTWAIT)) > 0)
		;
	return n == 0;
}

/* Receives all packets. Returns the number of records of the type. */
static unsigned received(uint8_t type)
{
	union wire_record packet[WIRE_PACKET_RECORDS];
	unsigned found = 0;
	ssize_t n;

	while ((n = recv(client, packet, sizeof(packet), MSG_DONTWAIT)) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(*packet); i++)
			found += packet[i].type == type;
	return found;
}

static void assert_stopped(unsigned seconds)
{
	char line[128];

	snprintf(line, sizeof(line),
		"stopped by SIGTERM after %u s: 7 segments counted, 0 unattributed\n", seconds);
	log_sink_assert_line(line);
	log_sink_assert_silence();
}

static void connect_and_stop_after_3s(void)
{
	if (waits == 1)
		client = connect_client();
	if (waits == 2)
		resume_client();
	stop_after_3s();
}

Test(server_clients, serves_a_client)
{
	kernel_ring_produce(&kernel, 1, 0);
	run_to_the_end(connect_and_stop_after_3s);
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	log_sink_assert_line("exporter (process 1234) disconnected\n");
	assert_stopped(4); /* the client acknowledged nothing, so the end waited a second for it */
	cr_assert_eq(received(WIRE_EVENT), 1);
	cr_assert(client_is_disconnected());
	for (unsigned why = 0; why < WIRE_REFUSALS; why++)
		cr_assert_eq(tally.refused[why], 0, "%u", why);
}

static void hang_up_after_the_stop(void)
{
	static bool done;

	if (!done)
		connect_and_stop_after_3s();
	if (server.stop_signal && !done) {
		done = true;
		raise(SIGHUP);
	}
}

/* A signal that is only noted does not replace the stop signal. */
Test(server_clients, ignores_a_hangup_after_the_stop)
{
	kernel_ring_produce(&kernel, 1, 0);
	run_to_the_end(hang_up_after_the_stop);
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	log_sink_assert_line(
		"ignoring SIGHUP: there is no file to reload; restart to change flags\n");
	log_sink_assert_line("exporter (process 1234) disconnected\n");
	assert_stopped(4);
}

static void acknowledge(void)
{
	union wire_record record;

	connect_and_stop_after_3s();
	if (waits > 2)
		(void)received(WIRE_COUNTER); /* otherwise the collector waits to send counters */
	if (elapsed_ms() >= 1000 && ring_used(server.ring) > 0) {
		wire_ack_init(&record, RING_STRIDE);
		cr_assert_eq(send(client, &record, sizeof(record), 0), (ssize_t)sizeof(record));
	}
}

/* A client that has acknowledged everything does not delay the end. */
Test(server_clients, ends_at_once)
{
	kernel_ring_produce(&kernel, 1, 0);
	run_to_the_end(acknowledge);
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	log_sink_assert_line("exporter (process 1234) disconnected\n");
	assert_stopped(3);
}

static uint32_t produced_at_the_end, received_at_the_end;

/*
 * Fills the ring when the stop signal arrives, so no turn of the loop is left to send its records.
 * Then receives before each wait. The collector sends before its first wait.
 */
static void fill_ring_at_the_end(void)
{
	if (server.stop_signal) {
		received_at_the_end += received(WIRE_EVENT);
		cr_assert_gt(received_at_the_end, 0);
	}
	connect_and_stop_after_3s();
	if (elapsed_ms() < 3000 || produced_at_the_end > 0)
		return;
	cr_assert_eq(
		setsockopt(server.session.fd, SOL_SOCKET, SO_SNDBUF, &(int){40000}, sizeof(int)),
		0);
	produced_at_the_end = kernel_ring_fill(&kernel, 1);
}

/* The socket has room for a part of the records. The collector sends the others after the client has received that part. */
Test(server_clients, sends_the_ring_at_the_end)
{
	run_to_the_end(fill_ring_at_the_end);
	cr_assert_gt(produced_at_the_end, 1000);
	cr_assert_eq(received_at_the_end + received(WIRE_EVENT), produced_at_the_end);
}

static unsigned events_in_the_second;

static void produce_within_a_second(void)
{
	connect_and_stop_after_3s();
	if (waits == 3)
		kernel_ring_produce(&kernel, 1, 0);
	if (elapsed_ms() < 900)
		events_in_the_second += received(WIRE_EVENT);
}

/* The ring is read more often than once a second. */
Test(server_clients, sends_events_soon)
{
	run_to_the_end(produce_within_a_second);
	cr_assert_eq(events_in_the_second, 1);
}

Test(server_clients, sends_counters_each_second)
{
	run_to_the_end(connect_and_stop_after_3s);
	cr_assert_geq(received(WIRE_COUNTER), 3 * 20);
}

/* Root, the collector's user and the exporter's user may connect. */
Test(server_clients, refuses_other_users)
{
	static const uid_t users[] = {0, OWN_UID, ALLOWED_UID, 903};

	for (size_t i = 0; i < 4; i++) {
		client_uid = users[i];
		run_to_the_end(connect_and_stop_after_3s);
		cr_assert_eq(tally.refused[WIRE_REFUSED_USER], users[i] == 903, "%u", users[i]);
		cr_assert(client_is_disconnected());
	}
}

static int second_client = -1;

static void connect_twice(void)
{
	if (waits == 3)
		second_client = connect_client();
	connect_and_stop_after_3s();
}

Test(server_clients, refuses_a_second_client)
{
	union wire_record busy, received_record;

	run_to_the_end(connect_twice);
	wire_busy_init(&busy);
	cr_assert_eq(recv(second_client, &received_record, sizeof(received_record), 0),
		(ssize_t)sizeof(busy));
	cr_assert_arr_eq(received_record.bytes, busy.bytes, sizeof(busy));
	cr_assert_eq(recv(second_client, &received_record, sizeof(received_record), 0), 0);
	cr_assert_eq(tally.refused[WIRE_REFUSED_BUSY], 1);
}

static void say_nothing(void)
{
	if (waits == 1)
		client = connect_client();
	stop_after_ms(8000);
}

Test(server_clients, closes_a_silent_connection)
{
	run_to_the_end(say_nothing);
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	log_sink_assert_line("closing the connection of process 1234: no RESUME within 5 s\n");
	log_sink_assert_line("exporter (process 1234) disconnected\n");
	cr_assert_eq(tally.refused[WIRE_REFUSED_SILENT], 1);
	assert_stopped(8);
}

static unsigned waits_without_descriptor;

static void connect_without_descriptor(void)
{
	if (waits == 1) {
		client = connect_client();
		failing_calls_set("accept4", 1, EMFILE);
	}
	waits_without_descriptor += waits > 1 && !server.connected;
	if (waits > 1 && server.connected)
		stop_after_3s();
	cr_assert_lt(elapsed_ms(), 20000);
}

/* The listener stays readable. Until the next second, the loop must not spin. */
Test(server_clients, tries_again_to_accept)
{
	run_to_the_end(connect_without_descriptor);
	log_sink_assert_line("cannot accept a connection: Too many open files; trying again\n");
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	cr_assert_leq(waits_without_descriptor, 4);
	cr_assert_not(server.accept_failed);
}

static void connect_after_the_client_left(void)
{
	if (waits == 1) {
		client = connect_client();
		failing_calls_set("accept4", 1, EAGAIN);
	}
	stop_after_3s();
}

/* A client that has left before accept(2) is not an error. */
Test(server_clients, nothing_to_accept)
{
	run_to_the_end(connect_after_the_client_left);
	failing_calls_assert_made();
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
}

static const char *failing_of_client;

static void connect_and_fail(void)
{
	if (waits == 1) {
		client = connect_client();
		failing_calls_set(failing_of_client, 1, ENOMEM);
	}
	stop_after_3s();
}

/* The connection is closed, and the client connects again. */
Test(server_clients, cannot_serve_a_client)
{
	static const char *const calls[] = {"unix_peer", "epoll_ctl"};

	for (size_t i = 0; i < 2; i++) {
		failing_of_client = calls[i];
		run_to_the_end(connect_and_fail);
		failing_calls_assert_made();
		assert_stopped(3);
		cr_assert(client_is_disconnected(), "%s", calls[i]);
	}
}

static void fail_to_send_counters(void)
{
	connect_and_stop_after_3s();
	if (server.session.streaming && elapsed_ms() >= 1000 && !failing_call.failed)
		failing_calls_set("send", 1, ENOBUFS);
}

Test(server_clients, cannot_send_counters)
{
	run_to_the_end(fail_to_send_counters);
	failing_calls_assert_made();
	log_sink_assert_line("exporter (process 1234, user 902) connected\n");
	log_sink_assert_line("exporter (process 1234) disconnected\n");
	assert_stopped(3);
}
