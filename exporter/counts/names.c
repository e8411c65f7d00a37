/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/invariant.h"
#include "counts/hash.h"
#include "state/state.h"

#define BUCKETS 1024
#define NONE UINT32_MAX

/* Minimum number of new names between two collections. A collection visits all groups. */
#define COLLECT_EVERY 1024

/* A name is padded with zeros, so that it can be hashed as words. */
union name {
	char text[NAME_SIZE];
	uint64_t words[NAME_SIZE / sizeof(uint64_t)];
};

struct number {
	uint32_t next;  /* number in the same bucket, or in the list of free numbers */
	uint32_t holds; /* calls of names_hold() minus calls of names_release() */
	bool needed;    /* valid only within names_collect() and names_adopt() */
};

struct names {
	struct state *state;
	union name *names; /* belongs to the state; free numbers keep an old name */
	struct number numbers[NAMES];
	uint32_t buckets[BUCKETS];
	uint32_t used;       /* number of names in buckets */
	uint32_t end;        /* lowest number that was never used */
	uint32_t free_first; /* head of the list of free numbers */
	uint32_t allocated;  /* calls of allocate_number() since the last collection */
	const struct table *table;
	struct hash_key hash_key;
};
_Static_assert(NAMES * sizeof(union name) == NAMES_SIZE, "NAMES_SIZE");

/* The hash is keyed, because users who may create cgroups choose names. */
static uint32_t *bucket_of(struct names *n, const union name *name)
{
	size_t words = ARRAY_SIZE(name->words);

	return &n->buckets[hash_words(&n->hash_key, name->words, words) % BUCKETS];
}

/* Returns the length in bytes of the UTF-8 character at `text` (RFC 3629), or 0 if it is invalid. */
static size_t utf8_length(const uint8_t *text)
{
	size_t length = text[0] < 0x80                      ? 1
			: text[0] >= 0xc2 && text[0] < 0xe0 ? 2
			: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
			: text[0] >= 0xf0 && text[0] < 0xf5 ? 4
							    : 0;

	/* The loop also ends at the terminating zero, which is not a continuation byte. */
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, and code points above U+10FFFF are invalid. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] >= 0xa0) ||
		(text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] >= 0x90))
		return 0;
	return length;
}

static uint32_t utf8_code(const uint8_t *text, size_t length)
{
	uint32_t code = length == 1 ? text[0] : text[0] & (0x7fU >> length);

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (text[i] & 0x3fU);
	return code;
}

/*
 * Whether a character is a control: C0, DEL, C1, a line separator, or a control of the writing
 * direction (Unicode UAX 9, 2).
 */
static bool is_control(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/*
 * In a label and in JSON, `"` and `\` need two bytes each. If the name then has NAME_SIZE bytes or
 * more, `?` replaces both characters. So the size of a label has a limit that memory_limit.c can use.
 * Names of systemd's units contain some `\`, and stay below the limit.
 */
static void limit_escapes(char *text)
{
	size_t length = 0;

	for (const char *c = text; *c; c++)
		length += *c == '"' || *c == '\\' ? 2 : 1;
	if (length < NAME_SIZE)
		return;
	while ((text = strpbrk(text, "\"\\")))
		*text = '?';
}

/*
 * Makes the name UTF-8 without control characters, for labels, JSON, event lines and the page. The
 * name of a cgroup may have any bytes, and a long path may be cut within a character.
 */
static void make_printable(union name *name)
{
	const uint8_t *from = (const uint8_t *)name->text;
	char *to = name->text;

	while (*from) {
		size_t length = utf8_length(from);

		if (length == 0 || is_control(utf8_code(from, length))) {
			*to++ = '?';
			from += length > 0 ? length : 1;
			continue;
		}
		memmove(to, from, length);
		to += length;
		from += length;
	}
	memset(to, 0, sizeof(name->text) - (size_t)(to - name->text));
	limit_escapes(name->text);
}

static void mark_needed(struct names *n)
{
	const struct group *group;
	uint32_t cursor = 0;

	for (uint32_t i = 0; i < n->end; i++)
		n->numbers[i].needed = n->numbers[i].holds > 0;
	while ((group = table_next(n->table, &cursor)))
		for (int i = 0; i < GROUP_NAMES; i++)
			n->numbers[group->key.names.number[i]].needed = true;
}

static void set_free(struct names *n, uint32_t number)
{
	n->numbers[number].next = n->free_first;
	n->free_first = number;
}

/* Frees the numbers of names that are neither held nor used by a group. */
static void names_collect(struct names *n)
{
	mark_needed(n);
	for (int i = 0; i < BUCKETS; i++) {
		for (uint32_t *link = &n->buckets[i]; *link != NONE;) {
			uint32_t number = *link;

			if (n->numbers[number].needed) {
				link = &n->numbers[number].next;
				continue;
			}
			*link = n->numbers[number].next;
			set_free(n, number);
			n->used--;
		}
	}
}

/*
 * Returns a free number, or else a number that was never used. A number that was never used needs
 * another 256 bytes of memory.
 */
static uint32_t allocate_number(struct names *n)
{
	uint32_t number;

	n->allocated++;
	if (n->free_first == NONE && n->allocated >= COLLECT_EVERY) {
		names_collect(n);
		n->allocated = 0;
	}
	number = n->free_first;
	if (number != NONE)
		n->free_first = n->numbers[number].next;
	else if (n->end < NAMES)
		number = n->end++;
	return number;
}

static void bucket_add(struct names *n, uint32_t *bucket, uint32_t number)
{
	n->numbers[number].next = *bucket;
	*bucket = number;
	n->used++;
}

/* Returns the number of a name. Adds a new name, or returns NAME_UNKNOWN if there is no room. */
static uint32_t intern(struct names *n, const union name *name)
{
	uint32_t *bucket = bucket_of(n, name), number;

	for (number = *bucket; number != NONE; number = n->numbers[number].next) {
		if (strcmp(n->names[number].text, name->text) == 0)
			return number;
	}
	number = allocate_number(n);
	if (number == NONE)
		return NAME_UNKNOWN;
	state_copy(n->state, &n->names[number], name, sizeof(*name));
	bucket_add(n, bucket, number);
	return number;
}

uint16_t names_hold(struct names *names, const char *text, size_t length)
{
	union name name = {{0}};
	uint32_t number;

	invariant(length > 0 && length < NAME_SIZE);
	memcpy(name.text, text, length);
	make_printable(&name);
	number = intern(names, &name);
	names->numbers[number].holds++;
	return (uint16_t)number;
}

void names_commit(struct names *names)
{
	state_commit(names->state);
}

void names_release(struct names *names, uint16_t number)
{
	names->numbers[number].holds--;
}

const char *names_text(const struct names *names, uint16_t number)
{
	return number == NAME_UNKNOWN ? "unknown" : names->names[number].text;
}

/* Whether names_hold() would store the name unchanged. */
static bool is_printable(const union name *name)
{
	union name printable = *name;

	if (name->text[NAME_SIZE - 1] != '\0')
		return false;
	make_printable(&printable);
	return name->text[0] != '\0' && memcmp(&printable, name, sizeof(printable)) == 0;
}

static int number_adopt(struct names *n, uint32_t number)
{
	if (number == NAME_UNKNOWN)
		return 0;
	if (number >= NAMES || !is_printable(&n->names[number]))
		return -EBADMSG;
	n->numbers[number].needed = true;
	n->end = number >= n->end ? number + 1 : n->end;
	return 0;
}

/* Adopts the names that the groups of the state use, and frees the other numbers. */
static int names_adopt(struct names *n)
{
	const struct group *group;
	uint32_t cursor = 0;

	while ((group = table_next(n->table, &cursor))) {
		for (int i = 0; i < GROUP_NAMES; i++) {
			if (number_adopt(n, group->key.names.number[i]) < 0)
				return -EBADMSG;
		}
	}
	for (uint32_t number = n->end; --number > NAME_UNKNOWN;) {
		if (n->numbers[number].needed)
			bucket_add(n, bucket_of(n, &n->names[number]), number);
		else
			set_free(n, number);
	}
	return 0;
}

static int names_init(struct names *n, struct state *state, const struct table *table)
{
	int r = hash_key_init(&n->hash_key);

	for (int i = 0; i < BUCKETS; i++)
		n->buckets[i] = NONE;
	n->state = state;
	n->table = table;
	n->free_first = NONE;
	n->end = NAME_UNKNOWN + 1;
	n->names = state_part(state, STATE_NAMES, NAMES_SIZE);
	if (r < 0 || !n->names)
		return r < 0 ? r : -ENOMEM;
	return state ? names_adopt(n) : 0;
}

int names_new(struct names **names, struct state *state, const struct table *table)
{
	struct names *n = calloc(1, sizeof(*n));
	int r = n ? names_init(n, state, table) : -ENOMEM;

	if (r == 0)
		*names = n;
	else
		names_free(n);
	return r;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	state_part_free(names->state, names->names);
	free(names);
}

uint32_t names_used(const struct names *names)
{
	return names->used;
}
