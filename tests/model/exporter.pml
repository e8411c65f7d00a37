/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The exporter: exporter/intake/stream.c, with the journal of exporter/state/state.h. It may die between any two
 * stores. With a state file its words are there at the next start; without one they begin at zero.
 */
#define COUNTED 0  /* the records that are in the table, as a set */
#define APPLIED 1  /* position */
#define INSTANCE 2 /* of APPLIED; 0 before the first HELLO */
#define EXCUSED 3  /* the records that the counters of gaps and restarts account for */
#define WORDS 4
byte word[WORDS];
byte notes, note_word[3], note_before[3];
bool state_file;

byte counted; /* by this exporter, or one before it that had no state file */
byte excused; /* in the same way */
byte done;    /* the records that were acknowledged, and the collector knows or will know */
byte exporter_deaths = EXPORTER_DEATHS, disconnects = DISCONNECTS;

inline die_or_not() {
	if
	:: MAY_DIE -> SPEND(exporter_deaths); goto died
	:: true
	fi
}

inline note(w) {
	note_word[notes] = w;
	note_before[notes] = word[w];
	notes++
}

/* state_set(): what was there is noted before it is lost. */
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
	counted = counted | word[COUNTED]
}

/* state_roll_back(): in reverse; an exporter that dies meanwhile does it again. */
inline roll_back() {
	i = notes;
	do
	:: i > 0 -> i--; word[note_word[i]] = note_before[i]; die_or_not()
	:: else -> break
	od;
	commit()
}

inline forget() {
	excused = excused | word[EXCUSED];
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
	greeted = false; seen = 0; told = 0
}

/* The instances and positions decide what a new connection continues. */
inline take_hello() {
#ifndef WITHOUT_COMPARISON
	if
	:: a == word[INSTANCE] ->
#ifndef WITHOUT_GAPS
		if
		:: position > word[APPLIED] -> set(EXCUSED, word[EXCUSED] |
			RECORDS_OF(NUMBER(a, word[APPLIED]), NUMBER(a, position)))
		:: else
		fi;
#endif
		if
		:: position > word[APPLIED] -> set(APPLIED, position)
		:: else
		fi
	:: else ->
#ifndef WITHOUT_RESTARTS
		set(EXCUSED, word[EXCUSED] | RECORDS_OF(0, NUMBER(a, position)));
#endif
		set(APPLIED, position)
	fi;
#endif
	set(INSTANCE, a);
	commit();
	seen = position; told = position;
	greeted = true
}

inline acknowledge_to_collector(upto) {
	up!ACK,0,upto;
	told = upto;
	if
	:: collector_end && word[INSTANCE] == instance ->
		done = done | RECORDS_OF(0, NUMBER(instance, upto))
	:: else
	fi
}

inline take_event() {
	CLAIM(went_back, position > seen);
	seen = position;
#ifdef WITHOUT_APPLYING_FIRST
	if
	:: nfull(up) -> up!ACK,0,position; told = position; die_or_not()
	:: full(up)
	fi;
#endif
	if
#ifndef WITHOUT_SKIPPING
	:: position <= word[APPLIED]
	:: else ->
#else
	:: true ->
#endif
		CLAIM(counted_twice, (word[COUNTED] & RECORD(a)) == 0 && (done & RECORD(a)) == 0);
		set(COUNTED, word[COUNTED] | RECORD(a));
		set(APPLIED, position);
		commit()
	fi
}

active proctype exporter() {
	byte a, position, seen, told, i;
	bool greeted;
#ifdef WITHOUT_NOTE_FIRST
	byte new_value, old_value;
#endif

	atomic { if :: state_file = true :: state_file = false fi }
start:	atomic { roll_back() }
end_offline:
	do
	/* Only when the collector has found the end of an earlier connection: accept_one() reads that
	 * first. And not while it is known to be busy, as the exporter tries ever less often. */
	:: atomic { MAY_CONNECT ->
		exporter_end = true; collector_end = true;
		if
		:: up!RESUME,word[INSTANCE],word[APPLIED]
		:: up!RESUME,0,0 /* it may, and compares all the same */
		fi;
		break
	}
	:: atomic { MAY_DIE -> SPEND(exporter_deaths); goto died }
	od;
end_online:
	do
	:: atomic { down?HELLO,a,position -> take_hello(); a = 0; position = 0 }
	:: atomic { down?EVENT,a,position -> take_event(); a = 0; position = 0 }
	:: atomic { greeted && seen != told && collector_end && nfull(up) ->
		acknowledge_to_collector(seen)
	}
	:: atomic { down?BUSY,_,_ -> close_exporter(); goto end_offline }
	/* It reads what there is, and then the end; or it learns of the end when it sends. */
	:: atomic { !collector_end && (empty(down) || seen != told) ->
		close_exporter(); goto end_offline
	}
	:: atomic { disconnects > 0 -> disconnects--; close_exporter(); goto end_offline }
	:: atomic { MAY_DIE -> SPEND(exporter_deaths); goto died }
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
