/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/cgroups.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "counts/hash.h"
#include "state/state.h"

#define BUCKETS 1024
#define NONE UINT32_MAX

/* At least this many new paths arrive between two collections, because each visits all groups. */
#define COLLECT_EVERY 1024

struct slot {
	uint64_t id; /* 0: empty */
	uint32_t number;
};

/* Zero-padded, so that it can be hashed as words. */
union path {
	char text[WIRE_PATH_SIZE];
	uint64_t words[WIRE_PATH_SIZE / sizeof(uint64_t)];
};

struct number {
	uint32_t next; /* in its bucket, or in the list of free numbers */
	bool needed;   /* used during a collection */
};

struct cgroups {
	struct state *state;
	union path *paths; /* belongs to the state; free numbers keep an old path */
	struct slot slots[WIRE_CGROUP_SLOTS][WIRE_CGROUP_WAYS]; /* most recent name first */
	struct number numbers[CGROUP_PATHS];
	uint32_t buckets[BUCKETS];
	uint32_t used;       /* numbers in a bucket */
	uint32_t end;        /* all numbers from here on are unused */
	uint32_t free_first; /* head of the list of free numbers */
	uint32_t asked;      /* numbers requested since the last collection */
	const struct table *table;
	struct hash_key hash_key;
	union path arriving; /* a path that is being received in parts */
};
_Static_assert(CGROUP_PATHS * sizeof(union path) == CGROUP_PATHS_SIZE, "CGROUP_PATHS_SIZE");

/* Keyed: any user who may create cgroups, such as a container below its own, chooses paths. */
static uint32_t *bucket_of(struct cgroups *c, const union path *path)
{
	size_t words = ARRAY_SIZE(path->words);

	return &c->buckets[hash_words(&c->hash_key, path->words, words) % BUCKETS];
}

/* Length of the UTF-8 character at `text` (RFC 3629), in bytes; 0 if it is invalid. */
static size_t utf8_length(const uint8_t *text)
{
	size_t length = text[0] < 0x80                      ? 1
			: text[0] >= 0xc2 && text[0] < 0xe0 ? 2
			: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
			: text[0] >= 0xf0 && text[0] < 0xf5 ? 4
							    : 0;

	/* The terminating zero is not a continuation byte, so this stops there. */
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
 * Whether a terminal, an editor or a browser interprets a character instead of showing it: C0, DEL,
 * C1, line separators, and controls of the writing direction (Unicode UAX 9, 2).
 */
static bool is_control(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/*
 * The name of a cgroup may be any bytes, and a long path may have been cut. After this, the path is
 * UTF-8 without control characters, so it is safe in labels, JSON, event lines and on the page.
 */
static void make_printable(union path *path)
{
	const uint8_t *from = (const uint8_t *)path->text;
	char *to = path->text;

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
	memset(to, 0, sizeof(path->text) - (size_t)(to - path->text));
}

static void mark_needed(struct cgroups *c)
{
	const struct group *group;
	uint32_t cursor = 0;

	for (uint32_t i = 0; i < c->end; i++)
		c->numbers[i].needed = false;
	for (uint32_t i = 0; i < WIRE_CGROUP_SLOTS; i++)
		for (uint32_t way = 0; way < WIRE_CGROUP_WAYS; way++)
			c->numbers[c->slots[i][way].number].needed = true;
	while ((group = table_next(c->table, &cursor)))
		c->numbers[group->key.cgroup].needed = true;
}

static void set_free(struct cgroups *c, uint32_t number)
{
	c->numbers[number].next = c->free_first;
	c->free_first = number;
}

/* Frees the numbers of paths that neither a slot nor a group uses. */
static void cgroups_collect(struct cgroups *c)
{
	mark_needed(c);
	for (int i = 0; i < BUCKETS; i++) {
		for (uint32_t *link = &c->buckets[i]; *link != NONE;) {
			uint32_t number = *link;

			if (c->numbers[number].needed) {
				link = &c->numbers[number].next;
				continue;
			}
			*link = c->numbers[number].next;
			set_free(c, number);
			c->used--;
		}
	}
}

static uint32_t take_number(struct cgroups *c)
{
	uint32_t number;

	c->asked++;
	if (c->end < CGROUP_PATHS)
		return c->end++;
	if (c->free_first == NONE && c->asked >= COLLECT_EVERY) {
		cgroups_collect(c);
		c->asked = 0;
	}
	number = c->free_first;
	if (number != NONE)
		c->free_first = c->numbers[number].next;
	return number;
}

static void bucket_add(struct cgroups *c, uint32_t *bucket, uint32_t number)
{
	c->numbers[number].next = *bucket;
	*bucket = number;
	c->used++;
}

/* Returns the number of the path just received. A new path is copied. */
static uint32_t intern(struct cgroups *c)
{
	uint32_t *bucket = bucket_of(c, &c->arriving), number;

	for (number = *bucket; number != NONE; number = c->numbers[number].next) {
		if (strcmp(c->paths[number].text, c->arriving.text) == 0)
			return number;
	}
	number = take_number(c);
	if (number == NONE)
		return CGROUP_UNKNOWN;
	state_copy(c->state, &c->paths[number], &c->arriving, sizeof(c->arriving));
	bucket_add(c, bucket, number);
	return number;
}

/* Returns the way of `slot` that holds `id`, or the last way. */
static uint32_t way_of(const struct slot slot[WIRE_CGROUP_WAYS], uint64_t id)
{
	uint32_t way = 0;

	while (way < WIRE_CGROUP_WAYS - 1 && slot[way].id != id)
		way++;
	return way;
}

/* A slot keeps the most recent names. The collector relies on that, also after a reconnect. */
static void set_name(struct slot slot[WIRE_CGROUP_WAYS], struct slot name)
{
	memmove(slot + 1, slot, way_of(slot, name.id) * sizeof(*slot));
	slot[0] = name;
}

void cgroups_take(struct cgroups *cgroups, const struct wire_name *name)
{
	struct cgroups *c = cgroups;
	char *text = c->arriving.text;
	size_t left = (size_t)(name->length - name->offset);

	if (left > sizeof(name->part)) {
		memcpy(text + name->offset, name->part, sizeof(name->part));
		return;
	}
	memcpy(text + name->offset, name->part, left);
	memset(text + name->length, 0, sizeof(c->arriving) - name->length);
	make_printable(&c->arriving);
	set_name(c->slots[name->cgroup_id % WIRE_CGROUP_SLOTS],
		(struct slot){name->cgroup_id, intern(c)});
}

uint32_t cgroups_number(const struct cgroups *cgroups, uint64_t id)
{
	const struct slot *slot = cgroups->slots[id % WIRE_CGROUP_SLOTS];

	slot += way_of(slot, id);
	return slot->id == id ? slot->number : CGROUP_UNKNOWN;
}

const char *cgroups_path(const struct cgroups *cgroups, uint32_t number)
{
	return number == CGROUP_UNKNOWN ? "unknown" : cgroups->paths[number].text;
}

/* Whether cgroups_take() would store the path unchanged. */
static bool is_printable(const union path *path)
{
	union path printable = *path;

	if (path->text[WIRE_PATH_SIZE - 1] != '\0')
		return false;
	make_printable(&printable);
	return path->text[0] != '\0' && memcmp(&printable, path, sizeof(printable)) == 0;
}

/* Adopts the paths that the groups of the state use, and frees the other numbers. */
static int cgroups_adopt(struct cgroups *c)
{
	const struct group *group;
	uint32_t cursor = 0;

	while ((group = table_next(c->table, &cursor))) {
		uint32_t number = group->key.cgroup;

		if (number == CGROUP_UNKNOWN)
			continue;
		if (number >= CGROUP_PATHS || !is_printable(&c->paths[number]))
			return -EBADMSG;
		c->numbers[number].needed = true;
		c->end = number >= c->end ? number + 1 : c->end;
	}
	for (uint32_t number = c->end; --number > CGROUP_UNKNOWN;) {
		if (c->numbers[number].needed)
			bucket_add(c, bucket_of(c, &c->paths[number]), number);
		else
			set_free(c, number);
	}
	return 0;
}

static int cgroups_init(struct cgroups *c, struct state *state, const struct table *table)
{
	int r = hash_key_init(&c->hash_key);

	for (int i = 0; i < BUCKETS; i++)
		c->buckets[i] = NONE;
	c->state = state;
	c->table = table;
	c->free_first = NONE;
	c->end = CGROUP_UNKNOWN + 1;
	c->paths = state_part(state, STATE_PATHS, CGROUP_PATHS_SIZE);
	if (r < 0 || !c->paths)
		return r < 0 ? r : -ENOMEM;
	return state ? cgroups_adopt(c) : 0;
}

int cgroups_new(struct cgroups **cgroups, struct state *state, const struct table *table)
{
	struct cgroups *c = calloc(1, sizeof(*c));
	int r = c ? cgroups_init(c, state, table) : -ENOMEM;

	if (r == 0)
		*cgroups = c;
	else
		cgroups_free(c);
	return r;
}

void cgroups_free(struct cgroups *cgroups)
{
	if (!cgroups)
		return;
	state_part_free(cgroups->state, cgroups->paths);
	free(cgroups);
}

uint32_t cgroups_used(const struct cgroups *cgroups)
{
	return cgroups->used;
}
