/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is a state file, or changes some words and the checksum of a valid file. */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exporter.h"
#include "state/state_file.h"
#include "target.h"

static char path[64], aside[68];

static void start(struct exporter *e, char labels[])
{
	char *argv[] = {"", "--max-series=9", "--state-file", path, "--group-by", labels, NULL};

	*e = (struct exporter){.base = event_base_new()};
	require(e->base && exporter_options_parse(&e->options, 6, argv) == FLAGS_RUN &&
		exporter_init(e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *labels[] = {"netns", "netns,cgroup", "netns", "role"};
	uint8_t choice = size > 0 ? data[0] : 0;
	uint64_t pair[2], count;
	struct exporter e;

	log_init("fuzz", LOG_LEVEL_ERROR);
	snprintf(path, sizeof(path), "/dev/shm/rexmit-fuzz-%d", getpid());
	snprintf(aside, sizeof(aside), "%s.bad", path);
	start(&e, labels[choice & 1]);
	count = state_words(state_shape(e.state));
	/* Pairs: the number of a word, and its new value. */
	for (size_t at = 1; !(choice & 4) && at + sizeof(pair) <= size; at += sizeof(pair)) {
		memcpy(pair, data + at, sizeof(pair));
		e.state->words[pair[0] % count] = pair[1];
	}
	e.state->journal->sum = state_sum_of(e.state->words, count);
	if (choice & 4)
		memcpy(e.state->words - STATE_WORDS_AT / 8, data, size < 4096 ? size : 4096);
	exporter_deinit(&e);
	start(&e, labels[choice & 3]);
	table_expire(e.table, 9, 0, (struct table_time){1, 1});
	exporter_deinit(&e);
	unlink(aside);
	return unlink(path);
}
