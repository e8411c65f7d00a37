/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares lines of --print-events byte by byte. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "events/event_line.h"
#include "support/exporter_events.h"

static struct wire_event event(void)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_SLOW_START, 3);

	e.bytes = 4344;
	e.srtt_us = 12300;
	return e;
}

static const char *line(
	enum event_format format, struct wire_event e, uint64_t real_ns, const char *cgroup)
{
	static struct text text;

	text_deinit(&text);
	event_line_write(&text, format, &e, real_ns,
		&(struct event_names){cgroup, "none", "none",
			strlen(cgroup) > 100 ? cgroup : "a.service",
			strlen(cgroup) > 100 ? cgroup + strlen(cgroup) - 15 : "a", NULL, NULL});
	cr_assert_not(text.failed);
	cr_assert_leq(text.length, (size_t)EVENT_LINE_SIZE);
	text_append(&text, "", 1);
	return text.data;
}

Test(event_line, human)
{
	struct text header = {0};

	event_line_header(&header, EVENT_HUMAN);
	text_append(&header, "", 1);
	cr_assert_str_eq(header.data,
		"TIME                        CAUSE      SEGS BYTES   SRTT_MS  STALL_MS SPURIOUS "
		"ROLE   LOCAL                 REMOTE                STATE       RESET    "
		"TIMEOUT     NETNS      CGROUP\n");
	cr_assert_str_eq(line(EVENT_HUMAN, event(), 1700000000123456789, "/a.service"),
		"2023-11-14T22:13:20.123456Z slow_start 3    4344    12.3     0        0        "
		"client 192.0.2.1:40000       198.51.100.7:443      ESTABLISHED -        -           "
		"4026531840 /a.service\n");
	text_deinit(&header);
}

Test(event_line, human_ipv6_shifts_columns)
{
	struct wire_event e =
		event_make("2001:db8::1", 1, "2001:db8:1:2:3:4:5:6", 65535, WIRE_CAUSE_SYN, 1);

	e.tcp_state = 2;
	e.stall_us = 1000000;
	e.timers = 1;
	cr_assert_str_eq(line(EVENT_HUMAN, e, 0, "unknown"),
		"1970-01-01T00:00:00.000000Z syn        1    0       0        1000     0        "
		"client [2001:db8::1]:1       [2001:db8:1:2:3:4:5:6]:65535 SYN_SENT    -        -           4026531840 "
		"unknown\n");
}

Test(event_line, json)
{
	event_line_header(&(struct text){0}, EVENT_JSON);
	cr_assert_str_eq(line(EVENT_JSON, event(), 1700000000000001000, "/a.service"),
		"{\"time\":\"2023-11-14T22:13:20.000001Z\",\"cause\":\"slow_start\","
		"\"segments\":3,\"bytes\":4344,\"srtt_us\":12300,\"stall_us\":0,\"spurious\":0,\"role\":\"client\","
		"\"ip_version\":4,\"src_ip\":\"192.0.2.1\",\"src_port\":40000,"
		"\"dst_ip\":\"198.51.100.7\",\"dst_port\":443,\"state\":\"ESTABLISHED\","
		"\"resets_sent\":0,\"resets_received\":0,\"ended\":false,\"timed_out\":null,"
		"\"netns\":4026531840,\"uid\":0,\"cgroup\":\"/a.service\","
		"\"pod_uid\":\"none\",\"container_id\":\"none\",\"unit\":\"a.service\",\"process\":\"a\"}\n");
}

Test(event_line, names_of_networks)
{
	const struct event_names names = {"/", "none", "none", "none", "a", "here", "there"};
	struct wire_event e = event();
	struct text text = {0};

	event_line_write(&text, EVENT_JSON, &e, 0, &names);
	text_append(&text, "", 1);
	cr_assert_not_null(strstr(text.data,
		",\"unit\":\"none\",\"process\":\"a\",\"src_network\":\"here\",\"dst_network\":\"there\"}\n"));
	text_deinit(&text);
}

Test(event_line, resets)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_NONE, 0);

	e.tcp_state = 7;
	e.resets_sent = 3;
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " none       0    "));
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " CLOSE       sent     "));
	cr_assert_not_null(
		strstr(line(EVENT_JSON, e, 0, "/"), ",\"resets_sent\":3,\"resets_received\":0,"));
	e.resets_received = UINT16_MAX;
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " CLOSE       both     "));
	e.resets_sent = 0;
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " CLOSE       received "));
	cr_assert_not_null(strstr(
		line(EVENT_JSON, e, 0, "/"), ",\"resets_sent\":0,\"resets_received\":65535,"));
}

Test(event_line, timed_out)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_NONE, 0);

	e.tcp_state = 7;
	e.flags = WIRE_EVENT_ENDED;
	e.timed_out = WIRE_PHASE_CONNECT;
	e.stall_us = 2000000;
	e.timers = 1;
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " -        connect     "));
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " 2000     0        client "));
	cr_assert_not_null(
		strstr(line(EVENT_JSON, e, 0, "/"), ",\"ended\":true,\"timed_out\":\"connect\","));
	cr_assert_not_null(
		strstr(line(EVENT_JSON, e, 0, "/"), ",\"stall_us\":2000000,\"spurious\":0,"));
}

/* A report of spurious retransmissions has a line, even if it reports no retransmission. */
Test(event_line, spurious)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_NONE, 0);

	e.segments_received = e.segments_out_of_order = 9;
	cr_assert_not(event_has_line(&e));
	e.segments_spurious = 4;
	cr_assert(event_has_line(&e));
	cr_assert_not_null(strstr(line(EVENT_HUMAN, e, 0, "/"), " 0        4        client "));
	cr_assert_not_null(strstr(line(EVENT_JSON, e, 0, "/"), ",\"spurious\":4,"));
}

/* The name of a cgroup can neither control a terminal nor break the JSON. */
Test(event_line, hostile_names)
{
	cr_assert_not_null(
		strstr(line(EVENT_HUMAN, event(), 0, "/a\"\\caf\xc3\xa9"), " /a\"\\caf\xc3\xa9\n"));
	cr_assert_not_null(strstr(line(EVENT_JSON, event(), 0, "/a\"\\caf\xc3\xa9"),
		"\"/a\\u0022\\u005ccaf\xc3\xa9\","));
}

Test(event_line, has_room_for_the_longest_line)
{
	struct wire_event e = event_make("2001:db8:1111:2222:3333:4444:5555:6666", 65535,
		"2001:db8:1111:2222:3333:4444:5555:6666", 65535, WIRE_CAUSE_SLOW_START, UINT32_MAX);
	char path[WIRE_PATH_SIZE];

	e.bytes = UINT64_MAX;
	e.srtt_us = e.netns = UINT32_MAX;
	e.resets_sent = e.resets_received = UINT16_MAX;
	e.stall_us = UINT64_MAX;
	e.segments_spurious = UINT32_MAX;
	e.timed_out = WIRE_PHASE_ESTABLISHED;
	memset(path, 1, sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	line(EVENT_HUMAN, e, UINT64_MAX, path);
	line(EVENT_JSON, e, UINT64_MAX, path);
}

/* Compares every day of 200 years with gmtime(3). */
Test(event_line, dates)
{
	for (time_t day = 0; day < 200 * 365; day++) {
		time_t seconds = day * 86400 + 3661;
		char wanted[64];

		strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000000Z ", gmtime(&seconds));
		cr_assert_eq(strncmp(line(EVENT_HUMAN, event(), (uint64_t)seconds * 1000000000, ""),
				     wanted, strlen(wanted)),
			0, "%s", wanted);
	}
}
