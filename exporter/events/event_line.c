/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "events/event_line.h"

#include <string.h>

#include "common/utc.h"
#include "protocol/codec.h"
#include "text/address.h"
#include "text/json.h"

/* By state (include/net/tcp_states.h). netstat(8) and tcpretrans use the same names. */
static const char *const state_names[WIRE_TCP_STATE_MAX + 1] = {"", "ESTABLISHED", "SYN_SENT",
	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
	"LISTEN", "CLOSING", "NEW_SYN_RECV"};

static void event_line_append(struct text *t, const char *string)
{
	text_append(t, string, strlen(string));
}

static void append_digits(struct text *t, uint64_t value, unsigned digits)
{
	char buffer[20];

	for (unsigned i = digits; i > 0; i--, value /= 10)
		buffer[i - 1] = (char)('0' + value % 10);
	text_append(t, buffer, digits);
}

/* Appends a time in the format of RFC 3339, in UTC, with microseconds. */
static void append_time(struct text *t, uint64_t real_ns)
{
	struct utc time = utc_of(real_ns / 1000000000);

	append_digits(t, time.year, 4);
	text_append_literal(t, "-");
	append_digits(t, time.month, 2);
	text_append_literal(t, "-");
	append_digits(t, time.day, 2);
	text_append_literal(t, "T");
	append_digits(t, time.hour, 2);
	text_append_literal(t, ":");
	append_digits(t, time.minute, 2);
	text_append_literal(t, ":");
	append_digits(t, time.second, 2);
	text_append_literal(t, ".");
	append_digits(t, real_ns / 1000 % 1000000, 6);
	text_append_literal(t, "Z");
}

/* Appends address and port. An IPv6 address is in brackets (RFC 5952, 6). */
static void append_endpoint(struct text *t, const uint8_t addr[16], uint16_t port)
{
	bool v4 = address_is_v4(addr);

	if (!v4)
		text_append_literal(t, "[");
	address_append(t, addr);
	if (!v4)
		text_append_literal(t, "]");
	text_append_literal(t, ":");
	text_append_number(t, port);
}

/* Pads a column that started at `start` to `width`, with at least one space. */
static void end_column(struct text *t, size_t start, size_t width)
{
	do
		text_append_literal(t, " ");
	while (!t->failed && t->length - start < width);
}

/* The columns of the human-readable format. The last column is not padded. */
enum column {
	TIME,
	CAUSE,
	SEGMENTS,
	BYTES,
	SRTT,
	STALL,
	SPURIOUS,
	ROLE,
	LOCAL,
	REMOTE,
	STATE,
	RESET,
	TIMEOUT,
	NETNS,
	CGROUP
};

static const struct {
	const char *title;
	size_t width;
} columns[] = {
	[TIME] = {"TIME", 28},
	[CAUSE] = {"CAUSE", 11},
	[SEGMENTS] = {"SEGS", 5},
	[BYTES] = {"BYTES", 8},
	[SRTT] = {"SRTT_MS", 9},
	[STALL] = {"STALL_MS", 9},
	[SPURIOUS] = {"SPURIOUS", 9},
	[ROLE] = {"ROLE", 7},
	[LOCAL] = {"LOCAL", 22},
	[REMOTE] = {"REMOTE", 22},
	[STATE] = {"STATE", 12},
	[RESET] = {"RESET", 9},
	[TIMEOUT] = {"TIMEOUT", 12},
	[NETNS] = {"NETNS", 11},
	[CGROUP] = {"CGROUP", 0},
};

static const char *reset_of(const struct wire_event *e)
{
	if (e->resets_sent && e->resets_received)
		return "both";
	return e->resets_sent ? "sent" : e->resets_received ? "received" : "-";
}

static void append_column(struct text *t, enum column column, const struct wire_event *e,
	uint64_t real_ns, const struct event_names *names)
{
	switch (column) {
	case TIME:
		return append_time(t, real_ns);
	case CAUSE:
		return event_line_append(t, wire_cause_name(e->cause));
	case SEGMENTS:
		return text_append_number(t, e->segments);
	case BYTES:
		return text_append_number(t, e->bytes);
	case SRTT:
		return text_append_scaled(t, e->srtt_us, 3);
	case STALL:
		return text_append_scaled(t, e->stall_us, 3);
	case SPURIOUS:
		return text_append_number(t, e->segments_spurious);
	case ROLE:
		return event_line_append(t, wire_role_name(e->role));
	case LOCAL:
		return append_endpoint(t, e->local_addr, e->local_port);
	case REMOTE:
		return append_endpoint(t, e->remote_addr, e->remote_port);
	case STATE:
		return event_line_append(t, state_names[e->tcp_state]);
	case RESET:
		return event_line_append(t, reset_of(e));
	case TIMEOUT:
		return event_line_append(t, e->timed_out ? wire_phase_name(e->timed_out) : "-");
	case NETNS:
		return text_append_number(t, e->netns);
	case CGROUP:
		return event_line_append(t, names->cgroup);
	}
}

static void write_human(struct text *t, const struct wire_event *e, uint64_t real_ns,
	const struct event_names *names)
{
	for (enum column column = TIME; column <= CGROUP; column++) {
		size_t start = t->length;

		append_column(t, column, e, real_ns, names);
		if (column < CGROUP)
			end_column(t, start, columns[column].width);
	}
	text_append_literal(t, "\n");
}

static void json_address(struct text *t, const char *name, const uint8_t addr[16])
{
	json_string_open(t, name);
	address_append(t, addr);
	json_string_close(t);
}

static void json_phase(struct text *t, const char *name, unsigned phase)
{
	if (phase == WIRE_PHASE_NONE)
		json_null(t, name);
	else
		json_string(t, name, wire_phase_name(phase));
}

static void write_json(struct text *t, const struct wire_event *e, uint64_t real_ns,
	const struct event_names *names)
{
	json_open(t, NULL, '{');
	json_string_open(t, "time");
	append_time(t, real_ns);
	json_string_close(t);
	json_string(t, "cause", wire_cause_name(e->cause));
	json_number(t, "segments", e->segments);
	json_number(t, "bytes", e->bytes);
	json_number(t, "srtt_us", e->srtt_us);
	json_number(t, "stall_us", e->stall_us);
	json_number(t, "spurious", e->segments_spurious);
	json_string(t, "role", wire_role_name(e->role));
	json_number(t, "ip_version", e->ip_version);
	json_address(t, "src_ip", e->local_addr);
	json_number(t, "src_port", e->local_port);
	json_address(t, "dst_ip", e->remote_addr);
	json_number(t, "dst_port", e->remote_port);
	json_string(t, "state", state_names[e->tcp_state]);
	json_number(t, "resets_sent", e->resets_sent);
	json_number(t, "resets_received", e->resets_received);
	json_bool(t, "ended", e->flags & WIRE_EVENT_ENDED);
	json_phase(t, "timed_out", e->timed_out);
	json_number(t, "netns", e->netns);
	json_number(t, "uid", e->uid);
	json_string(t, "cgroup", names->cgroup);
	json_string(t, "pod_uid", names->pod_uid);
	json_string(t, "container_id", names->container_id);
	json_string(t, "unit", names->unit);
	json_string(t, "process", names->process);
	if (names->src_network)
		json_string(t, "src_network", names->src_network);
	if (names->dst_network)
		json_string(t, "dst_network", names->dst_network);
	json_close(t, '}');
	text_append_literal(t, "\n");
}

bool event_has_line(const struct wire_event *event)
{
	return event->segments > 0 || event->resets_sent > 0 || event->resets_received > 0 ||
	       event->segments_spurious > 0 || event->timed_out != WIRE_PHASE_NONE;
}

void event_line_header(struct text *text, enum event_format format)
{
	if (format == EVENT_JSON)
		return;
	for (enum column column = TIME; column <= CGROUP; column++) {
		size_t start = text->length;

		event_line_append(text, columns[column].title);
		if (column < CGROUP)
			end_column(text, start, columns[column].width);
	}
	text_append_literal(text, "\n");
}

void event_line_write(struct text *text, enum event_format format, const struct wire_event *event,
	uint64_t real_ns, const struct event_names *names)
{
	if (format == EVENT_JSON)
		write_json(text, event, real_ns, names);
	else
		write_human(text, event, real_ns, names);
}
