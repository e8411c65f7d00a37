/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Paths of cgroups: assembled, shared, kept while a series shows them, bounded. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "counts/cgroups.h"
#include "protocol/codec.h"

static struct cgroups *cgroups;
static struct table *table;

static void setup(void)
{
	cr_assert_eq(table_new(&table, NULL, 100000), 0);
	cr_assert_eq(cgroups_new(&cgroups, NULL, table), 0);
}

static void teardown(void)
{
	cgroups_free(cgroups);
	table_free(table);
}

TestSuite(cgroups, .init = setup, .fini = teardown);

static void name(uint64_t id, const char *path)
{
	union wire_record records[WIRE_NAME_RECORDS];
	size_t n = wire_name_init(records, id, path);

	cr_assert_eq(
		wire_packet_check(records, n * sizeof(*records), WIRE_FROM_COLLECTOR), WIRE_OK);
	for (size_t i = 0; i < n; i++)
		cgroups_take(cgroups, &records[i].name);
}

static const char *path(uint64_t id)
{
	return cgroups_path(cgroups, cgroups_number(cgroups, id));
}

/* Makes the table show the present path of `id`. */
static void show(uint64_t id)
{
	union group_key key = {.cgroup = cgroups_number(cgroups, id)};
	struct table_increment increment = {.sent = 1};

	table_add(table, &key, &increment, (struct table_time){1, 1});
}

Test(cgroups, by_id)
{
	name(1, "/");
	name(4242, "/system.slice/nginx.service");
	cr_assert_str_eq(path(1), "/");
	cr_assert_str_eq(path(4242), "/system.slice/nginx.service");
	cr_assert_str_eq(path(2), "unknown");
	cr_assert_str_eq(path(0), "unknown");
	/* Another id of the same slot. */
	cr_assert_str_eq(path(4242 + WIRE_CGROUP_SLOTS), "unknown");
}

Test(cgroups, every_length)
{
	for (size_t length = 1; length < WIRE_PATH_SIZE; length++) {
		char text[WIRE_PATH_SIZE] = "";

		for (size_t i = 0; i < length; i++)
			text[i] = i == 0 ? '/' : (char)('a' + i % 26);
		name(7, text);
		cr_assert_str_eq(path(7), text);
	}
}

Test(cgroups, one_path_is_one_number)
{
	name(1, "/a.service");
	name(2, "/b.service");
	name(3, "/a.service");
	cr_assert_eq(cgroups_number(cgroups, 1), cgroups_number(cgroups, 3));
	cr_assert_neq(cgroups_number(cgroups, 1), cgroups_number(cgroups, 2));
}

Test(cgroups, a_slot_has_the_last_ids)
{
	name(5, "/first");
	for (uint64_t i = 1; i < WIRE_CGROUP_WAYS; i++)
		name(5 + i * WIRE_CGROUP_SLOTS, "/other");
	cr_assert_str_eq(path(5), "/first");
	name(5, "/again"); /* is now the last */
	name(5 + WIRE_CGROUP_WAYS * WIRE_CGROUP_SLOTS, "/last");
	cr_assert_str_eq(path(5 + WIRE_CGROUP_SLOTS), "unknown");
	cr_assert_str_eq(path(5), "/again");
	cr_assert_str_eq(path(5 + 2 * WIRE_CGROUP_SLOTS), "/other");
	cr_assert_str_eq(path(5 + WIRE_CGROUP_WAYS * WIRE_CGROUP_SLOTS), "/last");
}

Test(cgroups, a_path_becomes_printable)
{
	static const struct {
		const char *raw, *wanted;
	} cases[] = {{"/caf\xc3\xa9/\xe2\x82\xac/\xf0\x9f\x90\xa7",
			     "/caf\xc3\xa9/\xe2\x82\xac/\xf0\x9f\x90\xa7"},
		{"/\xff\x80", "/??"}, {"/\xc0\xaf", "/??"}, {"/\xc3", "/?"}, {"/\xc3/", "/?/"},
		{"/\xe2\x82", "/??"}, {"/\xe0\x80\x80", "/???"}, {"/\xed\xa0\x80", "/???"},
		{"/\xf0\x80\x80\x80", "/????"}, {"/\xf4\x90\x80\x80", "/????"},
		{"/\xf5\x80\x80\x80", "/????"}, {"/\x01\x1b[2J\x7f", "/??[2J?"},
		{"/a\xc2\x80\xc2\x9f\xc2\xa0z", "/a??\xc2\xa0z"},
		{"/\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xae"
		 "fdp",
			"/?????fdp"},
		{"/\xe2\x80\xa8\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x90\xe2\x80\xaf",
			"/???\xe2\x80\x90\xe2\x80\xaf"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		name(9, cases[i].raw);
		cr_assert_str_eq(path(9), cases[i].wanted, "case %zu", i);
	}
}

Test(cgroups, bounded_and_collected)
{
	char text[64];
	uint32_t first;

	name(1, "/shown");
	show(1);
	first = cgroups_number(cgroups, 1);
	for (uint64_t id = 1; id <= 3 * CGROUP_PATHS; id++) {
		snprintf(text, sizeof(text), "/pod-%u", (unsigned)id);
		name(id, text);
		cr_assert_str_eq(path(id), text);
	}
	cr_assert_str_eq(cgroups_path(cgroups, first), "/shown");
}

Test(cgroups, without_room_unknown)
{
	char text[64];

	/* The table shows them all, so that none can be forgotten. */
	for (uint64_t id = 1; id < CGROUP_PATHS; id++) {
		snprintf(text, sizeof(text), "/pod-%u", (unsigned)id);
		name(id, text);
		show(id);
	}
	cr_assert_str_eq(path(CGROUP_PATHS - 1), text);
	name(CGROUP_PATHS, "/one-more");
	cr_assert_str_eq(path(CGROUP_PATHS), "unknown");
	/* But what is known already needs no room. */
	name(CGROUP_PATHS, "/pod-7");
	cr_assert_str_eq(path(CGROUP_PATHS), "/pod-7");
}

/* Free room is found, but not at once: each search examines all groups. */
Test(cgroups, room_again)
{
	struct table_time later = {2, 1000};
	unsigned unknown = 0;
	char text[64];

	for (uint64_t id = 1; id < CGROUP_PATHS; id++) {
		snprintf(text, sizeof(text), "/pod-%u", (unsigned)id);
		name(id, text);
		show(id);
	}
	name(1, "/one-more");
	cr_assert_str_eq(path(1), "unknown");
	table_expire(table, CGROUP_PATHS, 1, later);
	for (uint64_t id = 1; id <= 100000; id++) {
		snprintf(text, sizeof(text), "/new-%u", (unsigned)id);
		name(id, text);
		if (strcmp(path(id), "unknown") == 0)
			unknown++;
		else
			cr_assert_str_eq(path(id), text);
	}
	cr_assert_leq(unknown, 1100);
}
