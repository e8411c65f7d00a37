/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A model of trace.py's recorder between both programs. It forwards packets in the order of a
 * trace, which script.py writes as trace.h.
 *
 * The run that reaches the trace's end violates the last assertion, as expected. No claims are
 * checked, because a set cannot hold so many records. A program may end only where it ended in the
 * trace.
 */
#define byte short
#define RECORDS 30000
#define RING 30000
#define QUEUE 2
#define COLLECTOR_DEATHS 1
#define EXPORTER_DEATHS 1
#define DISCONNECTS 0
#define VISITS 0
#define VISIT_PACKETS 0
#define CLAIM(broken, holds) skip
#define RECORDS_OF(after, last) 0
#define RECORD(n) 0
#define MAY_CONNECT (!recorder_end)
#define MAY_READ (next == read_to) /* otherwise the model would read forever */
#define MAY_DIE exporter_may_die
#define COLLECTOR_MAY_DIE collector_may_die
#define SPEND(budget) skip

c_decl {
\#include "trace.h"
}

#define REPLAY_DECLARATIONS \
	chan collector_up = [QUEUE] of { mtype, byte, byte }; \
	chan exporter_down = [120] of { mtype, byte, byte }; \
	bool recorder_end;       /* the connection to the exporter is open */ \
	bool recorder_connected; /* the connection to the collector is open */ \
	bool exporter_may_die, collector_may_die, at_end; \
	short at, what, first_field, position_field;

/* The kinds of steps of script.py. Packets have the numbers 5 to 9. */
#define AT_END 0
#define CONNECT 1
#define REFUSED 2
#define EXPORTER_CLOSED 3
#define COLLECTOR_CLOSED 4

/* Continues with the next step. The last three columns are the events that may come before its
 * end. */
inline go_on() {
	c_code {
		now.what = script[now.at][0];
		now.first_field = script[now.at][1];
		now.position_field = script[now.at][2];
		now.visits = script[now.at][3];
		now.exporter_may_die = script[now.at][4];
		now.collector_may_die = script[now.at][5];
		now.at++;
	}
}

inline recorder_closes() {
	recorder_end = false; recorder_connected = false;
	flush(up); flush(down);
	go_on()
}

#define REPLAY \
active proctype recorder() { \
	byte n; \
	atomic { go_on() } \
	do \
	:: atomic { what == CONNECT && exporter_end && recorder_end && running && !collector_end && \
		!recorder_connected -> recorder_connected = true; collector_end = true; go_on() } \
	:: atomic { what == REFUSED && exporter_end && recorder_end -> \
		flush(up); recorder_end = false; go_on() } \
	:: atomic { what == EXPORTER_CLOSED && !exporter_end && (empty(up) || !collector_end) -> \
		recorder_closes() } \
	:: atomic { what == COLLECTOR_CLOSED && !collector_end && (empty(down) || !exporter_end) -> \
		recorder_closes() } \
	PASS(5, RESUME, up, collector_up) \
	PASS(6, ACK, up, collector_up) \
	PASS(7, HELLO, down, exporter_down) \
	PASS(9, BUSY, down, exporter_down) \
	:: atomic { what == 8 && nfull(exporter_down) && down?[EVENT,_,eval(position_field)] -> \
		down?EVENT,n,eval(position_field); exporter_down!EVENT,n,position_field; n = 0; go_on() } \
	:: atomic { what == AT_END -> at_end = true; assert(!at_end) } \
	od \
}
#define PASS(number, type, from, to) \
	:: atomic { what == number && nfull(to) && from?[type,eval(first_field),eval(position_field)] -> \
		from?type,eval(first_field),eval(position_field); \
		to!type,first_field,position_field; go_on() }
