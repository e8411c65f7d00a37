/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/network_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/plain_file.h"
#include "counts/network.h"

#define BLANKS " \t\r\n"
#define LINE_SIZE 256 /* maximum size, with line feed and final zero */
#define FILE_BYTES (4u << 20)
#define NETWORK_NAME_LENGTH 63
#define OTHER "other" /* name for addresses outside all networks */

struct network_names {
	const char *path;
	struct names *names;
	struct network *networks; /* their values are numbers of names */
	size_t count;
	uint16_t other;
	struct network_map map;
};

static int refuse_line(const struct network_names *n, uint32_t line, const char *why)
{
	log_error("cannot use line %u of the networks file %s: %s", line, n->path, why);
	return -EINVAL;
}

/* Returns the next word and moves `*rest` past it. Returns NULL if there is no word. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS), *end = word + strcspn(word, BLANKS);

	if (word == end)
		return NULL;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* Returns an error, or NULL. A valid name is printable ASCII that no format escapes. */
static const char *name_fault(const char *name)
{
	for (const char *c = name; *c; c++) {
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
			return "a name is printable ASCII without blanks, \" and \\";
	}
	if (strlen(name) > NETWORK_NAME_LENGTH)
		return "the name is longer than 63 bytes";
	return strcmp(name, GROUP_OVERFLOW_NETWORK) == 0 ? "the name " GROUP_OVERFLOW_NETWORK
							   " has another meaning"
							 : NULL;
}

/*
 * Splits a line and parses its network. Sets `name` to NULL if the line is empty or a comment.
 * Returns an error, or NULL.
 */
static const char *line_fault(char *line, struct network *network, char **name)
{
	char *rest = line, *address;
	int r;

	*name = NULL;
	if (!strchr(line, '\n') && strlen(line) == LINE_SIZE - 1)
		return "it is longer than 254 bytes";
	address = next_word(&rest);
	if (!address || *address == '#')
		return NULL;
	*name = next_word(&rest);
	if (!*name || next_word(&rest))
		return "write a network and a name, separated by a blank";
	r = network_parse(network, address);
	if (r == -ERANGE)
		return "the address has bits past the prefix";
	return r < 0 ? "write the network like 192.0.2.0/24 or 2001:db8::/32" : name_fault(*name);
}

static int parse_line(struct network_names *n, char *line, uint32_t number)
{
	struct network network = {.line = number};
	char *name;
	const char *fault = line_fault(line, &network, &name);

	if (!fault && name && n->count == NETWORKS_LIMIT)
		fault = "there are more than 10000 networks";
	if (fault)
		return refuse_line(n, number, fault);
	if (!name)
		return 0;
	network.value = names_hold(n->names, name, strlen(name));
	names_commit(n->names);
	n->networks[n->count++] = network;
	return 0;
}

/* For fgets(3) a NUL would end the line, and the rest would be ignored. Returns the line, or 0. */
static uint32_t line_with_nul(FILE *file)
{
	uint32_t line = 1;
	int c;

	while ((c = getc(file)) > 0)
		line += c == '\n';
	rewind(file);
	return c == 0 ? line : 0;
}

static int read_lines(struct network_names *n)
{
	FILE *file = NULL;
	char line[LINE_SIZE];
	int r = plain_file_open(&file, n->path, FILE_BYTES);
	uint32_t nul = r == 0 ? line_with_nul(file) : 0;

	if (nul)
		r = refuse_line(n, nul, "it contains a NUL byte");
	for (uint32_t number = 1; r == 0 && fgets(line, sizeof(line), file); number++)
		r = parse_line(n, line, number);
	if (file)
		fclose(file);
	return r;
}

static int refuse_duplicates(const struct network_names *n)
{
	for (size_t i = 1; i < n->count; i++) {
		const struct network *network = &n->networks[i], *before = network - 1;
		char why[64];

		if (!network_equal(network, before))
			continue;
		snprintf(why, sizeof(why), "line %u has the same network", before->line);
		return refuse_line(n, network->line, why);
	}
	return 0;
}

static void unload(struct network_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		names_release(n->names, (uint16_t)n->networks[i].value);
	names_release(n->names, n->other);
	free(n->networks);
	network_map_deinit(&n->map);
}

/* Warns of networks without a number. During a reload, there may be too many old and new names. */
static void warn_of_unnamed(const struct network_names *n)
{
	size_t unnamed = 0;

	for (size_t i = 0; i < n->count; i++)
		unnamed += n->networks[i].value == NAME_UNKNOWN;
	if (unnamed)
		log_warning(
			"%zu networks of %s are called \"unknown\": there are too many names at once; "
			"send SIGHUP again",
			unnamed, n->path);
}

/* Reads the file into `n`, of which only `path` and `names` are set. Changes nothing on failure. */
static int load(struct network_names *n)
{
	struct network_names empty = *n;
	int r;

	n->other = names_hold(n->names, OTHER, strlen(OTHER));
	names_commit(n->names);
	n->networks = calloc(NETWORKS_LIMIT, sizeof(*n->networks));
	r = n->networks ? read_lines(n) : -ENOMEM;
	if (r == 0) {
		network_sort(n->networks, n->count);
		r = refuse_duplicates(n);
	}
	if (r == 0)
		r = network_map_init(&n->map, n->networks, n->count, n->other);
	if (r < 0 && r != -EINVAL) /* refuse_line() has logged it */
		log_error("cannot read the networks file %s: %s", n->path, plain_file_error(r));
	if (r < 0) {
		unload(n);
		*n = empty;
	}
	return r;
}

int network_names_new(struct network_names **network_names, const char *path, struct names *names)
{
	struct network_names *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	*n = (struct network_names){.path = path, .names = names};
	r = load(n);
	if (r == 0)
		*network_names = n;
	else
		free(n);
	return r;
}

void network_names_free(struct network_names *network_names)
{
	if (!network_names)
		return;
	unload(network_names);
	free(network_names);
}

void network_names_reload(struct network_names *network_names)
{
	struct network_names *n = network_names;
	struct network_names read = {.path = n->path, .names = n->names};

	if (load(&read) < 0) {
		log_warning("keeping the previous networks");
		return;
	}
	unload(n);
	*n = read;
	log_info("read %zu networks from %s", n->count, n->path);
	warn_of_unnamed(n);
}

void network_names_find(const struct network_names *network_names, const struct wire_event *event,
	struct group_names *names)
{
	const struct network_map *map = &network_names->map;

	names->number[GROUP_SRC_NETWORK - GROUP_CGROUP] =
		(uint16_t)network_map_find(map, event->local_addr);
	names->number[GROUP_DST_NETWORK - GROUP_CGROUP] =
		(uint16_t)network_map_find(map, event->remote_addr);
}
