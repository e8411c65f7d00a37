/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "intake/stream.h"

#include <errno.h>
#include <string.h>

#include "state/state.h"

int stream_init(struct stream *stream, struct state *state, const struct stream_sinks *sinks)
{
	struct stream_past *past = state_part(state, STATE_STREAM, sizeof(*past));

	*stream = (struct stream){.sinks = *sinks, .state = state, .past = past};
	if (!past)
		return -ENOMEM;
	if (past->hello.type != 0 &&
		(past->hello.type != WIRE_HELLO ||
			wire_packet_check(&past->hello, sizeof(past->hello), WIRE_FROM_COLLECTOR)))
		return -EBADMSG;
	return 0;
}

void stream_deinit(struct stream *stream)
{
	state_part_free(stream->state, stream->past);
}

static inline void count_one(struct stream *s, uint64_t *count)
{
	state_add(s->state, count, 1);
}

void stream_begin(struct stream *stream, union wire_record *resume)
{
	stream->greeted = false;
	count_one(stream, &stream->past->counts.connects);
	state_commit(stream->state);
	wire_resume_init(resume, stream->past->hello.instance, stream->past->applied);
}

void stream_end(struct stream *stream)
{
	ledger_lose(stream->sinks.ledger);
	state_commit(stream->state);
}

static void apply_hello(struct stream *s, const struct wire_hello *hello)
{
	struct stream_past *past = s->past;
	bool first = past->hello.type == 0;
	bool same = memcmp(past->hello.instance, hello->instance, sizeof(hello->instance)) == 0;

	if (!first && !same) {
		count_one(s, &past->counts.restarts);
		ledger_restart(s->sinks.ledger);
	}
	if (same && hello->position > past->applied)
		count_one(s, &past->counts.gaps);
	if (!same || hello->position > past->applied)
		state_set(s->state, &past->applied, hello->position);
	state_copy(s->state, &past->hello, hello, sizeof(*hello));
	if (s->sinks.processes)
		processes_forget(s->sinks.processes);
	s->seen = hello->position;
	s->acknowledged = hello->position;
	s->greeted = true;
}

/*
 * HELLO has the collector's clock offset. If the host's clock is set, the offsets of both programs
 * change by the same amount. This function adds the change to the collector's offset. The
 * exporter's offset would be wrong in a time namespace, which has another CLOCK_BOOTTIME.
 */
void stream_clock(struct stream *stream, int64_t offset_ns)
{
	struct wire_hello *hello = &stream->past->hello;
	int64_t change = offset_ns - stream->clock_offset_ns;

	if (stream->clock_known && hello->type != 0) {
		state_set(stream->state, (uint64_t *)&hello->clock_offset_ns,
			(uint64_t)hello->clock_offset_ns + (uint64_t)change);
		state_commit(stream->state);
	}
	stream->clock_offset_ns = offset_ns;
	stream->clock_known = true;
}

bool stream_attached_ms(const struct stream *stream, uint64_t *ms)
{
	const struct wire_hello *hello = &stream->past->hello;
	uint64_t ns = hello->attached_ns + (uint64_t)hello->clock_offset_ns;

	*ms = ns / 1000000;
	return ns <= INT64_MAX;
}

static const char *stream_name(
	const struct stream *s, const struct group_names *names, enum group_label label)
{
	return names_text(s->sinks.names, names->number[label - GROUP_CGROUP]);
}

static void stream_show(
	const struct stream *s, const struct wire_event *event, const struct group_names *names)
{
	uint64_t real_ns = event->boot_ns + (uint64_t)s->past->hello.clock_offset_ns;
	bool networks = s->sinks.networks;
	const struct event_names texts = {
		.cgroup = stream_name(s, names, GROUP_CGROUP),
		.pod_uid = stream_name(s, names, GROUP_POD_UID),
		.container_id = stream_name(s, names, GROUP_CONTAINER_ID),
		.unit = stream_name(s, names, GROUP_UNIT),
		.process = stream_name(s, names, GROUP_PROCESS),
		.src_network = networks ? stream_name(s, names, GROUP_SRC_NETWORK) : NULL,
		.dst_network = networks ? stream_name(s, names, GROUP_DST_NETWORK) : NULL,
	};

	if (s->sinks.printer)
		printer_take(s->sinks.printer, event, real_ns, &texts);
	if (s->sinks.live)
		live_take(s->sinks.live, event, real_ns, &texts);
}

static bool is_shown(const struct stream_sinks *sinks)
{
	return sinks->printer || (sinks->live && live_readers(sinks->live) > 0);
}

static struct group_names stream_names(const struct stream *s, const struct wire_event *event)
{
	struct group_names names = {{NAME_UNKNOWN}};

	if (s->sinks.cgroups)
		cgroups_find(s->sinks.cgroups, event->cgroup_id, &names);
	if (s->sinks.processes)
		processes_find(s->sinks.processes, event, &names);
	if (s->sinks.networks)
		network_names_find(s->sinks.networks, event, &names);
	return names;
}

static bool is_ignored(const struct stream *s, const struct wire_event *event)
{
	return s->sinks.ignore && network_map_find(s->sinks.ignore, event->remote_addr);
}

/*
 * Whether the peer has not completed its handshake, so that its address may be forged. In SYN_RECV
 * the peer has sent only a Fast Open cookie (RFC 7413), which may be old.
 */
static bool is_unproven(const struct wire_event *e)
{
	return e->role == WIRE_ROLE_SERVER &&
	       (e->tcp_state == WIRE_TCP_NEW_SYN_RECV || e->tcp_state == WIRE_TCP_SYN_RECV);
}

static inline void stream_count(
	const struct stream *s, const struct wire_event *event, struct table_time now)
{
	const struct stream_sinks *sinks = &s->sinks;
	const struct table_increment increment = {
		.cause = group_cause_of(sinks->grouping, event),
		.segments = event->segments,
		.sent = event->segments_sent,
		.bytes = event->bytes,
		.connections = event->flags & WIRE_EVENT_FIRST ? 1 : 0,
		.resets = {[WIRE_RESET_SENT] = event->resets_sent,
			[WIRE_RESET_RECEIVED] = event->resets_received},
		.received = event->segments_received,
		.out_of_order = event->segments_out_of_order,
		.spurious = event->segments_spurious,
		.stall_us = event->stall_us,
		.ended = event->flags & WIRE_EVENT_ENDED ? 1 : 0,
		.timed_out = (enum wire_phase)event->timed_out,
		.unproven = is_unproven(event),
	};
	struct group_names names = {{NAME_UNKNOWN}};
	bool shown = is_shown(sinks);
	union group_key key;

	histograms_take(sinks->histograms, event);
	if (is_ignored(s, event))
		return table_ignore(sinks->table, &increment);
	if (shown || sinks->grouping->labels & GROUP_NAME_LABELS)
		names = stream_names(s, event);
	group_key_of(&key, sinks->grouping, event, &names);
	table_add(sinks->table, &key, &increment, now);
	if (shown)
		stream_show(s, event, &names);
}

/* Applies an event. Its position must increase. Events up to `applied` are already counted. */
static inline enum wire_error apply_event(
	struct stream *s, const struct wire_event *event, struct table_time now)
{
	if (event->position <= s->seen)
		return WIRE_E_POSITION;
	s->seen = event->position;
	if (event->position <= s->past->applied) {
		count_one(s, &s->past->counts.duplicates);
		return WIRE_OK;
	}
	stream_count(s, event, now);
	state_set(s->state, &s->past->applied, event->position);
	return WIRE_OK;
}

static enum wire_error apply_record(
	struct stream *s, const union wire_record *record, struct table_time now)
{
	bool hello = record->type == WIRE_HELLO;

	/* The first record of a connection, and no other, is HELLO. */
	if (hello == s->greeted)
		return WIRE_E_TYPE;
	switch (record->type) {
	case WIRE_EVENT:
		return apply_event(s, &record->event, now);
	case WIRE_COUNTER:
		ledger_take(s->sinks.ledger, &record->counter);
		return WIRE_OK;
	case WIRE_NAME:
		if (s->sinks.cgroups)
			cgroups_take(s->sinks.cgroups, &record->name);
		return WIRE_OK;
	case WIRE_PROCESS:
		if (s->sinks.processes)
			processes_take(s->sinks.processes, &record->process);
		return WIRE_OK;
	case WIRE_HELLO:
		apply_hello(s, &record->hello);
		return WIRE_OK;
	default:
		return WIRE_E_TYPE;
	}
}

static enum wire_error apply_records(
	struct stream *s, const union wire_record *records, size_t count, struct table_time now)
{
	for (size_t i = 0; i < count; i++) {
		enum wire_error error = apply_record(s, &records[i], now);

		if (error != WIRE_OK)
			return error;
		count_one(s, &s->past->counts.records[records[i].type]);
		state_commit(s->state);
	}
	return WIRE_OK;
}

enum stream_verdict stream_take(struct stream *stream, const void *packet, size_t size,
	struct table_time now, enum wire_error *error)
{
	const union wire_record *records = packet;

	*error = wire_packet_check(packet, size, WIRE_FROM_COLLECTOR);
	if (*error == WIRE_OK && records->type == WIRE_BUSY && !stream->greeted) {
		count_one(stream, &stream->past->counts.records[WIRE_BUSY]);
		state_commit(stream->state);
		return STREAM_BUSY;
	}
	if (*error == WIRE_OK)
		*error = apply_records(stream, records, size / sizeof(*records), now);
	if (*error == WIRE_OK)
		return STREAM_GO_ON;
	count_one(stream, &stream->past->counts.malformed[*error]);
	state_commit(stream->state);
	return STREAM_REFUSED;
}

bool stream_acknowledge(const struct stream *stream, union wire_record *ack)
{
	if (stream->seen == stream->acknowledged)
		return false;
	wire_ack_init(ack, stream->seen);
	return true;
}

void stream_acknowledged(struct stream *stream)
{
	stream->acknowledged = stream->seen;
}
