/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A reader of YAML files with one document and known keys, based on libyaml. */
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
	void *to; /* where `parse` stores the value, or NULL */
};

typedef int (*yaml_pair_fn)(struct yaml_reader *reader, const struct yaml_key *keys,
	const char *where, const yaml_node_pair_t *pair);

/* `root` is NULL if the document is empty. */
typedef int (*yaml_root_fn)(struct yaml_reader *reader, const yaml_node_t *root);

/* Passes the root of the document to `parse`. Returns 0 or a negative errno. */
int yaml_read(struct yaml_reader *reader, FILE *file, yaml_root_fn parse);

/* Sets the error, with the line number of `at`. Returns -EINVAL. */
int yaml_refuse(struct yaml_reader *reader, const yaml_node_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const yaml_node_t *yaml_node(struct yaml_reader *reader, int index);
/* Returns the text of a node, or NULL if the node is not text or contains a NUL. */
const char *yaml_text(const yaml_node_t *at);

/* Whether the node is null or an empty mapping. Such a section is regarded as missing. */
bool yaml_is_empty(const yaml_node_t *at);
/* Parses a bool in any spelling of YAML 1.1, as in exporter-toolkit. */
int yaml_parse_bool(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key);

/* Calls `parse` for each pair of a mapping. Keys must be unique. */
int yaml_for_each_pair(struct yaml_reader *reader, const yaml_node_t *map, const char *where,
	const struct yaml_key *keys, yaml_pair_fn parse);
/* A yaml_pair_fn. Finds the key in `keys` and calls its `parse`. */
int yaml_parse_pair(struct yaml_reader *reader, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair);

/* Reads the section tls_server_config (web_config_tls.c). */
int web_config_parse_tls(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key);

#endif
