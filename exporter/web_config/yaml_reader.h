/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Reads a YAML file of one document with known keys, using libyaml. Errors name the line. */
#ifndef REXMIT_YAML_READER_H
#define REXMIT_YAML_READER_H

#include <stdio.h>
#include <yaml.h>

#include "web_config/web_config.h"

struct yaml_reader {
	yaml_document_t document;
	const char *path;
	struct web_config *config;
	char *error; /* WEB_ERROR_SIZE bytes */
};

struct yaml_key {
	const char *name; /* NULL after the last key */
	int (*parse)(
		struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key);
	void *to; /* where `parse` stores the value, if it needs that */
};

typedef int (*yaml_pair_fn)(struct yaml_reader *reader, const struct yaml_key *keys,
	const char *where, const yaml_node_pair_t *pair);

/* `root` is NULL if the document is empty. */
typedef int (*yaml_root_fn)(struct yaml_reader *reader, const yaml_node_t *root);

/* Passes the root of the document to `parse`. Returns 0 or a negative errno. */
int yaml_read(struct yaml_reader *reader, FILE *file, yaml_root_fn parse);

/* Sets the error, with the line of `at`. Returns -EINVAL. */
int yaml_refuse(struct yaml_reader *reader, const yaml_node_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const yaml_node_t *yaml_node(struct yaml_reader *reader, int index);
/* Returns NULL if the node is not text, or the text has a NUL. */
const char *yaml_text(const yaml_node_t *at);

/* Whether the node is null or an empty mapping. Both count as a missing section. */
bool yaml_is_empty(const yaml_node_t *at);
/* For a key of type bool. Accepts any spelling of YAML 1.1, as exporter-toolkit does. */
int yaml_parse_bool(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key);

/* Passes each pair of a mapping to `parse`. Keys must be unique. */
int yaml_for_each_pair(struct yaml_reader *reader, const yaml_node_t *map, const char *where,
	const struct yaml_key *keys, yaml_pair_fn parse);
/* A yaml_pair_fn: looks up the key. */
int yaml_parse_pair(struct yaml_reader *reader, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair);

/* Reads the section tls_server_config (web_config_tls.c). */
int web_config_parse_tls(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key);

#endif
