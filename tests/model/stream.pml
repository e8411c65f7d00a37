/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The stream from the kernel's ring to the exporter's memory, with everything that may end in between.
 *
 * check.py runs it: `spin -search` visits every state. -D of WITHOUT_ and a name takes one rule of
 * docs/protocol.md out, and the search must then find a run that breaks the claim that the page names
 * for the rule. The claims are the four variables below. A claim that is broken becomes true, and
 * spin names it in its message.
 *
 * What is left out: COUNTER and NAME, whose values are absolute and repeated; the content of records;
 * malformed packets, which tests/unit/ and tests/fuzz/ cover. A position counts STRIDE for a record,
 * as in the ring, so that a position between two records can be sent.
 */
#define STRIDE 2

#ifdef TRACE
#include "replay.pml"
#endif
#ifndef RECORDS
#define RECORDS 3           /* segments that the kernel retransmits in a run */
#endif
#ifndef RING
#define RING 2              /* records for which the ring has room */
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
#define DISCONNECTS 1       /* the connection is lost, and both programs go on */
#endif
#ifndef VISITS
#define VISITS 1            /* connections of the second exporter */
#endif
#ifndef VISIT_PACKETS
#define VISIT_PACKETS 3     /* that it sends, whatever they are */
#endif

bool counted_twice;  /* a record is counted twice, or counted after it was acknowledged */
bool lost_uncounted; /* a record or a segment is gone, and no counter says so */
bool went_back;      /* a position is less than one before it */
bool never_exact;    /* nothing happens any more, and the exporter has not got everything */

/* The claim that a search is about, if it is about one. */
#ifndef CLAIMED
#define CLAIMED (counted_twice || lost_uncounted || went_back || never_exact)
#endif
#ifndef CLAIM
#define CLAIM(broken, holds) if :: (holds) :: else -> broken = true; assert(!CLAIMED) fi
#endif

mtype = { RESUME, HELLO, EVENT, ACK, BUSY };

/* Of RESUME and HELLO: instance, position. Of EVENT: number of the record, position. Of ACK: 0, position. */
#ifndef QUEUE
#define QUEUE 2 /* packets; each holds one record here */
#endif
chan up = [QUEUE] of { mtype, byte, byte };
chan down = [QUEUE] of { mtype, byte, byte };
bool exporter_end;  /* the exporter's end of the connection is open */
bool collector_end; /* the collector's is, or the connection waits to be accepted */
bool running = true; /* the collector */

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

/* The records after `after` up to `last`, as a set. */
#ifndef RECORDS_OF
#define RECORDS_OF(after, last) ((1 << ((last) + 1)) - (1 << ((after) + 1)))
#define RECORD(n) (1 << (n))
#endif

#ifndef TRACE
#define MAY_CONNECT (running && !collector_end && !accepted[SECOND])
#define MAY_READ true
#define MAY_DIE (exporter_deaths > 0)
#define COLLECTOR_MAY_DIE (collector_deaths > 0)
#define SPEND(budget) budget--
#include "kernel.pml"
#include "exporter.pml"
#include "collector.pml"
#else
REPLAY_DECLARATIONS
#include "kernel.pml"
/* Each of the two is connected to the recorder. */
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

/* Every run ends (check.py looks for cycles, too), and at its end everything has arrived. */
active proctype judge() {
	byte all;

	timeout -> d_step {
		all = RECORDS_OF(0, NUMBER(instance, reserved));
		CLAIM(lost_uncounted, made == NUMBER(instance, reserved) + deferred + unattributed);
		CLAIM(lost_uncounted, (all & ~(counted | word[EXCUSED] | excused)) == 0);
		CLAIM(never_exact, deferred == 0 && acknowledged == reserved && attached)
	}
}
