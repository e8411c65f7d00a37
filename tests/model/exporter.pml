/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A model of exporter/intake/stream.c, with the journal of exporter/state/state.h. The exporter may
 * end between any two stores. With a state file its words survive; otherwise they become 0.
 */
#define COUNTED 0  /* the set of records in the table */
#define APPLIED 1  /* position */
#define INSTANCE 2 /* the instance of APPLIED; 0 before the first HELLO */
#define EXCUSED 3  /* the set of records that count as gaps or in restarts */
#ifndef WORDS
#define WORDS 4
#define NOTES 3 /* words that one change may set */
/* The counters are in replay.pml. */
#define COUNT(w, amount) skip
#define FIND_CONTENT skip
#endif
byte word[WORDS];
byte notes, note_word[NOTES], note_before[NOTES];
bool state_file;

byte counted; /* the records that earlier exporters without a state file counted */
byte excused; /* the EXCUSED records of the same exporters */
byte done;    /* the records whose ACK has reached or will reach the collector */
byte exporter_deaths = EXPORTER_DEATHS, disconnects = DISCONNECTS;

inline die_or_not() {
	if
	:: EXPORTER_MAY_DIE -> SPEND(exporter_deaths); goto died
	:: true
	fi
}

inline note(w) {
	note_word[notes] = w;
	note_before[notes] = word[w];
	notes++
}

/* state_set(): keeps the old value in the journal before the store. */
inline set(w, value) {
	if
	:: word[w] == (value)
	:: else ->
#ifndef WITHOUT_JOURNAL
#ifndef WITHOUT_NOTE_FIRST
		note(w);
		die_or_not();
		word[w] = (value);
#else
		new_value = (value);
		old_value = word[w];
		word[w] = new_value;
		die_or_not();
		note(w);
		note_before[notes - 1] = old_value;
#endif
#else
		word[w] = (value);
#endif
		die_or_not()
	fi
}

inline commit() {
	do
	:: notes > 0 -> notes--; note_word[notes] = 0; note_before[notes] = 0
	:: else -> break
	od;
	counted = UNION(counted, word[COUNTED])
}

/*
 * state_roll_back(): restores values in reverse order. The next exporter repeats it if this one
 * ends.
 */
inline roll_back() {
	i = notes;
	do
	:: i > 0 -> i--; word[note_word[i]] = note_before[i]; die_or_not()
	:: else -> break
	od;
	commit()
}

inline forget() {
	excused = UNION(excused, word[EXCUSED]);
	i = 0;
	do
	:: i < WORDS -> word[i] = 0; i++
	:: else -> break
	od;
	commit()
}

inline close_exporter() {
	exporter_end = false;
	flush(down);
	greeted = false; seen = 0; acked = 0
}

/* How the new connection continues depends on its instance and positions. */
inline take_hello() {
#ifndef WITHOUT_COMPARISON
	if
	:: a == word[INSTANCE] ->
#ifndef WITHOUT_GAPS
		if
		:: position > word[APPLIED] ->
			set(EXCUSED, UNION(word[EXCUSED],
				RECORDS_OF(NUMBER(a, word[APPLIED]), NUMBER(a, position))));
			COUNT(GAPS, 1)
		:: else
		fi;
#endif
		if
		:: position > word[APPLIED] -> set(APPLIED, position)
		:: else
		fi
	:: else -> /* at the first HELLO, earlier exporters have received the records before it */
#ifndef WITHOUT_RESTARTS
		set(EXCUSED, UNION(word[EXCUSED], RECORDS_OF(0, NUMBER(a, position))));
		COUNT(RESTARTS, word[INSTANCE] != 0);
#endif
		set(APPLIED, position)
	fi;
#endif
	set(INSTANCE, a);
	commit();
	seen = position; acked = position;
	greeted = true
}

inline acknowledge_to_collector(upto) {
	up!ACK,0,upto;
	acked = upto;
	if
	:: ACK_ARRIVES && word[INSTANCE] == instance ->
		done = UNION(done, RECORDS_OF(0, NUMBER(instance, upto)))
	:: else
	fi
}

inline take_event() {
	CLAIM(went_back, position > seen);
	CLAIM(never_exact, a != REFUSED_RECORD);
	seen = position;
	FIND_CONTENT;
#ifdef WITHOUT_APPLYING_FIRST
	if
	:: nfull(up) -> up!ACK,0,position; acked = position; die_or_not()
	:: full(up)
	fi;
#endif
	if
#ifndef WITHOUT_SKIPPING
	:: position <= word[APPLIED] ->
		COUNT(DUPLICATES, events);
		commit()
	:: else ->
#else
	:: true ->
#endif
		CLAIM(counted_twice, !IS_WITHIN(RECORD(a), UNION(word[COUNTED], done)));
		set(COUNTED, UNION(word[COUNTED], RECORD(a)));
		COUNT(SEGMENTS, segments);
		set(APPLIED, position);
		commit()
	fi
}

active proctype exporter() {
	byte a, position, seen, acked, i;
	bool greeted;
#ifdef WITHOUT_NOTE_FIRST
	byte new_value, old_value;
#endif

#ifdef STATE_FILE
	state_file = STATE_FILE;
#else
	atomic { if :: state_file = true :: state_file = false fi }
#endif
start:	atomic { roll_back() }
end_offline:
	do
	/*
	 * The exporter connects only after the collector has found the end of an earlier
	 * connection, which accept_one() reads first. During the second exporter's connection it
	 * does not connect, because the program then retries rarely.
	 */
	:: atomic { MAY_CONNECT ->
		exporter_end = true; collector_end = true;
		if
		:: up!RESUME,word[INSTANCE],word[APPLIED]
		:: MAY_START_OVER -> up!RESUME,0,0 /* the exporter compares positions */
		fi;
		break
	}
	:: atomic { EXPORTER_MAY_DIE -> SPEND(exporter_deaths); goto died }
	od;
end_online:
	do
	:: atomic { down?HELLO,a,position -> take_hello(); a = 0; position = 0 }
	:: atomic { down?EVENT,a,position -> take_event(); a = 0; position = 0 }
	:: atomic { greeted && seen != acked && collector_end && nfull(up) && MAY_ACKNOWLEDGE(seen) ->
		acknowledge_to_collector(seen)
	}
	:: atomic { down?BUSY,_,_ -> close_exporter(); goto end_offline }
	/* The exporter finds the connection's end after the last packet, or by sending. */
	:: atomic { !collector_end && (empty(down) || seen != acked) ->
		close_exporter(); goto end_offline
	}
	:: atomic { disconnects > 0 -> disconnects--; close_exporter(); goto end_offline }
	:: atomic { EXPORTER_MAY_DIE -> SPEND(exporter_deaths); goto died }
	od;
died:	atomic {
		a = 0; position = 0;
		if
		:: exporter_end -> close_exporter()
		:: else
		fi;
		if
		:: !state_file -> forget()
		:: else
		fi;
		i = 0;
		goto start
	}
}
