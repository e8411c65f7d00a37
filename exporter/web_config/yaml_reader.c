/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/yaml_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#define EVENTS_MAX 2000
#define LEVELS_MAX 8

int yaml_refuse(struct yaml_reader *reader, const yaml_node_t *at, const char *format, ...)
{
	int length = snprintf(reader->error, WEB_ERROR_SIZE, "line %zu: ", at->start_mark.line + 1);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reader->error + length, WEB_ERROR_SIZE - (size_t)length, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

const yaml_node_t *yaml_node(struct yaml_reader *reader, int index)
{
	return yaml_document_get_node(&reader->document, index);
}

const char *yaml_text(const yaml_node_t *at)
{
	const char *text = at->type == YAML_SCALAR_NODE ? (char *)at->data.scalar.value : NULL;

	return text && strlen(text) == at->data.scalar.length ? text : NULL;
}

static bool is_one_of(const char *text, const char *const words[])
{
	for (; *words; words++) {
		if (strcasecmp(text, *words) == 0)
			return true;
	}
	return false;
}

static bool is_null(const yaml_node_t *at)
{
	static const char *const nulls[] = {"", "~", "null", NULL};
	const char *text = yaml_text(at);

	return text && at->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && is_one_of(text, nulls);
}

bool yaml_is_empty(const yaml_node_t *at)
{
	return is_null(at) || (at->type == YAML_MAPPING_NODE &&
				      at->data.mapping.pairs.start == at->data.mapping.pairs.top);
}

int yaml_parse_bool(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	static const char *const yes[] = {"true", "yes", "on", "y", NULL};
	static const char *const no[] = {"false", "no", "off", "n", NULL};
	const char *text = yaml_text(value);
	bool *found = key->to;

	*found = text && is_one_of(text, yes);
	if (*found || (text && is_one_of(text, no)))
		return 0;
	return yaml_refuse(reader, value, "%s: give true or false", key->name);
}

int yaml_parse_pair(struct yaml_reader *reader, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair)
{
	const yaml_node_t *name_node = yaml_node(reader, pair->key);
	const char *name = yaml_text(name_node);

	for (; name && keys->name; keys++) {
		if (strcmp(name, keys->name) == 0)
			return keys->parse(reader, yaml_node(reader, pair->value), keys);
	}
	return yaml_refuse(
		reader, name_node, "%s: '%.64s' is not a supported key", where, name ? name : "?");
}

static bool is_repeated(
	struct yaml_reader *reader, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const char *name = yaml_text(yaml_node(reader, pair->key));

	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; name && p < pair; p++) {
		const char *before = yaml_text(yaml_node(reader, p->key));

		if (before && strcmp(before, name) == 0)
			return true;
	}
	return false;
}

int yaml_for_each_pair(struct yaml_reader *reader, const yaml_node_t *map, const char *where,
	const struct yaml_key *keys, yaml_pair_fn parse)
{
	int r = 0;

	if (is_null(map))
		return 0;
	if (map->type != YAML_MAPPING_NODE)
		return yaml_refuse(reader, map, "%s: give keys and values", where);
	for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
		!r && pair < map->data.mapping.pairs.top; pair++) {
		if (is_repeated(reader, map, pair))
			r = yaml_refuse(reader, yaml_node(reader, pair->key),
				"%s: '%.64s' appears twice", where,
				yaml_text(yaml_node(reader, pair->key)));
		else
			r = parse(reader, keys, where, pair);
	}
	return r;
}

static int refuse_syntax(const yaml_parser_t *parser, char *error)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	snprintf(error, WEB_ERROR_SIZE, "line %zu: %s", parser->problem_mark.line + 1,
		parser->problem ? parser->problem : "not YAML");
	return -EINVAL;
}

static int read_document(struct yaml_reader *reader, yaml_parser_t *parser, yaml_root_fn parse)
{
	int r;

	if (!yaml_parser_load(parser, &reader->document))
		return refuse_syntax(parser, reader->error);
	r = parse(reader, yaml_document_get_root_node(&reader->document));
	yaml_document_delete(&reader->document);
	return r;
}

static int refuse_root(struct yaml_reader *reader, const yaml_node_t *root)
{
	return root ? yaml_refuse(reader, root, "only one document is supported") : 0;
}

/* Returns how many levels the event opens. */
static int levels_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return 1;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return -1;
	default:
		return 0;
	}
}

struct yaml_size {
	int events, levels;
	size_t line; /* of the last event */
};

/* Returns whether there is one more event. A syntax error is reported later, by read_document(). */
static bool count_event(yaml_parser_t *parser, struct yaml_size *size)
{
	yaml_event_t event;
	bool more;

	if (!yaml_parser_parse(parser, &event))
		return false;
	size->events++;
	size->levels += levels_of(&event);
	size->line = event.start_mark.line + 1;
	more = event.type != YAML_STREAM_END_EVENT;
	yaml_event_delete(&event);
	return more;
}

/*
 * libyaml's time grows with the square of the number of anchors, and of the depth. A file of 256 KiB could
 * stop the exporter for minutes. yaml_parser_parse() has no table of anchors, and this function ends it early.
 */
static int check_size(struct yaml_reader *reader, FILE *file)
{
	yaml_parser_t parser;
	struct yaml_size size = {0};
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_file(&parser, file);
	while (r == 0 && count_event(&parser, &size)) {
		if (size.events > EVENTS_MAX || size.levels > LEVELS_MAX)
			r = -EINVAL;
	}
	if (r < 0)
		snprintf(reader->error, WEB_ERROR_SIZE,
			"line %zu: more than %d values, or more than %d levels", size.line,
			EVENTS_MAX, LEVELS_MAX);
	yaml_parser_delete(&parser);
	rewind(file);
	return r;
}

int yaml_read(struct yaml_reader *reader, FILE *file, yaml_root_fn parse)
{
	yaml_parser_t parser;
	int r = check_size(reader, file);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_file(&parser, file);
	r = read_document(reader, &parser, parse);
	/* At the end of the file, there is one more document, without a root. */
	if (r == 0)
		r = read_document(reader, &parser, refuse_root);
	yaml_parser_delete(&parser);
	return r;
}
