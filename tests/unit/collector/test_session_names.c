/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A cgroup's name arrives before each of its events in the same session, whichever packets the
 * socket accepts.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "protocol/codec.h"
#include "session.h"
#include "support/kernel_ring.h"

#define START (UINT64_C(1000) * RING_STRIDE)
#define RING_BYTES (1024 * 1024)
#define SLOTS ((uint64_t)WIRE_CGROUP_SLOTS)
#define SHARED (WIRE_CGROUP_WAYS + 2) /* ids with the same slot */

static const uint8_t own[16] = {1}, none[16];

static struct kernel_ring kernel;
static struct ring ring;
static struct session session;
static union wire_record hello;
static int peer = -1;
static bool lost; /* every path is missing */

/* The names that the exporter knows. */
static struct {
	char path[WIRE_PATH_SIZE];
	unsigned when; /* when the id was last named, or 0 */
} known[SHARED * WIRE_CGROUP_SLOTS];
static unsigned names_taken;
static uint32_t next; /* the number of the next event */

static void write_path(uint64_t id, char path[WIRE_PATH_SIZE])
{
	snprintf(path, WIRE_PATH_SIZE, "/%0*" PRIu64, id % 2 ? 30 : 200, id);
}

static int find(void *context, uint64_t id, char path[WIRE_PATH_SIZE])
{
	(void)context;
	write_path(id, path);
	return lost ? -ENOENT : 0;
}

static void begin(uint64_t answered)
{
	union wire_record r;
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	session_init(&session, ends[0], 1, 1000);
	peer = ends[1];
	memset(known, 0, sizeof(known));
	wire_resume_init(&r, none, 0);
	cr_assert_eq(send(peer, &r, sizeof(r), 0), sizeof(r));
	cr_assert_eq(session_receive(&session, &ring, &hello), SESSION_GOES_ON);
	cr_assert_eq(recv(peer, &r, sizeof(r), 0), sizeof(r));
	cr_assert_eq(r.hello.position, answered);
}

static void begin_again(uint64_t answered)
{
	close(peer);
	session_deinit(&session, &ring);
	begin(answered);
}

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, RING_BYTES, START);
	wire_hello_init(&hello, own, "1.2.3");
	cgroup_names_init(&session.names, find, NULL);
	lost = false;
	next = 1;
	begin(START);
}

static void teardown(void)
{
	session_deinit(&session, &ring);
	close(peer);
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(session_names, .init = setup, .fini = teardown);

/* An event's bytes follow from its cgroup, so the test notices a wrong name. */
static bool produce(uint32_t number, uint64_t id)
{
	uint64_t at = kernel_ring_produce(&kernel, number, 0);

	if (at == UINT64_MAX)
		return false;
	at += RING_STRIDE - WIRE_RECORD_SIZE;
	kernel_ring_write(&kernel, at + offsetof(struct wire_event, cgroup_id), &id, sizeof(id));
	kernel_ring_write(&kernel, at + offsetof(struct wire_event, bytes), &id, sizeof(id));
	return true;
}

static void pump(void)
{
	cr_assert_eq(session_pump(&session, &ring), SESSION_GOES_ON);
}

static void take_name(const struct wire_name *name)
{
	char *path = known[name->cgroup_id].path;

	known[name->cgroup_id].when = ++names_taken;
	if (name->offset == 0)
		memset(path, 0, WIRE_PATH_SIZE);
	for (size_t i = 0; i < sizeof(name->part) && name->offset + i < name->length; i++)
		path[name->offset + i] = name->part[i];
}

/*
 * Returns the id's path, or "replaced" if WIRE_CGROUP_WAYS other ids of its slot were named later.
 */
static const char *known_path(uint64_t id)
{
	unsigned later = 0;

	for (uint64_t other = id % SLOTS; other < SHARED * SLOTS; other += SLOTS)
		later += known[other].when > known[id].when;
	return later < WIRE_CGROUP_WAYS ? known[id].path : "replaced";
}

static void take_event(const struct wire_event *event)
{
	char path[WIRE_PATH_SIZE];

	cr_assert_eq(event->segments, next);
	next++;
	cr_assert_eq(event->bytes, event->cgroup_id);
	write_path(event->cgroup_id, path);
	if (!lost)
		cr_assert_str_eq(known_path(event->cgroup_id), path);
}

/*
 * Receives one packet, as an exporter does. Returns its records' type, or 0 if there is no packet.
 */
static uint8_t take_packet(void)
{
	static union wire_record packet[WIRE_PACKET_RECORDS + 1];
	ssize_t size = recv(peer, packet, sizeof(packet), 0);

	if (size < 0)
		return 0;
	cr_assert_eq(wire_packet_check(packet, (size_t)size, WIRE_FROM_COLLECTOR), WIRE_OK);
	for (size_t i = 0; i < (size_t)size / sizeof(packet[0]); i++) {
		cr_assert_eq(packet[i].type, packet[0].type);
		if (packet[i].type == WIRE_NAME)
			take_name(&packet[i].name);
		else if (packet[i].type == WIRE_EVENT)
			take_event(&packet[i].event);
	}
	return packet[0].type;
}

static void check_packets(size_t n, const uint8_t types[])
{
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(take_packet(), types[i], "packet %zu", i);
	cr_assert_eq(take_packet(), 0, "there is one packet too many");
}

#define CHECK_PACKETS(...)                                                                         \
	check_packets(sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

/* Fills the socket until it accepts exactly one more packet. */
static void leave_room_for_one(void)
{
	union wire_record filler;

	wire_counter_init(&filler, WIRE_COUNTER_DEFERRED, 0, 0, 0);
	while (session_send_counters(&session, &filler, 1) == 0)
		;
	cr_assert_eq(take_packet(), WIRE_COUNTER);
}

static void take_fillers(void)
{
	union wire_record r;

	while (recv(peer, &r, sizeof(r), MSG_PEEK) == sizeof(r) && r.type == WIRE_COUNTER)
		take_packet();
}

Test(session_names, names_precede_events)
{
	produce(1, 1);
	produce(2, 2);
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT);
	produce(3, 2);
	produce(4, 0);
	write_path(0, known[0].path); /* take_event() also looks it up */
	pump();
	CHECK_PACKETS(WIRE_EVENT);
	cr_assert_eq(next, 5);
}

Test(session_names, cgroups_may_share_a_slot)
{
	for (uint32_t i = 0; i <= WIRE_CGROUP_WAYS; i++)
		produce(1 + i, 1 + i * SLOTS);
	produce(2 + WIRE_CGROUP_WAYS, 1 + WIRE_CGROUP_WAYS * SLOTS);
	produce(3 + WIRE_CGROUP_WAYS, 1);
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT, WIRE_NAME, WIRE_EVENT);
	cr_assert_eq(next, 4 + WIRE_CGROUP_WAYS);
}

Test(session_names, a_missing_path_needs_no_name)
{
	lost = true;
	produce(1, 1);
	pump();
	CHECK_PACKETS(WIRE_EVENT);
	lost = false;
	cgroup_names_ask_again(&session.names);
	produce(2, 1);
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT);
}

/* The socket accepts the names, but not the events. */
Test(session_names, events_may_follow_in_a_later_packet)
{
	leave_room_for_one();
	produce(1, 1);
	produce(2, 2);
	pump();
	cr_assert(session.blocked);
	cr_assert_eq(batch_left(&session.event_names), 0);
	cr_assert_eq(batch_left(&session.events), 2);
	cr_assert_eq(session.sent, START, "a pending event counts as sent");
	produce(3, 3);
	take_fillers();
	pump();
	cr_assert(!session.blocked);
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT, WIRE_NAME, WIRE_EVENT);
	cr_assert_eq(next, 4);
}

/* The socket accepts neither names nor events. */
Test(session_names, names_and_events_may_wait)
{
	union wire_record filler;

	leave_room_for_one();
	wire_counter_init(&filler, WIRE_COUNTER_DEFERRED, 0, 0, 0);
	cr_assert_eq(session_send_counters(&session, &filler, 1), 0);
	produce(1, 1);
	pump();
	cr_assert(session.blocked);
	cr_assert_gt(batch_left(&session.event_names), 0);
	take_fillers();
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT);
}

/* Small packets do not split a path. A path needs three records, and a packet has 32. */
Test(session_names, works_with_the_smallest_send_buffer)
{
	cr_assert_eq(setsockopt(session.fd, SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)), 0);
	for (uint32_t i = 1; i <= 100; i++)
		produce(i, 2 * i);
	for (pump(); next <= 100; pump())
		cr_assert_neq(take_packet(), 0);
}

Test(session_names, a_new_session_knows_no_names)
{
	produce(1, 1);
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT);
	leave_room_for_one();
	produce(2, 2);
	pump();
	cr_assert(session.blocked);
	begin_again(START);
	cr_assert_eq(batch_left(&session.events) + batch_left(&session.event_names), 0);
	next = 1;
	pump();
	CHECK_PACKETS(WIRE_NAME, WIRE_EVENT);
	cr_assert_eq(next, 3);
}

/* Cgroups share slots, the socket is read from time to time, and exporters come and leave. */
Test(session_names, names_precede_events_in_any_order_of_work)
{
	uint32_t produced = 0;

	srand(5);
	while (next <= 20000) {
		while (rand() % 300) {
			uint64_t id =
				1 + (uint64_t)rand() % 20 + SLOTS * ((uint64_t)rand() % 20 / 15);

			produced += produce(produced + 1, id);
		}
		if (rand() % 2)
			pump();
		for (int i = rand() % 400; i > 0 && take_packet(); i--)
			;
		if (rand() % 10 == 0) {
			union wire_record ack;
			uint64_t position = START + (uint64_t)(next - 1) * RING_STRIDE;

			wire_ack_init(&ack, position);
			cr_assert_eq(send(peer, &ack, sizeof(ack), 0), sizeof(ack));
			cr_assert_eq(session_receive(&session, &ring, &hello), SESSION_GOES_ON);
			if (rand() % 4 == 0)
				begin_again(position);
		}
	}
}
