/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares both text formats byte by byte. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "text/text.h"

static void check(struct text *t, const char *wanted)
{
	cr_assert_not(t->failed);
	text_append(t, "", 1);
	cr_assert_str_eq(t->data, wanted);
	text_deinit(t);
}

Test(text, family_in_plain)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	text_family(&t, "a_total", TEXT_COUNTER, "Back\\slash, \"quote\"\nand line.");
	text_family(&t, "b", TEXT_GAUGE, "B.");
	text_end(&t);
	check(&t, "# HELP a_total Back\\\\slash, \"quote\"\\nand line.\n"
		  "# TYPE a_total counter\n"
		  "# HELP b B.\n"
		  "# TYPE b gauge\n");
}

Test(text, family_in_openmetrics)
{
	struct text t;

	text_init(&t, TEXT_OPENMETRICS, 0);
	text_family(&t, "a_total", TEXT_COUNTER, "A \"quote\".");
	text_family(&t, "b", TEXT_GAUGE, "B.");
	text_end(&t);
	check(&t, "# HELP a A \\\"quote\\\".\n"
		  "# TYPE a counter\n"
		  "# HELP b B.\n"
		  "# TYPE b gauge\n"
		  "# EOF\n");
}

Test(text, labels_are_escaped)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	text_begin(&t, "m");
	text_label(&t, "a", "x\\y\"z\nw");
	text_label(&t, "b", "");
	text_label_number(&t, "c", 42);
	text_value(&t, 1);
	text_begin(&t, "m");
	text_value(&t, 2);
	check(&t, "m{a=\"x\\\\y\\\"z\\nw\",b=\"\",c=\"42\"} 1\nm 2\n");
}

Test(text, whole_samples)
{
	static const struct text_piece name = {"m", 1}, begin = {"{a=\"", 4}, none = {" ", 1},
				       end = {"\",b=\"c\"} ", 9};
	struct text t, labels;

	text_init(&t, TEXT_PLAIN, 0);
	text_init(&labels, TEXT_PLAIN, 0);
	text_sample(&t, &name, &labels, &none, UINT64_MAX);
	text_append_piece(&labels, &begin);
	text_append_number(&labels, 7);
	text_sample(&t, &name, &labels, &end, 2);
	text_deinit(&labels);
	check(&t, "m 18446744073709551615\nm{a=\"7\",b=\"c\"} 2\n");
}

Test(text, numbers)
{
	static const uint64_t numbers[] = {0, 9, 10, 99, 100, 101, 999, 1000, 12345, 1000000,
		UINT32_MAX, UINT64_C(9999999999999999999), UINT64_MAX};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char wanted[32];
		struct text t;

		snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)numbers[i]);
		text_init(&t, TEXT_PLAIN, 0);
		text_append_number(&t, numbers[i]);
		check(&t, wanted);
	}
}

Test(text, scaled_numbers)
{
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *wanted;
	} cases[] = {{0, 9, "m 0\n"}, {1, 9, "m 0.000000001\n"}, {1500000000, 9, "m 1.5\n"},
		{1000000000, 9, "m 1\n"}, {1700000000123, 3, "m 1700000000.123\n"},
		{12, 0, "m 12\n"}, {UINT64_MAX, 9, "m 18446744073.709551615\n"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t;

		text_init(&t, TEXT_PLAIN, 0);
		text_begin(&t, "m");
		text_value_scaled(&t, cases[i].value, cases[i].digits);
		check(&t, cases[i].wanted);
	}
}

Test(text, histogram)
{
	struct text t;

	text_init(&t, TEXT_OPENMETRICS, 0);
	text_family(&t, "h_seconds", TEXT_HISTOGRAM, "H.");
	text_begin(&t, "h_seconds_bucket");
	text_label_open(&t, "le");
	text_append_scaled(&t, 250, 3);
	text_label_close(&t);
	text_value_open(&t, 3);
	text_line_end(&t);
	check(&t, "# HELP h_seconds H.\n"
		  "# TYPE h_seconds histogram\n"
		  "h_seconds_bucket{le=\"0.25\"} 3\n");
}

Test(text, large)
{
	const size_t expected = 5 << 20, length = 9 << 20;
	struct text t;

	text_init(&t, TEXT_PLAIN, 0);
	text_expect(&t, expected);
	text_append(&t, "0123456789abcdef", 16);
	cr_assert_lt(t.capacity, expected);
	while (t.length < expected)
		text_append(&t, "0123456789abcdef", 16);
	cr_assert_eq(t.capacity, 6 << 20);
	while (t.length < length)
		text_append(&t, "0123456789abcdef", 16);
	for (size_t i = 0; i < t.length; i++)
		cr_assert_eq(t.data[i], "0123456789abcdef"[i % 16]);
	text_deinit(&t);
}

Test(text, grows)
{
	struct text t;

	text_init(&t, TEXT_PLAIN, 1);
	for (int i = 0; i < 100000; i++)
		text_append(&t, "0123456789", 10);
	cr_assert_eq(t.length, 1000000);
	for (size_t i = 0; i < t.length; i++)
		cr_assert_eq(t.data[i], (char)('0' + i % 10));
	text_deinit(&t);
}

/* AddressSanitizer finds a write past the end. */
Test(text, a_label_fits_exactly)
{
	struct text t;

	for (size_t capacity = 1; capacity < 40; capacity++) {
		text_init(&t, TEXT_PLAIN, capacity);
		text_label(&t, "name", "value");
		text_label_number(&t, "number", UINT64_MAX);
		check(&t, "{name=\"value\",number=\"18446744073709551615\"");
	}
}
