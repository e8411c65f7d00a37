/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the values that are read from a summary, and the lines that show them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/layout.h"
#include "terminal/printable.h"
#include "terminal/view.h"

#define GROUP(labels, recent, sent, causes, total)                                                 \
	"{\"labels\":{" labels "},\"recent_retransmitted\":" recent ",\"recent_sent\":" sent       \
	",\"causes\":{" causes "},\"retransmitted\":" total "}"
#define SUMMARY(time, groups)                                                                      \
	"{\"time\":" time ",\"exporter\":{\"version\":\"1.2\"},\"collector\":{\"state\":"          \
	"\"collector: connected\"},\"recent_seconds\":100,\"groups\":[" groups                     \
	"],\"history\":{\"time\":[1000,1005,1010],\"host\":{\"resets_sent\":[9,5],"                \
	"\"resets_received\":[9,10]},\"kernel_retrans_segments\":[9,50],"                          \
	"\"kernel_out_segments\":[9,1000]}}\n"
#define WEB                                                                                        \
	"\"src_ip\":\"192.0.2.1\",\"src_port\":\"443\",\"dst_ip\":\"198.51.100.7\",\"dst_port\":\"ephemeral\""
#define BACKUP "\"dst_ip\":\"2001:db8::9\",\"dst_port\":\"873\",\"unit\":\"backup.service\""

static struct view view, before;

static void read_view(const char *summary, const struct view *previous)
{
	cr_assert_eq(view_read(&view, summary, previous), 0);
}

Test(view, shows_peers_and_workloads)
{
	read_view(SUMMARY("1010", GROUP(WEB, "50", "1000", "\"fast\":50", "50") "," GROUP(
					  BACKUP, "20", "100", "\"syn\":5,\"timeout\":15", "20")),
		NULL);
	cr_assert_eq(view.count, 2);
	cr_assert_str_eq(view.rows[0].peer, "198.51.100.7:*");
	cr_assert_str_eq(view.rows[0].local, "192.0.2.1:443");
	cr_assert_str_eq(view.rows[0].workload, "");
	cr_assert_str_eq(view.rows[0].cause, "fast");
	cr_assert_str_eq(view.rows[1].peer, "[2001:db8::9]:873");
	cr_assert_str_eq(view.rows[1].local, "");
	cr_assert_str_eq(view.rows[1].workload, "backup.service");
	cr_assert_str_eq(view.rows[1].cause, "timeout");
	cr_assert_float_eq(view.rows[1].ratio, 0.2, 1e-9);
	cr_assert_float_eq(view.rows[1].rate, 0.2, 1e-9, "the rate must be over recent_seconds");
}

Test(view, shows_rates_since_the_previous_summary)
{
	read_view(SUMMARY("1000", GROUP(WEB, "50", "1000", "\"fast\":50", "50")), NULL);
	before = view;
	read_view(SUMMARY("1002", GROUP(WEB, "60", "1100", "\"fast\":52,\"timeout\":8", "60")),
		&before);
	cr_assert_float_eq(view.rows[0].rate, 5, 1e-9);
	cr_assert_str_eq(view.rows[0].cause, "timeout", "most new segments have this cause");
	before = view;
	read_view(SUMMARY("1004", GROUP(WEB, "60", "1100", "\"fast\":52,\"timeout\":8", "60")),
		&before);
	cr_assert_float_eq(view.rows[0].rate, 0, 1e-9);
	cr_assert_str_eq(view.rows[0].cause, "timeout", "the cause must stay while nothing is new");
	before = view;
	/* A restarted exporter counts from zero. */
	read_view(SUMMARY("1006", GROUP(WEB, "1", "10", "\"syn\":1", "1")), &before);
	cr_assert_float_eq(view.rows[0].rate, 0, 1e-9);
}

/* Reads two groups whose labels differ only at their end, after 690 bytes. */
static void read_long_labels(const char *time, const char *segments, const struct view *previous)
{
	static const char labels[] =
		"\"src_ip\":\"2001:db8:1111:2222:3333:4444:5555:6666\","
		"\"dst_ip\":\"2001:db8:7777:8888:9999:aaaa:bbbb:cccc\","
		"\"cgroup\":\"/%0240d\",\"container_id\":\"%064d\",\"unit\":\"%0240d.service\","
		"\"pod_uid\":\"01234567-89ab-cdef-0123-456789abcdef\",\"process\":\"%s\"";
	char one[1024], other[1024], text[4096];

	snprintf(one, sizeof(one), labels, 0, 0, 0, "a");
	snprintf(other, sizeof(other), labels, 0, 0, 0, "b");
	snprintf(text, sizeof(text),
		SUMMARY("%s", GROUP("%s", "9", "9", "", "9") "," GROUP("%s", "9", "9", "", "%s")),
		time, one, other, segments);
	read_view(text, previous);
}

Test(view, long_labels)
{
	read_long_labels("1000", "900", NULL);
	before = view;
	read_long_labels("1010", "910", &before);
	cr_assert_float_eq(view.rows[1].rate, 1, 1e-9, "the rate must be that of the same group");
}

/* The values of these groups are the same text if they are joined by spaces. */
Test(view, values_with_spaces)
{
	read_view(
		SUMMARY("1000", GROUP("\"process\":\"a b\",\"unit\":\"c\"", "50", "100", "", "50")),
		NULL);
	before = view;
	read_view(SUMMARY("1002",
			  GROUP("\"process\":\"a\",\"unit\":\"b c\"", "100", "200", "", "100")),
		&before);
	cr_assert_float_eq(
		view.rows[0].rate, 1, 1e-9, "the rate of a new group must be over recent_seconds");
}

Test(view, host)
{
	read_view(SUMMARY("1010", ""), NULL);
	cr_assert(view.host_known);
	cr_assert_float_eq(view.host_retransmitted, 10, 1e-9);
	cr_assert_float_eq(view.host_sent, 200, 1e-9);
	cr_assert_float_eq(view.resets_sent, 1, 1e-9);
	cr_assert_float_eq(view.resets_received, 2, 1e-9);
}

Test(view, sorts_in_each_order)
{
	static const struct {
		enum view_order order;
		const char *first;
	} cases[] = {{VIEW_BY_RATE, "a"}, {VIEW_BY_SEGMENTS, "a"}, {VIEW_BY_RATIO, "b"},
		{VIEW_BY_PEER, "a"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_view(SUMMARY("1", GROUP("\"dst_ip\":\"b\"", "2", "4", "", "2") "," GROUP(
					       "\"dst_ip\":\"a\"", "3", "100", "", "3")),
			NULL);
		view_sort(&view, cases[i].order);
		cr_assert_str_eq(view.rows[0].peer, cases[i].first);
		cr_assert_str_eq(view.rows[0].cause, "-");
	}
}

static const char *workload_of(const char *locale, const char *name)
{
	char summary[4096];

	cr_assert(setlocale(LC_CTYPE, locale), "%s", locale);
	snprintf(summary, sizeof(summary),
		SUMMARY("1", GROUP("\"cgroup\":\"%s\"", "1", "1", "", "1")), name);
	read_view(summary, NULL);
	return view.rows[0].workload;
}

/* Other users choose the names of cgroups, and the exporter may be hostile. */
Test(view, hostile_names)
{
	cr_assert_str_eq(workload_of("C.UTF-8", "/a\\u001b[2J\\u009b\\u007f\\ncaf\\u00e9"),
		"/a?[2J???caf\xc3\xa9");
	cr_assert_str_eq(workload_of("C.UTF-8", "a\\u202eb\\u2028c\\u200bd\\u0300\\u4e2d"),
		"a?b?c?d?\xe4\xb8\xad");
}

/* The second byte of U+011B alone is the control CSI. */
Test(view, locale_without_utf8)
{
	cr_assert_str_eq(workload_of("C", "/\\u011b2J\\u4e2d\\ud83d\\ude00."), "/?2J??.");
}

/* A name that is too long is cut, but no character is. */
Test(view, long_names)
{
	char name[VIEW_TEXT * 6 + 1] = "";
	const char *shown;

	for (unsigned i = 0; i < VIEW_TEXT; i++)
		strcat(name, "\\u011b");
	shown = workload_of("C.UTF-8", name);
	cr_assert_eq(strlen(shown), VIEW_TEXT - 2);
	cr_assert_eq(mbstowcs(NULL, shown, 0), VIEW_TEXT / 2 - 1);
}

Test(view, refuses_text_that_is_no_summary)
{
	static const char *const wrong[] = {"", "{", "[]", "{}", "null", "{\"groups\":7}",
		"{\"groups\":[7]}", "{\"groups\":[{}]}", "{\"groups\":[{\"labels\":{\"a\":1}}]}"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(view_read(&view, wrong[i], NULL), -EBADMSG, "%s", wrong[i]);
}

Test(view, missing_values_are_zero)
{
	read_view("{\"groups\":[{\"labels\":{}}]}", NULL);
	cr_assert_eq(view.count, 1);
	cr_assert_not(view.host_known);
	cr_assert_float_eq(view.rows[0].rate, 0, 1e-9);
}

Test(layout, lines)
{
	struct layout layout;
	char line[LAYOUT_LINE];

	read_view(SUMMARY("1010", GROUP(WEB, "50", "1000", "\"fast\":50", "50") "," GROUP(
					  BACKUP, "20", "100", "\"timeout\":20", "20")),
		NULL);
	layout_of(&layout, &view);
	layout_host(line, &view);
	cr_assert_str_eq(line, "host: 10.0 of 200.0 segments/s retransmitted (5.00 %)  resets/s: "
			       "1.0 sent, 2.0 received");
	layout_titles(line, &layout);
	cr_assert_str_eq(line,
		"PEER               LOCAL            SEGS/S       SEGS       SENT    "
		"RATIO  CAUSE       WORKLOAD");
	layout_row(line, &layout, &view.rows[0]);
	cr_assert_str_eq(line, "198.51.100.7:*     192.0.2.1:443       0.5         50       1000   "
			       "5.00 %  fast");
	layout_row(line, &layout, &view.rows[1]);
	cr_assert_str_eq(line, "[2001:db8::9]:873                      0.2         20        100  "
			       "20.00 %  timeout     backup.service");
}

/* A column is absent if no group has its label. A letter of two bytes needs one column. */
Test(layout, columns_as_needed)
{
	struct layout layout;

	setlocale(LC_CTYPE, "C.UTF-8");
	read_view(SUMMARY("1", GROUP("\"dst_network\":\"caf\\u00e9-network\"", "1", "1", "", "1")),
		NULL);
	layout_of(&layout, &view);
	cr_assert_eq(layout.peer, 12);
	cr_assert_eq(layout.local, 0);
	cr_assert_eq(layout.workload, 0);
}

/* A character that needs two columns is not cut, and no byte of it remains. */
Test(printable, cut)
{
	char text[] = "a\xe4\xb8\xad\xc3\xa9"
		      "b";

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert_eq(printable_width(text), 5);
	printable_cut(text, 5);
	cr_assert_str_eq(text, "a\xe4\xb8\xad\xc3\xa9"
			       "b");
	printable_cut(text, 4);
	cr_assert_str_eq(text, "a\xe4\xb8\xad\xc3\xa9");
	printable_cut(text, 2);
	cr_assert_str_eq(text, "a");
	printable_cut(text, 0);
	cr_assert_str_eq(text, "");
}
