/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is packets of four records from a collector. The exposition is written, too. */
#include <string.h>

#include "metrics/series.h"
#include "sinks.h"
#include "target.h"

#define PACKET (4 * sizeof(union wire_record))

static void take(struct stream *stream, const uint8_t *data, size_t size)
{
	union wire_record packet[4], record;
	enum wire_error error;

	memcpy(packet, data, size);
	if (stream_take(stream, packet, size, (struct table_time){1, 1}, &error) != STREAM_GO_ON)
		stream_begin(stream, &record);
	else if (stream_acknowledge(stream, &record))
		require(wire_packet_check(&record, sizeof(record), WIRE_FROM_EXPORTER) == WIRE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text texts[SERIES_FAMILIES] = {0};
	struct stream_sinks *sinks = sinks_once();
	struct stream stream;

	grouping_init(&sinks_grouping, (1U << GROUP_LABELS) - 1, false, 24, 48);
	require(!stream_init(&stream, NULL, sinks));
	for (; size > PACKET; data += PACKET, size -= PACKET)
		take(&stream, data, PACKET);
	take(&stream, data, size);
	series_write(
		texts, &(struct series_source){&sinks_grouping, sinks->table, sinks->names, true});
	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_deinit(&texts[i]);
	stream_deinit(&stream);
	sinks_clear(sinks);
	return 0;
}
