/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A model of trace.py's recorder between both programs. It forwards packets in the order of a
 * trace, which script.py converts to C, and compares the exporter's counters with each scrape.
 *
 * The run that reaches the trace's end violates the last assertion, as expected.
 *
 * The programs of this model do less than those of stream.pml: they may do only what the trace
 * needs. A program may end only where it ended in the trace. So a search of a whole trace is short.
 */
#define byte int
#define RECORDS 1000000
#define RING RECORDS
#define QUEUE 2
#define COLLECTOR_DEATHS 1
#define EXPORTER_DEATHS 1
#define DISCONNECTS 0
#define VISITS 0
#define VISIT_PACKETS 2 /* RESUME and ACK */

/*
 * An integer has too few bits for a trace's records, so a set is the largest number in it. The
 * exporter counts records in the order of their numbers. So a claim finds a record that is counted
 * twice.
 */
#define RECORDS_OF(after, last) (last)
#define RECORD(n) (n)
#define UNION(a, b) ((a) + ((b) > (a)) * ((b) - (a)))
#define COMMON(a, b) ((a) - ((b) < (a)) * ((a) - (b)))
#define IS_WITHIN(a, b) ((a) <= (b))

/* The kinds of steps of script.py. */
#define AT_END 0
#define CONNECT 1
#define REFUSED 2
#define EXPORTER_CLOSED 3
#define COLLECTOR_CLOSED 4
#define PASS_RESUME 5
#define PASS_ACK 6
#define PASS_HELLO 7
#define PASS_EVENT 8
#define PASS_BUSY 9
#define LOSE_POSITION 10 /* the recorder forwards a RESUME without a position instead */
#define LOSE_ACK 11
#define SCRAPE 12
#define VISIT 13 /* another exporter has acknowledged the position */
#define UNREAD 14 /* an event that the exporter does not apply before it ends */

#define IS_NEEDED(position) \
	((what == PASS_EVENT || what == VISIT || what == UNREAD) && (position) < position_field)
#define SECOND_MAY_SEND (what == VISIT)
#define ANY_POSITION position_field .. position_field
#define MAY_CONNECT (!recorder_end && (what == CONNECT || what == REFUSED))
#define MAY_START_OVER false
#define MAY_ACKNOWLEDGE(position) \
	((what == PASS_ACK || what == LOSE_ACK) && (position) == position_field)
#define ACK_ARRIVES (what == PASS_ACK)
#define MAY_READ (next == read_to && IS_NEEDED(next))
#define EXPORTER_MAY_DIE exporter_may_die
#define IS_PINNED (INSTANCES == 1)
#define MAY_KEEP_MAPS IS_PINNED
#define COLLECTOR_MAY_DIE (instance + !IS_PINNED <= last_instance)
#define SPEND(budget) skip

/* The exporter's counters, which are words of its state, too. SCRAPE compares them. */
#define SEGMENTS 4
#define DUPLICATES 5
#define GAPS 6
#define RESTARTS 7
#define WORDS 8
#define NOTES 4
#define COUNT(w, amount) set(w, word[w] + (amount))
#define FIND_CONTENT c_code { \
	now.segments = segments_at[now.word[INSTANCE]][Pexporter->position / STRIDE]; \
	now.events = events_at[now.word[INSTANCE]][Pexporter->position / STRIDE]; \
}
#define IS_SCRAPED c_expr { \
	now.word[SEGMENTS] == scrapes[now.first_field][0] && \
	now.word[DUPLICATES] == scrapes[now.first_field][1] && \
	now.word[GAPS] == scrapes[now.first_field][2] && \
	now.word[RESTARTS] == scrapes[now.first_field][3] \
}

/* The tables of script.py. The first index of the last two is the instance. */
c_decl {
extern const int script[][6], scrapes[][4];
extern const int *const segments_at[], *const events_at[];
}

#define REPLAY_DECLARATIONS \
	chan collector_up = [16] of { mtype, byte, byte }; \
	chan exporter_down = [240] of { mtype, byte, byte }; \
	bool recorder_end;       /* the connection to the exporter is open */ \
	bool recorder_connected; /* the connection to the collector is open */ \
	bool exporter_may_die, at_end; \
	int last_instance;       /* the collector may die until it has this instance */ \
	int at, what, first_field, position_field; \
	int segments, events;    /* in the record that the exporter takes */

/* Continues with the next step. The last three columns say what may happen before its end. A
 * collector that may not die has 0 for its last instance. */
inline go_on() {
	c_code {
		now.what = script[now.at][0];
		now.first_field = script[now.at][1];
		now.position_field = script[now.at][2];
		now.visits = script[now.at][3];
		now.exporter_may_die = script[now.at][4];
		now.last_instance = script[now.at][5];
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
	PASS(PASS_RESUME, RESUME, up, collector_up, collector_end) \
	PASS(PASS_ACK, ACK, up, collector_up, collector_end) \
	PASS(PASS_HELLO, HELLO, down, exporter_down, exporter_end) \
	PASS(PASS_BUSY, BUSY, down, exporter_down, exporter_end) \
	:: atomic { what == PASS_EVENT && exporter_end && nfull(exporter_down) && \
		down?[EVENT,_,eval(position_field)] -> down?EVENT,n,eval(position_field); \
		exporter_down!EVENT,n,position_field; n = 0; go_on() } \
	:: atomic { what == UNREAD && down?[EVENT,_,eval(position_field)] -> \
		down?EVENT,_,eval(position_field); go_on() } \
	:: atomic { what == LOSE_POSITION && collector_end && nfull(collector_up) && \
		up?[RESUME,eval(first_field),eval(position_field)] -> \
		up?RESUME,eval(first_field),eval(position_field); collector_up!RESUME,0,0; go_on() } \
	:: atomic { what == LOSE_ACK && up?[ACK,_,eval(position_field)] -> \
		up?ACK,_,eval(position_field); go_on() } \
	:: atomic { what == SCRAPE && IS_SCRAPED -> go_on() } \
	:: atomic { what == VISIT && acknowledged == position_field && !accepted[SECOND] -> go_on() } \
	:: atomic { what == AT_END -> at_end = true; assert(!at_end) } \
	od \
}
#define PASS(step, type, from, to, end) \
	:: atomic { what == step && end && nfull(to) && \
		from?[type,eval(first_field),eval(position_field)] -> \
		from?type,eval(first_field),eval(position_field); \
		to!type,first_field,position_field; go_on() }
