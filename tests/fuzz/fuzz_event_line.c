/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is an event and its cgroup's path. The line must be valid JSON, or safe for a
 * terminal. */
#include "counts/cgroups.h"
#include "event_of_bytes.h"
#include "events/event_line.h"
#include "grammar.h"
#include "target.h"

#define EVENT (sizeof(uint64_t) + WIRE_RECORD_SIZE) /* its time and its record */

static bool is_bearable(const char *text, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++) {
		uint8_t byte = (uint8_t)text[i], next = (uint8_t)text[i + 1];

		/* C0 and DEL; C1; the bidirectional overrides U+202A to U+202E. */
		if (byte < ' ' || byte == 127 || (byte == 0xc2 && next < 0xa0) ||
			(byte == 0xe2 && next == 0x80 && i + 2 < length &&
				(uint8_t)text[i + 2] >= 0xaa && (uint8_t)text[i + 2] <= 0xae))
			return false;
	}
	return length > 0 && text[length - 1] == '\n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgroups *cgroups;
	static struct table *table;
	static struct names *kept;
	struct group_names numbers = {{0}};
	struct event_names texts;
	union wire_record names[WIRE_NAME_RECORDS];
	char path[WIRE_PATH_SIZE] = "/";
	struct wire_event event;
	uint64_t real_ns;

	require(cgroups || (!table_new(&table, NULL, 1) && !names_new(&kept, NULL, table) &&
				   !cgroups_new(&cgroups, kept, GROUP_NAME_LABELS)));
	if (size < EVENT || size - EVENT > WIRE_PATH_SIZE - 2)
		return 0;
	memcpy(&real_ns, data, sizeof(real_ns));
	event = event_of_bytes(data + sizeof(real_ns), 1);
	memcpy(path + 1, data + EVENT, size - EVENT);
	for (size_t i = 0, n = wire_name_init(names, 1, path); i < n; i++)
		cgroups_take(cgroups, &names[i].name);
	cgroups_find(cgroups, 1, &numbers);
	texts = (struct event_names){names_text(kept, numbers.number[0]),
		names_text(kept, numbers.number[1]), names_text(kept, numbers.number[2]),
		names_text(kept, numbers.number[3]), "a", NULL, NULL};
	for (enum event_format format = EVENT_HUMAN; format <= EVENT_JSON; format++) {
		struct text t = {0};

		event_line_write(&t, format, &event, real_ns, &texts);
		require(!t.failed && t.length <= EVENT_LINE_SIZE);
		require((format == EVENT_JSON ? is_json_line : is_bearable)(t.data, t.length));
		text_deinit(&t);
	}
	return 0;
}
