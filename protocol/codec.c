/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Checks received packets by the rules of docs/protocol.md. Makes all records except EVENT. */
#include "codec.h"

#include <stdbool.h>
#include <string.h>

#include "counter_kinds.h"

/* check_event() does not call this function: the loop is too slow for a million events a second. */
static bool all_zero(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint8_t any = 0;

	for (size_t i = 0; i < size; i++)
		any |= p[i];
	return any == 0;
}

static bool v4_mapped(const uint8_t address[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	/* compiled to two loads and two comparisons, because the size is constant */
	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/* Whether fields of an event, except the addresses, contradict each other. */
static inline bool is_contradictory(const struct wire_event *e)
{
	return (e->cause == WIRE_CAUSE_NONE) != (e->segments == 0) ||
	       ((e->flags & WIRE_EVENT_FIRST) != 0 && e->segments == 0) ||
	       ((e->flags & WIRE_EVENT_ENDED) == 0 && e->timed_out != WIRE_PHASE_NONE) ||
	       (e->segments != 0 &&
		       ((e->flags & WIRE_EVENT_ENDED) | e->segments_received |
			       e->segments_out_of_order | e->segments_spurious) != 0) ||
	       (e->timers == 0) != (e->stall_us == 0);
}

static inline enum wire_error check_event(const struct wire_event *e, uint64_t *position)
{
	bool local4 = v4_mapped(e->local_addr), remote4 = v4_mapped(e->remote_addr);

	if (e->reserved0 != 0 || (e->flags | WIRE_EVENT_FLAGS) != WIRE_EVENT_FLAGS)
		return WIRE_E_RESERVED;
	if ((e->ip_version != 4 && e->ip_version != 6) || e->cause >= WIRE_CAUSES ||
		e->timed_out >= WIRE_PHASES)
		return WIRE_E_ENUM;
	if (e->tcp_state < WIRE_TCP_STATE_MIN || e->tcp_state > WIRE_TCP_STATE_MAX)
		return WIRE_E_ENUM;
	if (e->role != WIRE_ROLE_CLIENT && e->role != WIRE_ROLE_SERVER)
		return WIRE_E_ENUM;
	if (is_contradictory(e))
		return WIRE_E_VALUE;
	if (local4 != (e->ip_version == 4) || remote4 != (e->ip_version == 4))
		return WIRE_E_VALUE;
	if (e->position <= *position)
		return WIRE_E_VALUE;
	*position = e->position;
	return WIRE_OK;
}

static enum wire_error check_counter(const struct wire_counter *c)
{
	const struct wire_counter_kind *kind;

	if (c->reserved0 != 0 || !all_zero(c->reserved1, sizeof(c->reserved1)) ||
		!all_zero(c->reserved2, sizeof(c->reserved2)))
		return WIRE_E_RESERVED;
	if (c->id == 0 || c->id >= WIRE_COUNTER_IDS)
		return WIRE_E_ENUM;
	kind = &wire_counter_kinds[c->id];
	if (c->label < kind->first_label || c->label >= kind->labels || c->scope >= kind->scopes)
		return WIRE_E_ENUM;
	return WIRE_OK;
}

static enum wire_error check_greeting(const struct wire_hello *h)
{
	if (h->magic != WIRE_MAGIC)
		return WIRE_E_MAGIC;
	if (h->version != WIRE_VERSION)
		return WIRE_E_VERSION;
	if (h->record_size != WIRE_RECORD_SIZE)
		return WIRE_E_RECORD_SIZE;
	if (h->reserved0 != 0 || !all_zero(h->reserved1, sizeof(h->reserved1)) ||
		!all_zero(h->reserved2, sizeof(h->reserved2)) ||
		!all_zero(h->reserved3, sizeof(h->reserved3)))
		return WIRE_E_RESERVED;
	return WIRE_OK;
}

static enum wire_error check_resume(const union wire_record *r)
{
	const size_t rest = offsetof(struct wire_hello, clock_offset_ns);
	enum wire_error error = check_greeting(&r->hello);

	if (error != WIRE_OK)
		return error;
	if (!all_zero(r->bytes + rest, sizeof(r->bytes) - rest))
		return WIRE_E_RESERVED;
	if (r->hello.position != 0 && all_zero(r->hello.instance, sizeof(r->hello.instance)))
		return WIRE_E_VALUE;
	return WIRE_OK;
}

static enum wire_error check_hello(const struct wire_hello *h)
{
	enum wire_error error = check_greeting(h);
	size_t length = strnlen(h->software, sizeof(h->software));

	if (error != WIRE_OK)
		return error;
	if (all_zero(h->instance, sizeof(h->instance)))
		return WIRE_E_VALUE;
	if (length == sizeof(h->software) ||
		!all_zero(h->software + length, sizeof(h->software) - length))
		return WIRE_E_VALUE;
	for (size_t i = 0; i < length; i++) {
		if (h->software[i] < ' ' || h->software[i] > '~')
			return WIRE_E_VALUE;
	}
	return WIRE_OK;
}

static enum wire_error check_ack(const struct wire_ack *a)
{
	return all_zero(a->reserved0, sizeof(a->reserved0)) &&
			       all_zero(a->reserved1, sizeof(a->reserved1))
		       ? WIRE_OK
		       : WIRE_E_RESERVED;
}

static enum wire_error check_busy(const struct wire_ack *b)
{
	return b->position == 0 ? check_ack(b) : WIRE_E_RESERVED;
}

static enum wire_error check_name(const struct wire_name *n)
{
	const size_t part = sizeof(n->part);
	size_t used;

	if (n->reserved0 != 0 || !all_zero(n->reserved1, sizeof(n->reserved1)))
		return WIRE_E_RESERVED;
	if (n->cgroup_id == 0 || n->length == 0 || n->length >= WIRE_PATH_SIZE ||
		n->offset >= n->length || n->offset % part != 0)
		return WIRE_E_VALUE;
	if (n->offset == 0 && n->part[0] != '/')
		return WIRE_E_VALUE;
	used = (size_t)(n->length - n->offset) < part ? (size_t)(n->length - n->offset) : part;
	if (memchr(n->part, '\0', used) || memchr(n->part, '\n', used))
		return WIRE_E_VALUE;
	return all_zero(n->part + used, part - used) && all_zero(n->reserved2, sizeof(n->reserved2))
		       ? WIRE_OK
		       : WIRE_E_RESERVED;
}

static enum wire_error check_process(const struct wire_process *p)
{
	size_t length = strnlen(p->name, sizeof(p->name));

	if (p->reserved0 != 0 || !all_zero(p->reserved1, sizeof(p->reserved1)) ||
		!all_zero(p->reserved2, sizeof(p->reserved2)))
		return WIRE_E_RESERVED;
	if (p->slot >= WIRE_PROCESS_SLOTS || p->key == 0 || length == 0 ||
		length == sizeof(p->name) || !all_zero(p->name + length, sizeof(p->name) - length))
		return WIRE_E_VALUE;
	return WIRE_OK;
}

/* Whether `a` and `b` are two parts of the same path, and `b` is the next part after `a`. */
static bool continues(const union wire_record *a, const union wire_record *b)
{
	return a->type == WIRE_NAME && b->type == WIRE_NAME &&
	       b->name.cgroup_id == a->name.cgroup_id && b->name.length == a->name.length &&
	       b->name.offset == a->name.offset + sizeof(a->name.part);
}

/* Checks that the parts of a path are complete, in order and next to each other. */
static enum wire_error check_name_place(const union wire_record *r, size_t index, size_t count)
{
	const struct wire_name *n = &r->name;
	bool first = n->offset == 0, last = n->offset + sizeof(n->part) >= n->length;

	if (!first && (index == 0 || !continues(r - 1, r)))
		return WIRE_E_VALUE;
	if (!last && (index + 1 == count || !continues(r, r + 1)))
		return WIRE_E_VALUE;
	return WIRE_OK;
}

static enum wire_error check_from_exporter(const union wire_record *r, size_t count)
{
	if (count != 1)
		return WIRE_E_LENGTH;
	switch (r->type) {
	case WIRE_RESUME:
		return check_resume(r);
	case WIRE_ACK:
		return check_ack(&r->ack);
	default:
		return WIRE_E_TYPE;
	}
}

/* Checks a record that is not an event. HELLO must be first in its packet, and BUSY alone. */
static enum wire_error check_other(const union wire_record *r, size_t index, size_t count)
{
	enum wire_error error;

	switch (r->type) {
	case WIRE_COUNTER:
		return check_counter(&r->counter);
	case WIRE_NAME:
		error = check_name(&r->name);
		return error == WIRE_OK ? check_name_place(r, index, count) : error;
	case WIRE_PROCESS:
		return check_process(&r->process);
	case WIRE_HELLO:
		return index == 0 ? check_hello(&r->hello) : WIRE_E_TYPE;
	case WIRE_BUSY:
		return count == 1 ? check_busy(&r->ack) : WIRE_E_TYPE;
	default:
		return WIRE_E_TYPE;
	}
}

static enum wire_error check_from_collector(const union wire_record *r, size_t count)
{
	uint64_t position = 0;

	for (size_t i = 0; i < count; i++) {
		enum wire_error error = r[i].type == WIRE_EVENT
						? check_event(&r[i].event, &position)
						: check_other(&r[i], i, count);

		if (error != WIRE_OK)
			return error;
	}
	return WIRE_OK;
}

/* This replaces invariant(), because protocol/ depends on no other folder. */
static void trap_unless(bool condition)
{
	if (!condition)
		__builtin_trap();
}

enum wire_error wire_packet_check(const void *packet, size_t size, enum wire_sender sender)
{
	size_t count = size / WIRE_RECORD_SIZE;

	if (size == 0 || size > WIRE_PACKET_SIZE || size % WIRE_RECORD_SIZE != 0)
		return WIRE_E_LENGTH;
	trap_unless((uintptr_t)packet % _Alignof(union wire_record) == 0);
	return sender == WIRE_FROM_EXPORTER ? check_from_exporter(packet, count)
					    : check_from_collector(packet, count);
}

enum wire_error wire_ack_check(uint64_t acked, uint64_t sent, uint64_t stride, uint64_t position)
{
	trap_unless(stride != 0);
	if (position < acked || position > sent || (position - acked) % stride != 0)
		return WIRE_E_POSITION;
	return WIRE_OK;
}

static void init_greeting(union wire_record *r, enum wire_type type, const uint8_t instance[16])
{
	*r = (union wire_record){0};
	r->hello.type = (uint8_t)type;
	r->hello.version = WIRE_VERSION;
	r->hello.record_size = WIRE_RECORD_SIZE;
	r->hello.magic = WIRE_MAGIC;
	memcpy(r->hello.instance, instance, sizeof(r->hello.instance));
}

void wire_resume_init(union wire_record *r, const uint8_t instance[16], uint64_t position)
{
	init_greeting(r, WIRE_RESUME, instance);
	r->hello.position = position;
}

void wire_hello_init(union wire_record *r, const uint8_t instance[16], const char *software)
{
	init_greeting(r, WIRE_HELLO, instance);
	memcpy(r->hello.software, software, strnlen(software, sizeof(r->hello.software) - 1));
}

void wire_counter_init(union wire_record *r, enum wire_counter_id id, uint32_t label,
	uint32_t scope, uint64_t value)
{
	*r = (union wire_record){0};
	r->counter.type = WIRE_COUNTER;
	r->counter.id = (uint16_t)id;
	r->counter.label = label;
	r->counter.scope = scope;
	r->counter.value = value;
}

size_t wire_name_init(union wire_record *records, uint64_t cgroup_id, const char *path)
{
	const size_t part = sizeof(records->name.part);
	size_t length = strnlen(path, WIRE_PATH_SIZE - 1), n = 0;

	for (size_t offset = 0; offset < length; offset += part) {
		union wire_record *r = &records[n++];
		size_t left = length - offset;

		*r = (union wire_record){0};
		r->name.type = WIRE_NAME;
		r->name.length = (uint16_t)length;
		r->name.offset = (uint16_t)offset;
		r->name.cgroup_id = cgroup_id;
		memcpy(r->name.part, path + offset, left < part ? left : part);
	}
	return n;
}

void wire_process_init(union wire_record *r, uint32_t slot, uint64_t key, const char *name)
{
	*r = (union wire_record){0};
	r->process.type = WIRE_PROCESS;
	r->process.slot = (uint16_t)slot;
	r->process.key = key;
	memcpy(r->process.name, name, strnlen(name, WIRE_PROCESS_NAME_SIZE - 1));
}

void wire_ack_init(union wire_record *r, uint64_t position)
{
	*r = (union wire_record){0};
	r->ack.type = WIRE_ACK;
	r->ack.position = position;
}

void wire_busy_init(union wire_record *r)
{
	*r = (union wire_record){0};
	r->ack.type = WIRE_BUSY;
}
