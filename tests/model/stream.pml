/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A model of the stream from the kernel's ring to the exporter's memory. Each program and each
 * connection may end at any time.
 *
 * check.py lets spin's verifier visit every state. The variables below are the claims. A broken
 * claim becomes true, and the verifier prints the expression CLAIMED. -DWITHOUT_RULE removes a rule
 * of docs/protocol.md from the model. Without a rule the search must break the claim that
 * docs/protocol.md names for it.
 *
 * The model does not have:
 * - COUNTER, whose values are absolute and repeated;
 * - NAME and PROCESS, which change labels but no counts;
 * - the content of records;
 * - malformed packets, which tests/unit/ and tests/fuzz/ cover.
 *
 * A record increases the position by STRIDE. So an exporter can send a position inside a record, as
 * with the real ring.
 */
#define STRIDE 2

#ifdef TRACE
#include "replay.pml"
#endif
#ifndef RECORDS
#define RECORDS 3           /* segments that the kernel retransmits in a run */
#endif
#ifndef RING
#define RING 2              /* records that fit in the ring */
#endif
#ifndef INSTANCES
#define INSTANCES 2         /* sets of maps in a run */
#endif
#ifndef COLLECTOR_DEATHS
#define COLLECTOR_DEATHS 2
#endif
#ifndef EXPORTER_DEATHS
#define EXPORTER_DEATHS 2
#endif
#ifndef DISCONNECTS
#define DISCONNECTS 1       /* connections lost while both programs run */
#endif
#ifndef VISITS
#define VISITS 1            /* connections of the second exporter */
#endif
#ifndef VISIT_PACKETS
#define VISIT_PACKETS 3     /* packets of the second exporter on each connection */
#endif

#ifndef REFUSED_RECORD
#define REFUSED_RECORD 0    /* number of the record that the exporter would refuse; 0: none */
#endif

bool counted_twice;  /* a record is counted twice, or after its acknowledgement */
bool lost_uncounted; /* a record or a segment is lost, and no counter includes it */
bool went_back;      /* a position is less than an earlier position */
bool never_exact;    /* the run has ended, or cannot go on, without all records in the exporter */

/* The claims that a search checks. */
#ifndef CLAIMED
#define CLAIMED (counted_twice || lost_uncounted || went_back || never_exact)
#endif
#define CLAIM(broken, holds) if :: (holds) :: else -> broken = true; assert(!CLAIMED) fi

mtype = { RESUME, HELLO, EVENT, ACK, BUSY };

/*
 * The fields of RESUME and HELLO are instance, position; of EVENT: number of the record, position;
 * of ACK: 0, position.
 */
#ifndef QUEUE
#define QUEUE 2 /* packets in a queue, each with one record */
#endif
chan up = [QUEUE] of { mtype, byte, byte };
chan down = [QUEUE] of { mtype, byte, byte };
bool exporter_end;  /* the exporter's end of the connection is open */
bool collector_end; /* the collector's end is open, or waits for accept(2) */
bool running = true; /* the collector runs */

/* The collector's clients. */
#define EXPORTER 0
#define SECOND 1
bool accepted[2];

inline flush(queue) {
	do
	:: nempty(queue) -> queue?_,_,_
	:: empty(queue) -> break
	od
}

#ifndef TRACE
/* The set of the records after number `after` up to number `last`. */
#define RECORDS_OF(after, last) ((1 << ((last) + 1)) - (1 << ((after) + 1)))
#define RECORD(n) (1 << (n))
#define UNION(a, b) ((a) | (b))
#define COMMON(a, b) ((a) & (b))
#define IS_WITHIN(a, b) (((a) & ~(b)) == 0)

/* What the programs may do. replay.pml allows only what its trace shows. */
#define MAY_CONNECT (running && !collector_end && !accepted[SECOND])
#define MAY_READ true                            /* the collector, from the ring */
#define SECOND_MAY_SEND true                     /* the second exporter */
#define ANY_POSITION 0 .. (RECORDS * STRIDE + 1) /* what the second exporter may acknowledge */
#define MAY_START_OVER true                      /* the exporter, by a RESUME without a position */
#define MAY_ACKNOWLEDGE(position) true           /* the exporter */
#define ACK_ARRIVES collector_end                /* an ACK that the exporter sends now */
#define EXPORTER_MAY_DIE (exporter_deaths > 0)
#define COLLECTOR_MAY_DIE (collector_deaths > 0)
#define MAY_KEEP_MAPS true                       /* of a collector that ends: they are pinned */
#define SPEND(budget) budget--                   /* deaths that remain */
#include "kernel.pml"
#include "exporter.pml"
#include "collector.pml"
#else
REPLAY_DECLARATIONS
#include "kernel.pml"
/* The recorder is the peer of both programs. */
#define down exporter_down
#define collector_end recorder_end
#include "exporter.pml"
#undef down
#undef collector_end
#define up collector_up
#define exporter_end recorder_connected
#include "collector.pml"
#undef up
#undef exporter_end
REPLAY
#endif

#ifndef TRACE
/*
 * At the end of every run everything has arrived. check.py also searches for runs without an end.
 */
active proctype judge() {
	byte all;

	timeout -> d_step {
		all = RECORDS_OF(0, NUMBER(instance, reserved));
		CLAIM(lost_uncounted, made == NUMBER(instance, reserved) + deferred + unattributed);
		CLAIM(lost_uncounted, (all & ~(counted | ledger | word[EXCUSED] | excused)) == 0);
		CLAIM(never_exact, deferred == 0 && freed == reserved && attached)
	}
}
#endif
