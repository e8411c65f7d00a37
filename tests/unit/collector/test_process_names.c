/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * BPF programs change the table of processes. The exporter gets each change before the events that
 * follow the change.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "process_names.h"
#include "protocol/codec.h"
#include "support/session_fixture.h"

static struct process_table table, mirror; /* the programs have `table`, the exporter `mirror` */
static struct process_names names;
static uint32_t changes;
static union wire_record records[WIRE_PACKET_RECORDS];

static void begin_names(void)
{
	process_names_init(&names, &table, &changes);
}

TestSuite(process_names, .init = begin_names);

static void change(uint32_t slot, uint64_t key, const char *name)
{
	struct process_entry *entry = &table.entries[slot];

	entry->key = key;
	memset(&entry->name, 0, sizeof(entry->name));
	memcpy(entry->name.text, name, strlen(name));
	changes++;
}

static void mirror_record(const union wire_record *r)
{
	cr_assert_eq(wire_packet_check(r, sizeof(*r), WIRE_FROM_COLLECTOR), WIRE_OK);
	mirror.entries[r->process.slot].key = r->process.key;
	memcpy(mirror.entries[r->process.slot].name.text, r->process.name, sizeof(r->process.name));
}

/* Returns the number of records until nothing is left to send. */
static size_t mirror_all(void)
{
	size_t n, all = 0;

	while ((n = process_names_changed(&names, records)) > 0) {
		for (size_t i = 0; i < n; i++)
			mirror_record(&records[i]);
		all += n;
	}
	cr_assert_arr_eq(&mirror, &table, sizeof(table));
	return all;
}

Test(process_names, without_a_table)
{
	process_names_init(&names, NULL, NULL);
	cr_assert_eq(process_names_changed(&names, records), 0);
}

Test(process_names, each_change_once)
{
	cr_assert_eq(mirror_all(), 0);
	change(0, 1, "a");
	change(WIRE_PROCESS_SLOTS - 1, 2, "b");
	cr_assert_eq(mirror_all(), 2);
	cr_assert_eq(mirror_all(), 0);
	changes++;
	cr_assert_eq(mirror_all(), 0, "nothing differs");
	change(0, 1, "c");
	cr_assert_eq(mirror_all(), 1, "another name");
	change(0, 3, "c");
	cr_assert_eq(mirror_all(), 1, "another key");
	change(0, 4, "c");
	changes--;
	cr_assert_eq(process_names_changed(&names, records), 0, "no program announced a change");
}

Test(process_names, all_for_a_new_exporter)
{
	for (uint32_t slot = 0; slot < WIRE_PROCESS_SLOTS; slot++)
		change(slot, slot + 1, "a");
	cr_assert_eq(mirror_all(), WIRE_PROCESS_SLOTS);
	process_names_forget(&names);
	memset(&mirror, 0, sizeof(mirror));
	cr_assert_eq(mirror_all(), WIRE_PROCESS_SLOTS);
}

/* While a program writes a name, the collector sends no record that the protocol forbids. */
Test(process_names, half_written)
{
	change(5, 0, "a");
	change(6, 1, "");
	cr_assert_eq(process_names_changed(&names, records), 0);
	change(7, 1, "0123456789abcdef"); /* without an end */
	cr_assert_eq(process_names_changed(&names, records), 1);
	cr_assert_str_eq(records[0].process.name, "0123456789abcde");
	cr_assert_eq(wire_packet_check(records, sizeof(records[0]), WIRE_FROM_COLLECTOR), WIRE_OK);
	change(5, 1, "a");
	change(6, 1, "b");
	change(7, 1, "c");
	cr_assert_eq(mirror_all(), 3);
}

/* A change is not lost if it arrives while others are sent. */
Test(process_names, under_any_schedule)
{
	srand(3);
	for (int round = 0; round < 2000; round++) {
		for (int i = rand() % 400; i > 0; i--) {
			char name[] = {(char)('a' + rand() % 26), '\0'};

			change((uint32_t)rand() % WIRE_PROCESS_SLOTS, (uint64_t)rand() % 3 + 1,
				name);
		}
		if (rand() % 3) {
			size_t n = process_names_changed(&names, records);

			for (size_t i = 0; i < n; i++)
				mirror_record(&records[i]);
		} else {
			mirror_all();
		}
	}
	mirror_all();
}

static void begin_session(void)
{
	setup();
	process_names_init(&session.processes, &table, &changes);
	resume(none, 0, START);
}

TestSuite(process_session, .init = begin_session, .fini = teardown);

/* Receives PROCESS records up to the next event. Returns the number of the event. */
static uint32_t take_until_event(size_t *processes)
{
	static union wire_record packet[WIRE_PACKET_RECORDS];
	ssize_t size;

	for (*processes = 0; (size = recv(peer, packet, sizeof(packet), 0)) > 0;) {
		size_t n = (size_t)size / sizeof(packet[0]);

		if (packet[0].type == WIRE_EVENT)
			return packet[0].event.segments;
		for (size_t i = 0; i < n; i++)
			mirror_record(&packet[i]);
		*processes += n;
	}
	cr_assert_eq(errno, EAGAIN);
	return 0;
}

/* The events wait in the ring for the changes. None is lost or sent twice. */
Test(process_session, changes_go_before_events)
{
	size_t n;

	for (uint32_t slot = 0; slot < 600; slot++)
		change(slot, 1, "a");
	produce(1, 3);
	pump();
	cr_assert_eq(take_until_event(&n), 1);
	cr_assert_eq(n, 600);
	cr_assert_arr_eq(&mirror, &table, sizeof(table));
	change(0, 2, "b");
	produce(4, 4);
	pump();
	cr_assert_eq(take_until_event(&n), 4);
	cr_assert_eq(n, 1);
	cr_assert_eq(session.sent, position_after(4));
}

Test(process_session, without_events)
{
	size_t n;

	change(1, 1, "a");
	pump();
	cr_assert_eq(take_until_event(&n), 0);
	cr_assert_eq(n, 1);
	cr_assert_eq(session.sent, START);
}

/* The socket becomes full in the middle of the table. */
Test(process_session, blocked_between)
{
	size_t all = 0, n;
	uint32_t first;

	cr_assert_eq(setsockopt(session.fd, SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)), 0);
	for (uint32_t slot = 0; slot < WIRE_PROCESS_SLOTS; slot++)
		change(slot, 1, "a");
	produce(1, 1);
	do {
		pump();
		first = take_until_event(&n);
		all += n;
	} while (first == 0);
	cr_assert_eq(first, 1);
	cr_assert_eq(all, WIRE_PROCESS_SLOTS);
}

Test(process_session, all_again_at_a_new_session)
{
	size_t n;

	change(1, 1, "a");
	pump();
	cr_assert_eq(take_until_event(&n), 0);
	begin_again();
	resume(none, 0, START);
	produce(1, 1);
	pump();
	cr_assert_eq(take_until_event(&n), 1);
	cr_assert_eq(n, 1);
}
