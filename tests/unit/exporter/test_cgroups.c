/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The exporter assembles the paths of cgroups. It stores equal paths once, keeps those of series,
 * and limits their number.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "counts/cgroups.h"
#include "protocol/codec.h"

/* These cgroups have no pod, container or unit. So each needs its path, and all share "none". */
#define FULL (NAMES - 1)

static struct cgroups *cgroups;
static struct names *names;
static struct table *table;

static void setup(void)
{
	cr_assert_eq(table_new(&table, NULL, 100000), 0);
	cr_assert_eq(names_new(&names, NULL, table), 0);
	cr_assert_eq(cgroups_new(&cgroups, names, GROUP_CGROUP_LABELS), 0);
}

static void teardown(void)
{
	cgroups_free(cgroups);
	names_free(names);
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

static struct group_names found(uint64_t id)
{
	struct group_names numbers = {{NAME_UNKNOWN}};

	cgroups_find(cgroups, id, &numbers);
	return numbers;
}

static const char *text(uint64_t id, enum group_label label)
{
	union group_key key = {.names = found(id)};

	return group_name(names, &key, label);
}

static const char *path(uint64_t id)
{
	return text(id, GROUP_CGROUP);
}

/* Adds a group to the table, with the path that `id` has now. */
static void show(uint64_t id)
{
	union group_key key = {.names = found(id)};
	struct table_increment increment = {.sent = 1};

	table_add(table, &key, &increment, (struct table_time){1, 1});
}

Test(cgroups, finds_paths_by_id)
{
	name(1, "/");
	name(4242, "/system.slice/nginx.service");
	cr_assert_str_eq(path(1), "/");
	cr_assert_str_eq(path(4242), "/system.slice/nginx.service");
	cr_assert_str_eq(path(2), "unknown");
	cr_assert_str_eq(path(0), "unknown");
	/* Another id with the same slot. */
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

Test(cgroups, equal_paths_have_the_same_number)
{
	name(1, "/a.service");
	name(2, "/b.service");
	name(3, "/a.service");
	cr_assert_eq(found(1).number[0], found(3).number[0]);
	cr_assert_neq(found(1).number[0], found(2).number[0]);
}

Test(cgroups, a_slot_keeps_the_last_ids)
{
	name(5, "/first");
	for (uint64_t i = 1; i < WIRE_CGROUP_WAYS; i++)
		name(5 + i * WIRE_CGROUP_SLOTS, "/other");
	cr_assert_str_eq(path(5), "/first");
	name(5, "/again"); /* this id is now the last one */
	name(5 + WIRE_CGROUP_WAYS * WIRE_CGROUP_SLOTS, "/last");
	cr_assert_str_eq(path(5 + WIRE_CGROUP_SLOTS), "unknown");
	cr_assert_str_eq(path(5), "/again");
	cr_assert_str_eq(path(5 + 2 * WIRE_CGROUP_SLOTS), "/other");
	cr_assert_str_eq(path(5 + WIRE_CGROUP_WAYS * WIRE_CGROUP_SLOTS), "/last");
}

Test(cgroups, replaces_characters_that_cannot_be_printed)
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

Test(cgroups, frees_unused_paths_at_the_limit)
{
	char line[64];
	uint16_t first;

	name(1, "/shown");
	show(1);
	first = found(1).number[0];
	for (uint64_t id = 1; id <= 3 * FULL; id++) {
		snprintf(line, sizeof(line), "/pod-%u", (unsigned)id);
		name(id, line);
		cr_assert_str_eq(path(id), line);
	}
	cr_assert_str_eq(names_text(names, first), "/shown");
}

/* A number takes memory when it is first used. */
Test(cgroups, uses_free_numbers_first)
{
	const unsigned held = WIRE_CGROUP_SLOTS * WIRE_CGROUP_WAYS;
	char line[64];

	for (unsigned id = 1; id <= FULL; id++) {
		snprintf(line, sizeof(line), "/job-%u", id);
		name(id, line);
		cr_assert_str_eq(path(id), line);
		cr_assert_lt(found(id).number[0], held + 2048);
	}
}

Test(cgroups, shows_unknown_without_room)
{
	char line[64];

	/* The table uses all paths, so none can be freed. */
	for (uint64_t id = 1; id < FULL; id++) {
		snprintf(line, sizeof(line), "/pod-%u", (unsigned)id);
		name(id, line);
		show(id);
	}
	cr_assert_str_eq(path(FULL - 1), line);
	name(FULL, "/one-more");
	cr_assert_str_eq(path(FULL), "unknown");
	/* A known path needs no room. */
	name(FULL, "/pod-7");
	cr_assert_str_eq(path(FULL), "/pod-7");
}

/* Each search for free numbers visits all groups, so searches are rare. */
Test(cgroups, finds_room_again)
{
	struct table_time later = {2, 1000};
	unsigned unknown = 0;
	char line[64];

	for (uint64_t id = 1; id < FULL; id++) {
		snprintf(line, sizeof(line), "/pod-%u", (unsigned)id);
		name(id, line);
		show(id);
	}
	name(1, "/one-more");
	cr_assert_str_eq(path(1), "unknown");
	table_expire(table, FULL, 1, later);
	for (uint64_t id = 1; id <= 100000; id++) {
		snprintf(line, sizeof(line), "/new-%u", (unsigned)id);
		name(id, line);
		if (strcmp(path(id), "unknown") == 0)
			unknown++;
		else
			cr_assert_str_eq(path(id), line);
	}
	cr_assert_leq(unknown, 1100);
}

Test(cgroups, names_in_the_path)
{
	name(1, "/kubepods/burstable/pod0bd7eabf-0b7f-4d2f-a1c9-2d1a6c6f9b11/"
		"20e061fc708d3b66dfe257b19552b34a1307a7347ed6b5bd0d8c5e76afb1a870");
	name(2, "/system.slice/nginx.service");
	cr_assert_str_eq(text(1, GROUP_POD_UID), "0bd7eabf-0b7f-4d2f-a1c9-2d1a6c6f9b11");
	cr_assert_str_eq(text(1, GROUP_CONTAINER_ID),
		"20e061fc708d3b66dfe257b19552b34a1307a7347ed6b5bd0d8c5e76afb1a870");
	cr_assert_str_eq(text(1, GROUP_UNIT), "none");
	cr_assert_str_eq(text(2, GROUP_POD_UID), "none");
	cr_assert_str_eq(text(2, GROUP_UNIT), "nginx.service");
	cr_assert_str_eq(text(3, GROUP_UNIT), "unknown");
}
