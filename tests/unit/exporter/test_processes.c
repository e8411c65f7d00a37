/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An event belongs to the process that holds its socket, or to the process of its listener. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "counts/processes.h"
#include "protocol/codec.h"
#include "protocol/process_key.h"
#include "support/exporter_events.h"

#define NETNS UINT32_C(4026531840)

static struct processes *processes;
static struct names *names;
static struct table *table;

static void setup(void)
{
	cr_assert_eq(table_new(&table, NULL, 1000), 0);
	cr_assert_eq(names_new(&names, NULL, table), 0);
	cr_assert_eq(processes_new(&processes, names), 0);
}

static void teardown(void)
{
	processes_free(processes);
	names_free(names);
	table_free(table);
}

TestSuite(processes, .init = setup, .fini = teardown);

static void take(uint32_t slot, uint64_t key, const char *name)
{
	union wire_record record;

	wire_process_init(&record, slot, key, name);
	cr_assert_eq(wire_packet_check(&record, sizeof(record), WIRE_FROM_COLLECTOR), WIRE_OK);
	processes_take(processes, &record.process);
}

static uint64_t listener(uint32_t netns, const char *address, uint16_t port)
{
	uint64_t words[2];

	event_address((uint8_t *)words, address);
	return process_listener_key(netns, port, words);
}

static void listens(const char *address, uint16_t port, const char *name)
{
	uint64_t key = listener(NETNS, address, port);

	take(process_slot(key, 0), key, name);
}

static struct wire_event server(const char *address, uint16_t port)
{
	struct wire_event e = event_make(address, port,
		strchr(address, ':') ? "2001:db8::9" : "203.0.113.9", 50000, WIRE_CAUSE_FAST, 1);

	e.role = WIRE_ROLE_SERVER;
	e.netns = NETNS;
	return e;
}

static uint16_t number_of(struct wire_event e)
{
	struct group_names numbers = {{NAME_UNKNOWN}};

	processes_find(processes, &e, &numbers);
	return numbers.number[GROUP_PROCESS - GROUP_CGROUP];
}

static const char *name_of(struct wire_event e)
{
	return names_text(names, number_of(e));
}

/* docs/protocol.md: the namespace, the port, and 16 bits of a hash of the address. */
Test(processes, key_of_a_listener)
{
	uint64_t low = 0, high = 0;

	for (uint64_t i = 0; i < 64; i++) {
		const uint64_t first[2] = {i, 0}, second[2] = {0, i};

		low |= process_listener_key(NETNS, 50000, second);
		high |= process_listener_key(NETNS, 50000, first);
	}
	cr_assert_eq(low, (uint64_t)NETNS << 32 | UINT64_C(50000) << 16 | 0xffff);
	cr_assert_eq(high, low, "both halves of the address count");
}

Test(processes, of_a_listener)
{
	listens("192.0.2.1", 443, "one");
	listens("0.0.0.0", 443, "any4");
	listens("::", 80, "any6");
	listens("2001:db8::1", 443, "six");
	cr_assert_str_eq(name_of(server("192.0.2.1", 443)), "one");
	cr_assert_str_eq(name_of(server("192.0.2.2", 443)), "any4");
	cr_assert_str_eq(
		name_of(server("192.0.2.2", 80)), "any6", "the listener accepts both versions");
	cr_assert_str_eq(name_of(server("2001:db8::2", 80)), "any6");
	cr_assert_str_eq(name_of(server("2001:db8::1", 443)), "six");
	cr_assert_str_eq(name_of(server("2001:db8::2", 443)), "unknown");
	cr_assert_str_eq(name_of(server("192.0.2.1", 22)), "unknown");
}

Test(processes, of_a_listener_elsewhere)
{
	struct wire_event client = server("192.0.2.1", 443), other = client;

	listens("0.0.0.0", 443, "httpd");
	client.role = WIRE_ROLE_CLIENT;
	other.netns++;
	cr_assert_str_eq(name_of(client), "unknown", "a client has no listener");
	cr_assert_str_eq(name_of(other), "unknown", "another network namespace");
}

Test(processes, the_holder_comes_first)
{
	struct wire_event e = server("192.0.2.1", 443);

	listens("0.0.0.0", 443, "inetd");
	e.process = 77;
	cr_assert_str_eq(name_of(e), "inetd", "the name of the holder is not known");
	take(process_slot(77, 3), 77, "ftpd");
	cr_assert_str_eq(name_of(e), "ftpd");
	e.role = WIRE_ROLE_CLIENT;
	cr_assert_str_eq(name_of(e), "ftpd");
	e.process = 78;
	cr_assert_str_eq(name_of(e), "unknown");
}

/* A key may be in each slot of its window, even if the window passes the end of the table. */
Test(processes, in_every_slot_of_the_window)
{
	struct wire_event e = event_make("192.0.2.1", 1, "192.0.2.2", 2, WIRE_CAUSE_FAST, 1);
	uint32_t key = 1;

	while (process_slot(key, 0) != WIRE_PROCESS_SLOTS - 2)
		key++;
	e.process = key;
	for (uint32_t way = 0; way < PROCESS_WAYS; way++) {
		take(process_slot(key, way), key, "here");
		cr_assert_str_eq(name_of(e), "here", "way %u", way);
		take(process_slot(key, way), key + 1, "there");
		cr_assert_str_eq(name_of(e), "unknown", "way %u", way);
	}
	take(process_slot(key, PROCESS_WAYS), key, "outside");
	cr_assert_str_eq(name_of(e), "unknown");
}

Test(processes, a_slot_is_replaced)
{
	uint32_t used;

	listens("0.0.0.0", 443, "old");
	used = names_used(names);
	for (int i = 0; i < 3 * NAMES; i++) {
		char name[WIRE_PROCESS_NAME_SIZE];

		snprintf(name, sizeof(name), "new-%d", i);
		listens("0.0.0.0", 443, name);
		cr_assert_str_eq(name_of(server("192.0.2.1", 443)), name);
	}
	cr_assert_geq(names_used(names), used);
}

/* Slots that the next collector does not send become free. */
Test(processes, forgotten)
{
	listens("0.0.0.0", 443, "old");
	processes_forget(processes);
	cr_assert_str_eq(name_of(server("192.0.2.1", 443)), "unknown");
	listens("0.0.0.0", 80, "unrelated");
	cr_assert_str_eq(name_of(server("192.0.2.1", 443)), "unknown");
}

Test(processes, hostile_names)
{
	static const struct {
		const char *name, *shown;
	} cases[] = {{"a\nb\x1b[0m\x7f", "a?b?[0m?"}, {"\xc2\x85\xe2\x80\xae", "??"},
		{"caf\xc3\xa9", "caf\xc3\xa9"}, {"cut-in-two-\xe2\x82", "cut-in-two-??"},
		{"a\"b\\c{}", "a\"b\\c{}"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		listens("0.0.0.0", 443, cases[i].name);
		cr_assert_str_eq(name_of(server("192.0.2.1", 443)), cases[i].shown);
	}
}

/*
 * A process may choose a name that the label uses with another meaning. Two series would then have
 * the same labels.
 */
Test(processes, names_that_are_taken)
{
	listens("0.0.0.0", 443, "unknown");
	cr_assert_eq(number_of(server("192.0.2.1", 443)), NAME_UNKNOWN);
	listens("0.0.0.0", 443, group_overflow_value(GROUP_PROCESS));
	cr_assert_eq(number_of(server("192.0.2.1", 443)), NAME_UNKNOWN);
}
