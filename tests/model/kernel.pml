/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A model of the kernel: the ring, and sockets, which store their segments while the ring is
 * full. */
byte instance = 1;
bool attached = true; /* programs count: a collector runs, or the maps are pinned */
byte first[INSTANCES + 2]; /* number of the last record before those of an instance */
byte reserved, committed; /* positions; records after `committed` are not complete */
byte freed;        /* the consumer's position: the kernel may overwrite earlier records */
byte acknowledged;
byte ledger;       /* the set of refused records in the loss ledger */

byte read_to, next;       /* positions up to which the collector has read, and has sent */

byte made;         /* segments retransmitted while a program counted */
byte deferred;     /* segments in the storage of sockets */
byte unattributed; /* segments of closed sockets; COUNTER 2 or a restart shows them */

/* A record's number, counted from 1 through all instances. */
#define NUMBER(whose, position) (first[whose] + (position) / STRIDE)
#define HAS_ROOM ((reserved - freed) / STRIDE < RING)

active proctype kernel() {
end:	do
#ifdef TRACE
	:: atomic { attached && reserved == read_to && IS_NEEDED(reserved) ->
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

/* The maps end with the collector. Their counters are lost, so the exporter counts a restart. */
inline detach() {
	first[instance + 1] = NUMBER(instance, reserved);
	instance++;
	attached = false;
	unattributed = unattributed + deferred;
	deferred = 0;
	reserved = 0; committed = 0; freed = 0; acknowledged = 0
}
