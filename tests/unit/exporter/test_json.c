/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares JSON byte by byte. */
#include <criterion/criterion.h>

#include "text/json.h"

static void expect(struct text *t, const char *wanted)
{
	cr_assert(t->length == strlen(wanted) && memcmp(t->data, wanted, t->length) == 0,
		"'%.*s', expected '%s'", (int)t->length, t->data, wanted);
	text_deinit(t);
}

Test(json, values)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	json_open(&t, NULL, '{');
	json_number(&t, "a", UINT64_MAX);
	json_scaled(&t, "b", 1500, 3);
	json_bool(&t, "c", true);
	json_bool(&t, "d", false);
	json_null(&t, "e");
	json_string(&t, "f", "");
	json_string_open(&t, "g");
	text_append_literal(&t, "[{");
	json_string_close(&t);
	json_string(&t, "h", "x");
	json_close(&t, '}');
	expect(&t, "{\"a\":18446744073709551615,\"b\":1.5,\"c\":true,\"d\":false,\"e\":null,"
		   "\"f\":\"\",\"g\":\"[{\",\"h\":\"x\"}");
}

Test(json, nesting)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	json_open(&t, NULL, '[');
	json_open(&t, NULL, '[');
	json_close(&t, ']');
	json_open(&t, NULL, '{');
	json_open(&t, "x", '[');
	json_number(&t, NULL, 1);
	json_number(&t, NULL, 2);
	json_close(&t, ']');
	json_open(&t, "y", '{');
	json_close(&t, '}');
	json_close(&t, '}');
	json_null(&t, NULL);
	json_close(&t, ']');
	expect(&t, "[[],{\"x\":[1,2],\"y\":{}},null]");
}

/* A text may have one object on each line. */
Test(json, lines)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	for (int i = 0; i < 2; i++) {
		json_open(&t, NULL, '{');
		json_close(&t, '}');
		text_append_literal(&t, "\n");
	}
	expect(&t, "{}\n{}\n");
}

Test(json, escapes)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	json_string(&t, NULL, "a\"b\\c\n\x01\x1f\x7f </\xc3\xa9");
	expect(&t, "\"a\\u0022b\\u005cc\\u000a\\u0001\\u001f\\u007f </\xc3\xa9\"");
}
