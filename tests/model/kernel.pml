/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The kernel: the ring, and the storage of the sockets for what finds it full. */
byte instance = 1;
bool attached = true; /* programs count: a collector runs, or the maps are pinned */
byte first[INSTANCES + 2]; /* number of the last record before those of an instance */
byte reserved, committed; /* positions; what is reserved is still being written */
byte acknowledged;        /* the consumer's position: what is before it may be overwritten */

byte read_to, next;       /* the collector has read so far; of that, sent to a client */

byte made;         /* segments that were retransmitted while somebody counted */
byte deferred;     /* in the storage of sockets */
byte unattributed; /* that a socket took with it, and COUNTER 2 or a restart accounts for */

/* A record's number among those of all instances, from 1 on. */
#define NUMBER(whose, position) (first[whose] + (position) / STRIDE)
#define HAS_ROOM ((reserved - acknowledged) / STRIDE < RING)

active proctype kernel() {
end:	do
#ifdef TRACE
	:: atomic { attached && reserved == read_to -> /* no earlier than it is read: fewer states */
		reserved = reserved + STRIDE; committed = reserved
	}
#else
	:: atomic { attached && made < RECORDS ->
		made++;
		if
		:: HAS_ROOM -> reserved = reserved + STRIDE
		:: else ->
#ifndef WITHOUT_STORAGE
			deferred++
#else
			skip
#endif
		fi
	}
	:: atomic { committed < reserved -> committed = committed + STRIDE }
	:: atomic { deferred > 0 && HAS_ROOM -> /* the sweep, or the socket's end */
		deferred--;
		reserved = reserved + STRIDE
	}
	:: atomic { deferred > 0 && !HAS_ROOM -> /* the socket ends */
#ifndef WITHOUT_UNATTRIBUTED
		unattributed = unattributed + deferred;
#endif
		deferred = 0
	}
#endif
	od
}

/* The maps go with the collector. What their counters say goes with them: a restart says that. */
inline detach() {
	first[instance + 1] = NUMBER(instance, reserved);
	instance++;
	attached = false;
	unattributed = unattributed + deferred;
	deferred = 0;
	reserved = 0; committed = 0; acknowledged = 0
}
