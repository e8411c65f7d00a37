/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Reads a YAML file of one document whose keys are all known, by libyaml; what is wrong is said with
 * its line.
 */
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
	const char *name; /* NULL behind the last */
	int (*take)(struct yaml_reader *r, const yaml_node_t *value);
};

typedef int (*yaml_take_fn)(struct yaml_reader *r, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair);

/* Reads `file` and gives its root, or NULL, to `take`. Returns 0 or a negative errno. */
int yaml_read(struct yaml_reader *r, FILE *file,
	int (*take)(struct yaml_reader *r, const yaml_node_t *root));

/* Says what is wrong in the line of `at`. Returns -EINVAL. */
int yaml_refuse(struct yaml_reader *r, const yaml_node_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const yaml_node_t *yaml_node(struct yaml_reader *r, int index);
/* NULL if it is no text. */
const char *yaml_text(const yaml_node_t *at);

/* Whether it is null or a mapping of no pairs, which the toolkit takes for a section left out. */
bool yaml_is_empty(const yaml_node_t *at);
/* Reads a boolean in each of YAML 1.1's spellings, as the toolkit does. */
int yaml_take_bool(struct yaml_reader *r, const yaml_node_t *value, const char *key, bool *found);

/* Gives each pair of a mapping, whose keys must be unique, to `take`. */
int yaml_for_each_pair(struct yaml_reader *r, const yaml_node_t *map, const char *where,
	const struct yaml_key *keys, yaml_take_fn take);
/* A yaml_take_fn: one of the keys. */
int yaml_take_pair(struct yaml_reader *r, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair);

/* Takes the value of tls_server_config (web_config_tls.c). */
int web_config_take_tls(struct yaml_reader *r, const yaml_node_t *value);

#endif
