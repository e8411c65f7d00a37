/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A session whose calls of send(2) and recv(2) fail. */
#include <sys/socket.h>

#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/session_fixture.h"

FAILING_CALL(ssize_t, -1, send, (int fd, const void *data, size_t size, int flags),
	(fd, data, size, flags))
FAILING_CALL(
	ssize_t, -1, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))

static void begin(void)
{
	setup();
	log_sink_use_pipe();
}

TestSuite(session_calls, .init = begin, .fini = teardown);

Test(session_calls, an_interrupted_send_is_repeated)
{
	stream(1);
	produce(2, 3);
	failing_calls_set("send", 1, EINTR);
	pump();
	failing_calls_assert_made();
	take_exactly(2, 3);
}

/* If the exporter closes with unread data, its packets can still be received after this error. */
Test(session_calls, packets_are_received_after_an_error)
{
	static const int errors[] = {EINTR, ECONNRESET};

	stream(2);
	for (uint32_t i = 0; i < 2; i++) {
		failing_calls_set("recv", 1, errors[i]);
		cr_assert_eq(say_ack(position_after(i + 1)), SESSION_GOES_ON);
		failing_calls_assert_made();
		cr_assert_eq(ring_acknowledged(&ring), position_after(i + 1));
	}
}

Test(session_calls, another_error_of_receiving_closes)
{
	stream(1);
	failing_calls_set("recv", 1, EIO);
	cr_assert_eq(receive(), SESSION_CLOSED);
	log_sink_assert_silence();
}

/* Without EINTR and EAGAIN a failed send ends the session. The exporter's own end is not logged. */
Test(session_calls, a_failed_send_closes)
{
	static const struct {
		int error;
		const char *line;
	} errors[] = {{EPIPE, NULL}, {ECONNRESET, NULL},
		{ENOBUFS, "closing the connection of process 1: cannot send: No buffer space "
			  "available\n"}};

	stream(1);
	for (uint32_t i = 0; i < 3; i++) {
		produce(2 + i, 2 + i);
		failing_calls_set("send", 1, errors[i].error);
		cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
		if (errors[i].line)
			log_sink_assert_line(errors[i].line);
		log_sink_assert_silence();
	}
}

Test(session_calls, an_unsent_hello_closes)
{
	failing_calls_set("send", 2, ENOBUFS); /* after that of the exporter */
	;
	cr_assert_eq(say_resume(none, 0), SESSION_CLOSED);
	cr_assert_not(session.streaming);
	log_sink_assert_line(
		"closing the connection of process 1: cannot send: No buffer space available\n");
}

/* The rest of the counters follows, if in the meantime there are not fewer. */
Test(session_calls, the_rest_of_the_counters)
{
	union wire_record records[WIRE_PACKET_RECORDS] = {0};

	stream(1);
	session.records_max = 100;
	failing_calls_set("send", 2, EAGAIN);
	cr_assert_eq(session_send_counters(&session, records, 150), -EAGAIN);
	cr_assert_eq(recv(peer, records, sizeof(records), 0), 100 * WIRE_RECORD_SIZE);
	cr_assert_eq(session_send_counters(&session, records, 150), 0);
	cr_assert_eq(recv(peer, records, sizeof(records), 0), 50 * WIRE_RECORD_SIZE);
	failing_calls_set("send", 2, EAGAIN);
	cr_assert_eq(session_send_counters(&session, records, 150), -EAGAIN);
	cr_assert_eq(recv(peer, records, sizeof(records), 0), 100 * WIRE_RECORD_SIZE);
	cr_assert_eq(session_send_counters(&session, records, 90), 0);
	cr_assert_eq(recv(peer, records, sizeof(records), 0), 90 * WIRE_RECORD_SIZE);
}

/*
 * Packets become smaller until the socket accepts them. A limit that no socket of the kernel
 * reaches ends this.
 */
Test(session_calls, no_packet_is_small_enough)
{
	stream(1);
	produce(2, 1000);
	failing_calls_set("send", 0, EMSGSIZE);
	cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
	log_sink_assert_line(
		"closing the connection of process 1: cannot send: Message too long\n");
	cr_assert_geq(session.records_max, WIRE_NAME_RECORDS);
}
