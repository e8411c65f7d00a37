/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A model of collector/server.c, session.c and ring.c. */
bool streaming[2]; /* the collector has received RESUME and sent HELLO */
byte sent[2];   /* position of the last event sent on the connection */
byte furthest;  /* the largest read_to of all collectors of this ring */
byte collector_deaths = COLLECTOR_DEATHS;
byte visits = VISITS, packets;

/* ring_rewind(): reads the records of lost packets again. */
inline rewind() {
#ifndef WITHOUT_REWIND
	read_to = freed; next = freed
#else
	skip
#endif
}

inline close_session(c) {
	accepted[c] = false; streaming[c] = false; sent[c] = 0;
	if
	:: c == EXPORTER -> flush(up); collector_end = false
	:: else -> packets = 0
	fi;
	rewind()
}

/* wire_ack_check(). */
#ifdef WITHOUT_FORWARD
#define IS_FORWARD(position) true
#else
#define IS_FORWARD(position) ((position) >= acknowledged)
#endif
#ifdef WITHOUT_WHOLE_RECORDS
#define IS_WHOLE(position) true
#else
#define IS_WHOLE(position) ((position) % STRIDE == 0)
#endif
#ifdef WITHOUT_SENT_BOUND
#define IS_SENT(c, position) true
#else
#define IS_SENT(c, position) ((position) <= sent[c])
#endif
#ifdef WITHOUT_READ_BOUND
#define IS_READ(position) ((position) <= reserved)
#else
#define IS_READ(position) ((position) <= furthest)
#endif
#ifdef WITHOUT_INSTANCE
#define IS_OURS(whose) true
#else
#define IS_OURS(whose) ((whose) == instance)
#endif

#ifdef WITHOUT_REFUSED_KEPT
#define MAY_FREE(c) true
#else
#define MAY_FREE(c) (acknowledged >= sent[c])
#endif

/* No exporter acknowledges the refused records up to `next`. */
inline free_unsent(c) {
#ifndef WITHOUT_REFUSED_FREED
	if
	:: freed < next && MAY_FREE(c) ->
		CLAIM(lost_uncounted, IS_WITHIN(RECORDS_OF(NUMBER(instance, acknowledged),
			NUMBER(instance, next)), ledger));
		freed = next
	:: else
	fi
#else
	skip
#endif
}

inline free_up_to(position) {
	if
	:: freed < position -> freed = position
	:: else
	fi
}

inline end_or_not() {
	if
	:: COLLECTOR_MAY_DIE -> SPEND(collector_deaths); goto ended
	:: true
	fi
}

/*
 * The first exporter must have counted the records that it acknowledges. A record that the second
 * exporter acknowledges is a gap for the first.
 */
inline acknowledge(c, position) {
	CLAIM(went_back, position >= acknowledged);
	CLAIM(lost_uncounted, position <= committed && position % STRIDE == 0);
	CLAIM(lost_uncounted, c == SECOND || IS_WITHIN(RECORDS_OF(NUMBER(instance, acknowledged),
		NUMBER(instance, position)), UNION(UNION(counted, word[COUNTED]), ledger)));
#ifndef WITHOUT_ACK_FIRST
	acknowledged = position;
	end_or_not();
	free_up_to(position);
#else
	free_up_to(position);
	end_or_not();
	acknowledged = position;
#endif
	free_unsent(c)
}

/* The collector must accept an exporter that follows the protocol. Otherwise the exporter would
 * retry forever. */
inline refuse(c) {
	CLAIM(never_exact, c == SECOND);
	close_session(c)
}

inline greet(c) {
	CLAIM(went_back, acknowledged >= sent[c]);
	rewind();
	sent[c] = acknowledged;
	streaming[c] = true;
	if
	:: c == EXPORTER && exporter_end -> down!HELLO,instance,acknowledged
	:: else
	fi
}

inline resume(c, whose, position) {
	if
	:: IS_OURS(whose) && position > acknowledged ->
		if
		:: IS_READ(position) && IS_WHOLE(position) ->
#ifndef WITHOUT_RESUME_AS_ACK
			acknowledge(c, position);
#endif
			if
			:: c == EXPORTER && whose == instance ->
				done = UNION(done, RECORDS_OF(0, NUMBER(instance, position)))
			:: else
			fi;
			greet(c)
		:: else -> refuse(c)
		fi
	:: else -> greet(c)
	fi
}

inline take_ack(c, position) {
	if
	:: IS_FORWARD(position) && IS_SENT(c, position) && IS_WHOLE(position) ->
		acknowledge(c, position)
	:: else -> refuse(c)
	fi
}

#ifdef WITHOUT_ONE_RESUME
#define MAY_RESUME(c) true
#else
#define MAY_RESUME(c) (!streaming[c])
#endif

inline take_resume(c, whose, position) {
	if
	:: MAY_RESUME(c) -> resume(c, whose, position)
	:: else -> refuse(c)
	fi
}

inline receive() {
	if
	:: up?RESUME,whose,position -> take_resume(EXPORTER, whose, position)
	:: up?ACK,whose,position -> take_ack(EXPORTER, position)
	fi;
	whose = 0; position = 0
}

/*
 * The second exporter may send any well-formed packet. The instance 0 stands for every other one. A
 * malformed packet ends the connection, which may end at any time.
 */
inline receive_anything() {
	select(position : ANY_POSITION);
	if
	:: true -> take_resume(SECOND, instance, position)
	:: true -> take_resume(SECOND, 0, position)
	:: streaming[SECOND] -> take_ack(SECOND, position)
	:: !streaming[SECOND] -> refuse(SECOND) /* an acknowledgement before RESUME */
	fi;
	position = 0
}

#ifdef WITHOUT_BUSY
#define IS_FREE true
#else
#define IS_FREE (!accepted[EXPORTER] && !accepted[SECOND])
#endif

/* accept_one() */
inline accept_exporter() {
	if
	:: IS_FREE -> accepted[EXPORTER] = true
	:: else ->
		if
		:: exporter_end -> down!BUSY,0,0
		:: else
		fi;
		flush(up);
		collector_end = false
	fi
}

/*
 * The collector refuses the second exporter while the first is connected. Nothing else changes.
 */
inline accept_second() {
	visits--;
	if
	:: IS_FREE -> accepted[SECOND] = true;
		if
		:: packets = VISIT_PACKETS
		:: packets = 0 /* it stays silent */
		fi
	:: else
	fi
}

#ifdef WITHOUT_RESUME_IN_TIME
#define MAY_END(c) streaming[c]
#else
#define MAY_END(c) accepted[c] /* the exporter closes, or the collector after 5 seconds */
#endif
#ifdef WITHOUT_RESUME_FIRST
#define MAY_SEND(c) accepted[c]
#else
#define MAY_SEND(c) streaming[c]
#endif

/* prepare(): reads records that the kernel has committed. */
inline read_ring() {
	read_to = read_to + STRIDE;
	if
	:: furthest < read_to -> furthest = read_to
	:: else
	fi
}

#ifdef WITHOUT_KEEPING
#define GIVE_BACK_SENT(c) acknowledge(c, next)
#else
#define GIVE_BACK_SENT(c) skip
#endif

/*
 * refused_check(): leaves out the event that the exporter would refuse. One store makes the count and
 * its position valid.
 */
#ifdef WITHOUT_REFUSED_UNSENT
#define IS_REFUSED(n) false
#else
#define IS_REFUSED(n) ((n) == REFUSED_RECORD)
#endif

inline leave_out(c) {
#ifndef WITHOUT_REFUSED_COUNTED
	ledger = UNION(ledger, RECORD(REFUSED_RECORD));
#endif
	free_unsent(c)
}

inline send_or_leave_out(c) {
	next = next + STRIDE;
	if
	:: IS_REFUSED(NUMBER(instance, next)) -> leave_out(c)
	:: else -> send_event(c)
	fi
}

inline send_event(c) {
	CLAIM(went_back, next > sent[c]);
	if
	:: c == EXPORTER -> down!EVENT,NUMBER(instance, next),next
	:: else
	fi;
	sent[c] = next;
	GIVE_BACK_SENT(c)
}

#ifdef WITHOUT_LAST_ACKS
#define HAS_READ_ALL true
#else
#define HAS_READ_ALL empty(up)
#endif

/* The packets in the socket are lost, and no process waits for acknowledgements. */
inline end_collector() {
	close_session(EXPORTER);
	close_session(SECOND);
	running = false; furthest = 0; read_to = 0; next = 0;
	done = COMMON(done, RECORDS_OF(0, NUMBER(instance, acknowledged)));
	if
	:: MAY_KEEP_MAPS /* they are pinned */
	:: instance < INSTANCES -> detach()
	fi
}

inline start_collector() {
	running = true; attached = true;
#ifndef WITHOUT_FURTHEST
	furthest = committed;
#else
	furthest = acknowledged;
#endif
#ifndef WITHOUT_FREED_AT_START
	free_up_to(acknowledged);
#endif
	read_to = freed; next = freed
}

active proctype collector() {
	byte whose, position;

end:	do
	:: atomic { running && collector_end && !accepted[EXPORTER] && nfull(down) -> accept_exporter() }
	:: atomic { accepted[EXPORTER] && nempty(up) -> receive() }
	:: atomic { MAY_SEND(EXPORTER) && next < read_to && exporter_end && nfull(down) ->
		send_or_leave_out(EXPORTER)
	}
	:: atomic { accepted[EXPORTER] && !exporter_end && HAS_READ_ALL -> close_session(EXPORTER) }

	:: atomic { running && visits > 0 && !accepted[SECOND] -> accept_second() }
	:: atomic { accepted[SECOND] && packets > 0 && SECOND_MAY_SEND -> packets--; receive_anything() }
	:: atomic { MAY_SEND(SECOND) && next < read_to -> send_or_leave_out(SECOND) }
	:: atomic { MAY_END(SECOND) -> close_session(SECOND) }

	:: atomic { (MAY_SEND(EXPORTER) || MAY_SEND(SECOND)) && read_to < committed && MAY_READ ->
		read_ring()
	}
	:: atomic { running && COLLECTOR_MAY_DIE -> SPEND(collector_deaths); goto ended }
	:: atomic { !running -> start_collector() }
	od;
ended:	atomic { whose = 0; position = 0; end_collector(); goto end }
}
