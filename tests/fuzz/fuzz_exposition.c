/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is events and cgroup paths. The exposition must be valid for any of them. */
#include "event_of_bytes.h"
#include "grammar.h"
#include "metrics/exposition.h"
#include "sinks.h"
#include "target.h"

#define STEP (2 + WIRE_RECORD_SIZE)

/* Applies a cgroup's path, or an event in the cgroup. The second byte is the cgroup's id. */
static void take_step(struct stream *stream, const uint8_t step[STEP], uint64_t position)
{
	union wire_record r[WIRE_NAME_RECORDS] = {{.event = event_of_bytes(step + 2, position)}};
	char path[WIRE_RECORD_SIZE + 2] = "/";
	enum wire_error error;
	bool named = step[0] % 2 && !memchr(step + 2, '\n', WIRE_RECORD_SIZE);

	r->event.cgroup_id = step[1];
	memcpy(path + 1, step + 2, WIRE_RECORD_SIZE);
	stream_take(stream, r, (named ? wire_name_init(r, 1 + step[1], path) : 1) * sizeof(*r),
		(struct table_time){1, 1}, &error);
	require(!error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream stream;
	struct http_counts http = {0};
	struct exposition exposition = {
		.stream = &stream, .http = &http, .version = "1", .created = true};
	struct text parts[EXPOSITION_PARTS];

	require(!stream_init(&stream, NULL, sinks_once()));
	stream.greeted = true;
	if (size > 3)
		grouping_init(&sinks_grouping, (1U << GROUP_LABELS) - 1, data[0] % 2, data[1] % 33,
			data[2] % 129);
	for (size_t at = 3; size >= STEP && at <= size - STEP; at += STEP)
		take_step(&stream, data + at, at);
	for (enum text_format format = TEXT_PLAIN; format <= TEXT_OPENMETRICS; format++) {
		require(exposition_write(parts, format, &exposition) == 0);
		for (int i = 0; i < EXPOSITION_PARTS; i++)
			require(is_exposition(parts[i].data, parts[i].length));
		exposition_deinit(parts);
	}
	stream_deinit(&stream);
	sinks_clear(sinks_once());
	return 0;
}
