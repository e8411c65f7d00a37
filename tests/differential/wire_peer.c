/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Runs the codec, for packets.py. On standard input each packet is its sender (a byte, as in enum
 * wire_sender), its size (4 bytes) and its bytes.
 *
 * For each packet the program prints a line with the verdict. If the codec accepts the packet, it
 * also prints the fields of each record, and the packet that the codec makes from these fields, in
 * hexadecimal.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"

#define FIELD(record, name)                                                                        \
	{#record, #name, offsetof(struct wire_##record, name),                                     \
		sizeof(((struct wire_##record *)0)->name)},

static const struct field {
	const char *record, *name;
	size_t offset, size;
} fields[] = {
#include "wire_fields.inc"
};

static const char *const records[] = {
	[WIRE_RESUME] = "hello",
	[WIRE_HELLO] = "hello",
	[WIRE_EVENT] = "event",
	[WIRE_COUNTER] = "counter",
	[WIRE_ACK] = "ack",
	[WIRE_NAME] = "name",
	[WIRE_PROCESS] = "process",
};

static void print_bytes(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static void fields_each(const union wire_record *r, union wire_record *copy)
{
	for (size_t i = 0; records[r->type] && i < sizeof(fields) / sizeof(*fields); i++) {
		const struct field *f = &fields[i];

		if (strcmp(f->record, records[r->type]) != 0)
			continue;
		if (copy) {
			memcpy(copy->bytes + f->offset, r->bytes + f->offset, f->size);
			continue;
		}
		printf("%s ", f->name);
		print_bytes(r->bytes + f->offset, f->size);
	}
}

/* Makes a record with the codec's function for its type, then field by field. */
static size_t record_make(const union wire_record *r, union wire_record *made)
{
	static char path[WIRE_NAME_RECORDS * sizeof(r->name.part) + 1];

	switch (r->type) {
	case WIRE_RESUME:
		wire_resume_init(made, r->hello.instance, r->hello.position);
		return 1;
	case WIRE_HELLO:
		wire_hello_init(made, r->hello.instance, r->hello.software);
		break;
	case WIRE_COUNTER:
		wire_counter_init(
			made, r->counter.id, r->counter.label, r->counter.scope, r->counter.value);
		return 1;
	case WIRE_NAME:
		memset(path, 0, sizeof(path));
		for (size_t at = 0; at < r->name.length; at += sizeof(r->name.part))
			memcpy(path + at, r[at / sizeof(r->name.part)].name.part,
				sizeof(r->name.part));
		return wire_name_init(made, r->name.cgroup_id, path);
	case WIRE_PROCESS:
		wire_process_init(made, r->process.slot, r->process.key, r->process.name);
		return 1;
	case WIRE_ACK:
		wire_ack_init(made, r->ack.position);
		return 1;
	case WIRE_BUSY:
		wire_busy_init(made);
		return 1;
	default:
		*made = (union wire_record){.type = r->type};
	}
	fields_each(r, made);
	return 1;
}

static void packet_answer(const union wire_record *packet, size_t size, enum wire_sender sender)
{
	static union wire_record made[WIRE_PACKET_RECORDS + WIRE_NAME_RECORDS];
	enum wire_error error = wire_packet_check(packet, size, sender);
	size_t count = size / WIRE_RECORD_SIZE;

	puts(error == WIRE_OK ? "ok" : wire_error_name(error));
	if (error != WIRE_OK)
		return;
	for (size_t i = 0; i < count; i++)
		fields_each(&packet[i], NULL);
	for (size_t i = 0; i < count;)
		i += record_make(&packet[i], &made[i]);
	print_bytes((const uint8_t *)made, size);
}

int main(void)
{
	static union wire_record packet[2 * WIRE_PACKET_RECORDS];
	uint32_t size;
	int sender;

	while ((sender = getchar()) != EOF) {
		if (fread(&size, sizeof(size), 1, stdin) != 1 || size > sizeof(packet) ||
			fread(packet, 1, size, stdin) != size)
			return 1;
		packet_answer(packet, size, (enum wire_sender)sender);
	}
	return 0;
}
