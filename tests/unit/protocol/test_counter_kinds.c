/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Compares the table of counters in docs/protocol.md with wire_counter_kinds. If GOLDEN_UPDATE is
 * set, the test writes the table.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/counter_kinds.h"

static const char head[] = "| id | metric | label | scope | starts at zero |\n"
			   "| --- | --- | --- | --- | --- |\n";

static void write_label(FILE *table, const struct wire_counter_kind *kind)
{
	if (!kind->label) {
		fprintf(table, "0");
		return;
	}
	fprintf(table, "%s, %u to %u", kind->label, kind->first_label, kind->labels - 1u);
	for (unsigned i = kind->first_label; kind->labels <= 16 && i < kind->labels; i++)
		fprintf(table, "%s%s", i == kind->first_label ? ": " : ", ", kind->label_value(i));
}

static const char *since(const struct wire_counter_kind *kind)
{
	static const char *const names[] = {[WIRE_MOMENTARY] = "boot",
		[WIRE_SINCE_ATTACH] = "attach",
		[WIRE_SINCE_START] = "start"};

	return kind->gauge ? "gauge" : names[kind->since];
}

static char *make_table(void)
{
	char *text;
	size_t size;
	FILE *table = open_memstream(&text, &size);

	cr_assert_not_null(table);
	for (unsigned id = 1; id < WIRE_COUNTER_IDS; id++) {
		const struct wire_counter_kind *kind = &wire_counter_kinds[id];

		cr_assert_not_null(kind->name, "id %u", id);
		fprintf(table, "| %u | `%s` | ", id, kind->name);
		write_label(table, kind);
		fprintf(table, " | %s | %s%s |\n", kind->scopes == 1 ? "0" : "0 to 1", since(kind),
			kind->digits ? "; in nanoseconds" : "");
	}
	fclose(table);
	return text;
}

static char *read_document(void)
{
	char *text = calloc(1, 1 << 20);
	FILE *page = fopen(PROTOCOL_PAGE, "re");

	cr_assert(text && page, PROTOCOL_PAGE);
	cr_assert_gt(fread(text, 1, (1 << 20) - 1, page), 0);
	fclose(page);
	return text;
}

static void write_document(const char *before, const char *table, const char *after)
{
	FILE *page = fopen(PROTOCOL_PAGE, "we");

	cr_assert_not_null(page);
	fprintf(page, "%s%s%s%s", before, head, table, after);
	fclose(page);
}

Test(counter_kinds, are_in_the_document)
{
	char *page = read_document(), *table = make_table();
	char *start = strstr(page, head), *documented, *end;

	cr_assert_not_null(start);
	documented = start + strlen(head);
	end = strstr(documented, "\n\n");
	cr_assert_not_null(end);
	if (getenv("GOLDEN_UPDATE")) {
		*start = '\0';
		write_document(page, table, end + 1);
	} else {
		end[1] = '\0';
		cr_assert_str_eq(documented, table);
	}
	free(table);
	free(page);
}
