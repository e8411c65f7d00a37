/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The next exporter continues from a state file, but does not trust a damaged file. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/log_sink.h"
#include "support/state_fixture.h"

static struct state_shape shape;
static struct bytes good;
static char path[128], aside[128];

static void setup(void)
{
	state_directory_make();
	shape = state_fixture_shape();
	strcpy(path, state_path("state"));
	strcpy(aside, state_path("state.bad"));
	good = state_fill("state");
}

TestSuite(state, .init = setup, .fini = state_directory_remove, .timeout = 120);

/* Whether the exporter accepts a file with these bytes unchanged. `words` then gets its words. */
static bool is_trusted(struct bytes bytes, struct bytes *words)
{
	struct state *state;
	bool trusted;

	state_write(path, bytes);
	cr_assert_eq(state_open(&state, path, &shape), 0);
	state_close(state);
	trusted = access(aside, F_OK) != 0;
	if (trusted && words)
		*words = state_read(path);
	unlink(aside);
	unlink(path);
	return trusted;
}

Test(state, accepts_its_own_file)
{
	struct bytes words;

	cr_assert(is_trusted(good, &words));
	cr_assert_eq(words.size, good.size);
	cr_assert_arr_eq(words.data, good.data, good.size);
}

/* Files of the same STATE_VERSION have these bits: cgroup, dst_ip, cause, and both prefixes. */
Test(state, shape_has_the_labels)
{
	cr_assert_eq(shape.grouping, UINT64_C(0x0080200000008028));
}

/* The expected sums of the counters were calculated by hand from the steps. */
Test(state, continues_the_counters)
{
	const struct table_counts *counts;
	struct exporter e;

	state_exporter_init(&e, "state");
	counts = table_counts(e.table);
	cr_assert_eq(table_size(e.table)->groups, 1);
	cr_assert_eq(counts->evicted + counts->other.retransmitted[WIRE_CAUSE_FAST] +
			     counts->other.retransmitted[WIRE_CAUSE_PROBE] +
			     table_next(e.table, &(uint32_t){0})->retransmitted[WIRE_CAUSE_FAST],
		3 + 2 + 5 + 1 + 45 + 4);
	cr_assert_eq(ledger_value(e.ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 1030);
	cr_assert_not(ledger_known(e.ledger, WIRE_COUNTER_DEFERRED, 0, 0));
	cr_assert_eq(e.stream.past->applied, 104);
	cr_assert_eq(e.stream.past->counts.duplicates, 1);
	cr_assert_eq(e.stream.past->counts.restarts, 1);
	cr_assert_eq(e.histograms.counts->buckets[4], 6);
	cr_assert_str_eq(
		group_name(e.names, &table_next(e.table, &(uint32_t){0})->key, GROUP_CGROUP),
		"/system.slice/a-service-with-a-name-of-some-length.service");
	exporter_deinit(&e);
}

/* The file has only the second group, because the first one was idle. A new group may use the
 * place of the first. */
Test(state, uses_the_place_of_a_removed_group)
{
	const struct table_increment one = {.cause = WIRE_CAUSE_FAST, .segments = 1};
	const union group_key key = {.remote_addr = {1}};
	struct exporter e;

	state_exporter_init(&e, "state");
	cr_assert_eq(table_size(e.table)->groups, 1);
	table_add(e.table, &key, &one, (struct table_time){1, 1000});
	cr_assert_eq(table_size(e.table)->groups, 2);
	cr_assert(group_key_equal(&table_next(e.table, &(uint32_t){0})->key, &key));
	exporter_deinit(&e);
}

/* Flips one bit of every byte that is not zero. Either the exporter notices it, or the bit has
 * no effect. */
Test(state, detects_a_flipped_bit)
{
	uint8_t *file = state_map(path);
	unsigned shown = 0, silent = 0;
	struct state *state;

	for (size_t byte = 0; byte < good.size; byte++) {
		if (good.data[byte] == 0 && byte % 39989 != 0 && byte != STATE_WORDS_AT)
			continue;
		file[byte] ^= (uint8_t)(1 << byte % 8);
		cr_assert_eq(state_open(&state, path, &shape), 0);
		state_close(state);
		if (rename(aside, path) == 0) {
			file[byte] ^= (uint8_t)(1 << byte % 8);
			shown++;
			continue;
		}
		/* The bit was in an unused part, or in what an old journal left. */
		cr_assert_lt(byte, STATE_WORDS_AT);
		cr_assert_arr_eq(file + STATE_WORDS_AT, good.data + STATE_WORDS_AT,
			good.size - STATE_WORDS_AT);
		memcpy(file, good.data, STATE_WORDS_AT);
		silent++;
	}
	cr_assert_gt(shown, 400, "%u", shown);
	cr_assert_lt(silent, 2000, "%u", silent);
}

Test(state, refuses_short_files)
{
	const struct bytes whole = good;

	for (good.size = 1; good.size < whole.size; good.size += good.size / 3 + 1)
		cr_assert_not(is_trusted(good, NULL), "%zu bytes", good.size);
}

/* Replaces each page by its contents before the steps, as after a power loss, and by other
 * contents. */
Test(state, refuses_files_with_pages_of_different_times)
{
	struct exporter e;
	struct bytes first;
	unsigned torn = 0;

	unlink(path);
	state_exporter_init(&e, "state");
	exporter_deinit(&e);
	first = state_read(path);
	cr_assert_eq(first.size, good.size);
	for (size_t page = 0; page < good.size; page += STATE_PAGE) {
		uint8_t kept[STATE_PAGE];

		if (memcmp(good.data + page, first.data + page, STATE_PAGE) == 0)
			continue;
		memcpy(kept, good.data + page, STATE_PAGE);
		memcpy(good.data + page, first.data + page, STATE_PAGE);
		cr_assert_not(is_trusted(good, NULL), "page at %zu", page);
		memcpy(good.data + page, kept, STATE_PAGE);
		torn++;
	}
	cr_assert_geq(torn, 4, "%u", torn);
	free(first.data);
}

Test(state, refuses_other_files)
{
	struct state_head *head = (struct state_head *)good.data;

	head->magic++;
	cr_assert_not(is_trusted(good, NULL));
	head->magic--;
	head->version++;
	cr_assert_not(is_trusted(good, NULL));
	head->version--;
	head->boot_id[3] ^= 1;
	cr_assert_not(is_trusted(good, NULL));
	head->boot_id[3] ^= 1;
	shape.sizes[STATE_LEDGER] += 8;
	cr_assert_not(is_trusted(good, NULL));
	shape.sizes[STATE_LEDGER] -= 8;
	/* The journal claims more entries than it has room for. */
	head->journal.count = (STATE_NOTES + 1) * UINT64_C(0x100000001);
	cr_assert_not(is_trusted(good, NULL));
	head->journal.count = UINT64_C(0x100000001);
	head->journal.notes[0].word = good.size;
	cr_assert_not(is_trusted(good, NULL));
	head->journal.count = 0;
	cr_assert(is_trusted(good, NULL));
}

static struct group *only_group(struct state *state)
{
	struct group *group = state_part(state, STATE_GROUPS, shape.sizes[STATE_GROUPS]);

	return group + (group->created_s == 0);
}

/* The words have correct sums, but no exporter would write such words. */
static void write_impossible_words(void)
{
	struct exporter e;

	state_exporter_init(&e, "state");
	state_set(e.state, &only_group(e.state)->key.words[6], UINT64_MAX); /* its names */
	state_commit(e.state);
	exporter_deinit(&e);
}

Test(state, refuses_impossible_words)
{
	struct exporter e;

	write_impossible_words();
	log_sink_use_pipe();
	state_exporter_init(&e, "state");
	log_sink_assert_contains("is damaged");
	log_sink_assert_silence();
	cr_assert_eq(access(aside, F_OK), 0);
	cr_assert_eq(table_size(e.table)->groups, 0);
	exporter_deinit(&e);
}

/* The exporter has already freed the parts that it made from the invalid file. */
Test(state, frees_each_part_once_if_the_file_cannot_be_renamed)
{
	struct exporter e;

	write_impossible_words();
	cr_assert_eq(mkdir(aside, 0700), 0);
	cr_assert_eq(state_exporter_try(&e, "state"), -EISDIR);
	exporter_deinit(&e);
	cr_assert_eq(rmdir(aside), 0);
}

/* A name without a final zero, or with bytes that no exporter stores. */
Test(state, refuses_impossible_names)
{
	static const uint64_t words[] = {
		UINT64_C(0x6161616161616161), UINT64_C(0x0a0a0a0a0a0a0a0a)};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct exporter e;
		uint64_t *name;

		state_write(path, good);
		state_exporter_init(&e, "state");
		name = state_part(e.state, STATE_NAMES, NAMES_SIZE);
		name += only_group(e.state)->key.names.number[0] * (NAME_SIZE / sizeof(*name));
		for (size_t at = i; at < NAME_SIZE / sizeof(*name) - i; at++) {
			state_set(e.state, name + at, words[i]);
			state_commit(e.state);
		}
		exporter_deinit(&e);
		state_exporter_init(&e, "state");
		cr_assert_eq(access(aside, F_OK), 0, "name %zu", i);
		cr_assert_eq(table_size(e.table)->groups, 0);
		exporter_deinit(&e);
		unlink(aside);
	}
}

static void refuse_shape(const struct state_shape *odd)
{
	struct state *state;
	struct exporter e;

	unlink(path);
	cr_assert_eq(state_open(&state, path, odd), 0);
	state_close(state);
	state_exporter_init(&e, "state");
	cr_assert_eq(access(aside, F_OK), 0);
	exporter_deinit(&e);
	unlink(aside);
}

/* Not a whole number of groups, or no group of other labels. */
Test(state, refuses_an_impossible_size)
{
	struct state_shape odd = shape, none = shape;

	odd.sizes[STATE_GROUPS] += 8;
	refuse_shape(&odd);
	none.sizes[STATE_GROUPS] = 0;
	none.grouping ^= 1;
	refuse_shape(&none);
}

Test(state, needs_room_for_the_whole_file)
{
	struct rlimit limit = {64 << 10, 64 << 10};
	struct state *state;

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(state_open(&state, path, &shape), -EFBIG);
}
