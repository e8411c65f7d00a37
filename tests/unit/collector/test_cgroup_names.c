/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter has the names that the collector believes it has. A simple model checks this. */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgroup_names.h"
#include "protocol/codec.h"

#define SLOTS ((uint64_t)WIRE_CGROUP_SLOTS)
#define SHARED 7   /* ids that share a slot */
#define ID_MAX 301 /* upper limit of an id modulo SLOTS */

static struct cgroup_names names;
static union wire_record events[WIRE_PACKET_RECORDS], records[WIRE_PACKET_RECORDS];
static unsigned asked;
static uint64_t missing; /* the id without a path */
static uint64_t wrong;   /* the id whose path the protocol does not allow */

/* Writes a different path for each id, which needs one to four records. */
static void write_path(uint64_t id, char path[WIRE_PATH_SIZE])
{
	int length = 20 + (int)(id % 4) * 75;

	snprintf(path, WIRE_PATH_SIZE, "/%0*" PRIu64, length, id);
}

static int find(void *context, uint64_t id, char path[WIRE_PATH_SIZE])
{
	cr_assert_eq(context, &asked);
	cr_assert_neq(id, 0);
	asked++;
	if (id == missing)
		return -ENOENT;
	write_path(id, path);
	if (id == wrong)
		path[0] = 'x';
	return 0;
}

static void setup(void)
{
	memset(&names, 0x5a, sizeof(names));
	cgroup_names_init(&names, find, &asked);
}

TestSuite(cgroup_names, .init = setup);

static void set_events(size_t n, const uint64_t ids[])
{
	for (size_t i = 0; i < n; i++)
		events[i] = (union wire_record){.event = {.type = WIRE_EVENT, .cgroup_id = ids[i]}};
}

/* Requests the names before events of `ids`. Returns how many events may follow. */
#define BEFORE(n_records, ...)                                                                     \
	({                                                                                         \
		const uint64_t ids_[] = {__VA_ARGS__};                                             \
		size_t n_ = sizeof(ids_) / sizeof(ids_[0]);                                        \
                                                                                                   \
		set_events(n_, ids_);                                                              \
		*(n_records) = cgroup_names_before(&names, events, &n_, records);                  \
		n_;                                                                                \
	})

/* Checks that the records from index `at` are the whole name of `id`. Returns the next index. */
static size_t check_name(size_t at, uint64_t id)
{
	union wire_record wanted[WIRE_NAME_RECORDS];
	char path[WIRE_PATH_SIZE];
	size_t n;

	write_path(id, path);
	n = wire_name_init(wanted, id, path);
	cr_assert_arr_eq(records[at].bytes, wanted[0].bytes, n * sizeof(wanted[0]));
	return at + n;
}

/* The exporter would refuse the packet, and receive no event on any connection. */
Test(cgroup_names, leaves_out_a_name_that_the_protocol_does_not_allow)
{
	size_t n;

	wrong = 4;
	cr_assert_eq(BEFORE(&n, 4, 5), 2);
	cr_assert_eq(check_name(0, 5), n);
	cr_assert_eq(BEFORE(&n, 4), 1);
	cr_assert_eq(n, 0);
	cr_assert_eq(asked, 2);
}

Test(cgroup_names, sends_each_name_once)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 1, 2, 1, 3, 2), 5);
	cr_assert_eq(check_name(check_name(check_name(0, 1), 2), 3), n);
	cr_assert_eq(wire_packet_check(records, n * sizeof(records[0]), WIRE_FROM_COLLECTOR), 0);
	cr_assert_eq(BEFORE(&n, 3, 2, 1), 3);
	cr_assert_eq(n, 0);
	cr_assert_eq(BEFORE(&n, 1, 4), 2);
	cr_assert_eq(check_name(0, 4), n);
	cr_assert_eq(asked, 4, "the path of a known name was looked up");
}

Test(cgroup_names, events_without_a_cgroup_need_no_name)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 0, 0), 2);
	cr_assert_eq(n, 0);
	cr_assert_eq(asked, 0);
}

Test(cgroup_names, events_without_a_path_need_no_name)
{
	size_t n;

	cgroup_names_init(&names, NULL, NULL);
	cr_assert_eq(BEFORE(&n, 1, 2, 1 + SLOTS), 3);
	cr_assert_eq(n, 0);
}

/* Cgroups that share a slot do not split packets when they take turns. */
Test(cgroup_names, cgroups_may_share_a_slot)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 1, 1 + SLOTS, 1, 1 + SLOTS, 1, 1 + 2 * SLOTS, 1 + 3 * SLOTS, 1), 8);
	cr_assert_eq(check_name(check_name(check_name(check_name(0, 1), 1 + SLOTS), 1 + 2 * SLOTS),
			     1 + 3 * SLOTS),
		n);
	cr_assert_eq(BEFORE(&n, 1 + 3 * SLOTS, 1, 1 + SLOTS, 1 + 2 * SLOTS), 4);
	cr_assert_eq(n, 0);
}

/*
 * An event waits for the next packet if its name would replace the name of an earlier event.
 */
Test(cgroup_names, does_not_replace_the_name_of_an_earlier_event)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 1, 1 + SLOTS, 1 + 2 * SLOTS, 1 + 3 * SLOTS), 4);
	cr_assert_eq(BEFORE(&n, 1, 2, 1 + 4 * SLOTS, 1), 2);
	cr_assert_eq(check_name(0, 2), n);
	cr_assert_eq(BEFORE(&n, 1 + 4 * SLOTS, 1), 2);
	cr_assert_eq(check_name(check_name(0, 1 + 4 * SLOTS), 1), n,
		"the replaced name must be sent again");
}

/* A name that no event of the packet needs may be replaced at once. */
Test(cgroup_names, replaces_an_unused_name)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 7, 7 + SLOTS, 7 + 2 * SLOTS, 7 + 3 * SLOTS), 4);
	cr_assert_eq(BEFORE(&n, 7 + SLOTS, 7 + 4 * SLOTS), 2);
	cr_assert_eq(check_name(0, 7 + 4 * SLOTS), n);
}

Test(cgroup_names, events_wait_if_a_packet_has_no_room)
{
	uint64_t ids[WIRE_PACKET_RECORDS];
	size_t n_events = WIRE_PACKET_RECORDS, n, end = 0;

	for (size_t i = 0; i < WIRE_PACKET_RECORDS; i++)
		ids[i] = 4 * i + 3; /* each path needs four records */
	set_events(WIRE_PACKET_RECORDS, ids);
	n = cgroup_names_before(&names, events, &n_events, records);
	cr_assert_eq(n, WIRE_PACKET_RECORDS);
	cr_assert_eq(n_events, WIRE_PACKET_RECORDS / WIRE_NAME_RECORDS);
	for (size_t i = 0; i < n_events; i++)
		end = check_name(end, ids[i]);
	set_events(1, &ids[n_events]);
	n_events = 1;
	n = cgroup_names_before(&names, events, &n_events, records);
	cr_assert_eq(check_name(0, events[0].event.cgroup_id), n,
		"the next packet must start with that name");
}

/* Without a path no name is sent. Then the exporter has no name for the id, so it shows none. */
Test(cgroup_names, looks_for_a_missing_path_once)
{
	size_t n;

	missing = 9;
	cr_assert_eq(BEFORE(&n, 9, 9, 10), 3);
	cr_assert_eq(check_name(0, 10), n);
	cr_assert_eq(asked, 2, "each path must be looked up once");
	missing = 0;
	cr_assert_eq(BEFORE(&n, 9), 1);
	cr_assert_eq(n, 0, "a name was sent");
	cgroup_names_ask_again(&names);
	cr_assert_eq(BEFORE(&n, 9), 1);
	cr_assert_eq(check_name(0, 9), n);
	missing = 9 + SLOTS;
	cr_assert_eq(BEFORE(&n, 9 + SLOTS, 9), 2);
	cr_assert_eq(n, 0, "the name in the slot was replaced");
}

Test(cgroup_names, forgets_the_names_of_an_old_session)
{
	size_t n;

	cr_assert_eq(BEFORE(&n, 5, 6), 2);
	cgroup_names_forget(&names);
	cr_assert_eq(BEFORE(&n, 6), 1);
	cr_assert_eq(check_name(0, 6), n);
}

/* This exporter follows docs/protocol.md. It remembers when each id was last named. */
static unsigned known[SHARED][ID_MAX], names_taken;

/* Whether the slot still has the id, because fewer than WIRE_CGROUP_WAYS ids were named later. */
static bool is_known(uint64_t id)
{
	unsigned when = known[id / SLOTS][id % SLOTS], later = 0;

	for (size_t i = 0; i < SHARED; i++)
		later += known[i][id % SLOTS] > when;
	return when && later < WIRE_CGROUP_WAYS;
}

static void tell_exporter(size_t n)
{
	for (size_t i = 0; i < n;) {
		uint64_t id = records[i].name.cgroup_id;

		i = check_name(i, id);
		known[id / SLOTS][id % SLOTS] = ++names_taken;
	}
}

/* Each event finds its name in its slot, and each packet has at least one event. */
Test(cgroup_names, an_exporter_finds_each_name)
{
	size_t names_sent = 0, events_sent = 0, split = 0;

	srand(11);
	missing = 3 + 2 * SLOTS;
	for (int round = 0; round < 20000; round++) {
		size_t n_events = 1 + (size_t)rand() % WIRE_PACKET_RECORDS, had = n_events, n;
		uint64_t ids[WIRE_PACKET_RECORDS];
		unsigned few = rand() % 2 ? 4 : 300;

		for (size_t i = 0; i < n_events; i++)
			ids[i] = 1 + (uint64_t)rand() % few +
				 (rand() % 8 ? 0 : SLOTS * ((uint64_t)rand() % SHARED));
		set_events(n_events, ids);
		n = cgroup_names_before(&names, events, &n_events, records);
		cr_assert_leq(n, WIRE_PACKET_RECORDS);
		cr_assert(n_events >= 1 && n_events <= had);
		if (n)
			cr_assert_eq(wire_packet_check(
					     records, n * sizeof(records[0]), WIRE_FROM_COLLECTOR),
				WIRE_OK);
		tell_exporter(n);
		for (size_t i = 0; i < n_events; i++) {
			cr_assert_eq(is_known(ids[i]), ids[i] != missing);
		}
		names_sent += n;
		events_sent += n_events;
		split += n_events < had;
		if (rand() % 50 == 0) {
			cgroup_names_forget(&names);
			memset(known, 0, sizeof(known));
		}
	}
	cr_assert(names_sent > 10000 && split > 100 && events_sent > 100000);
}
