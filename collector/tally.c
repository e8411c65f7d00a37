/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"
#include "protocol/codec.h"

void tally_init(struct tally *tally, const struct probe *probe, const struct ring *ring)
{
	int r;

	*tally = (struct tally){.probe = probe, .ring = ring};
	r = mib_init(&tally->mib, probe_identity(probe)->host_netns);
	if (r == -EXDEV)
		log_warning("PID 1 is not the host's PID 1: continuing without the metrics "
			    "rexmit_kernel_*; to have them, run the collector in the host's PID "
			    "namespace (hostPID: true)");
	else if (r)
		log_warning(
			"cannot read the host's RetransSegs from /proc/1/net/snmp: %s; continuing "
			"without the metrics rexmit_kernel_*",
			strerror(-r));
	tally->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

struct packet {
	union wire_record *records;
	size_t n;
};

static void put(
	struct packet *packet, enum wire_counter_id id, size_t label, size_t scope, uint64_t value)
{
	invariant(packet->n < WIRE_PACKET_RECORDS);
	wire_counter_init(
		&packet->records[packet->n++], id, (uint32_t)label, (uint32_t)scope, value);
}

static uint64_t deferred(const struct counters *c)
{
	/* `caught_up` is read after `deferred`, so it may be larger. */
	return c->deferred > c->caught_up ? c->deferred - c->caught_up : 0;
}

static void put_segments(struct packet *packet, const struct counters *c)
{
	for (size_t scope = 0; scope < WIRE_SCOPES; scope++)
		for (size_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
			put(packet, WIRE_COUNTER_SEGMENTS, cause, scope, c->segments[scope][cause]);
	for (size_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		put(packet, WIRE_COUNTER_UNATTRIBUTED, cause, 0, c->unattributed[cause]);
	put(packet, WIRE_COUNTER_DEFERRED, 0, 0, deferred(c));
	put(packet, WIRE_COUNTER_SENT_UNATTRIBUTED, 0, 0, c->sent_unattributed);
	put(packet, WIRE_COUNTER_DEFERRALS, 0, 0, c->deferred);
	for (size_t r = 0; r < COUNTERS_ERRNOS; r++)
		if (c->failures[r])
			put(packet, WIRE_COUNTER_FAILURES, r, 0, c->failures[r]);
}

static void put_resets(struct packet *packet, const struct counters *c)
{
	for (size_t direction = 0; direction < WIRE_RESETS; direction++) {
		for (size_t scope = 0; scope < WIRE_SCOPES; scope++)
			put(packet, WIRE_COUNTER_RESETS, direction, scope,
				c->resets[direction][scope]);
		put(packet, WIRE_COUNTER_RESETS_UNATTRIBUTED, direction, 0,
			c->resets_unattributed[direction]);
	}
	put(packet, WIRE_COUNTER_CONNECTIONS_UNATTRIBUTED, 0, 0, c->connections_unattributed);
	put(packet, WIRE_COUNTER_RESETS_WITHOUT_CONNECTION, 0, 0, c->resets_without_connection);
}

static void put_host(struct packet *packet, struct tally *tally)
{
	if (mib_read(&tally->mib))
		return;
	put(packet, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, tally->mib.retrans_segs);
	put(packet, WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, tally->mib.out_segs);
	put(packet, WIRE_COUNTER_KERNEL_OUT_RSTS, 0, 0, tally->mib.out_rsts);
}

/* The second number of statm is the resident memory, in pages. */
static void put_memory(struct packet *packet, int statm)
{
	char text[128];
	unsigned long pages;
	ssize_t n = pread(statm, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return;
	text[n] = '\0';
	if (sscanf(text, "%*u %lu", &pages) == 1)
		put(packet, WIRE_COUNTER_MEMORY, 0, 0, pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

static void put_self(struct packet *packet, const struct tally *tally)
{
	put(packet, WIRE_COUNTER_RING_SIZE, 0, 0, tally->ring->size);
	put(packet, WIRE_COUNTER_RING_USED, 0, 0, ring_used(tally->ring));
	for (size_t i = 0; i < WIRE_REFUSALS; i++)
		put(packet, WIRE_COUNTER_PEERS_REFUSED, i, 0, tally->refused[i]);
	put_memory(packet, tally->statm);
	put(packet, WIRE_COUNTER_CPU_NS, 0, 0,
		clock_ns(CLOCK_PROCESS_CPUTIME_ID) + tally->walker_cpu_ns);
}

uint64_t tally_deferred(const struct tally *tally)
{
	struct counters c;

	probe_counters(tally->probe, &c);
	return deferred(&c);
}

size_t tally_records(struct tally *tally, union wire_record *records)
{
	struct packet packet = {.records = records};
	struct counters c;

	probe_counters(tally->probe, &c);
	put_segments(&packet, &c);
	put_resets(&packet, &c);
	for (unsigned i = 0; i < WIRE_PROGRAMS; i++) {
		uint64_t missed;

		if (!probe_missed(tally->probe, i, &missed))
			put(&packet, WIRE_COUNTER_MISSED, i, 0, missed);
	}
	put_host(&packet, tally);
	put_self(&packet, tally);
	return packet.n;
}
