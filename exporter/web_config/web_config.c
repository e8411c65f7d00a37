/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/web_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/plain_file.h"
#include "web_config/yaml_reader.h"

/* More than 2^16 rounds would take longer than a scrape. */
#define COST_MIN 4
#define COST_MAX 16

static bool is_bcrypt(const char *hash)
{
	static const char digits[] = "0123456789", alphabet[] =
							   "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
							   "abcdefghijklmnopqrstuvwxyz";

	return strlen(hash) == WEB_HASH_LENGTH && memcmp(hash, "$2", 2) == 0 &&
	       strchr("aby", hash[2]) && hash[3] == '$' && strspn(hash + 4, digits) == 2 &&
	       hash[6] == '$' && strspn(hash + 7, alphabet) == WEB_HASH_LENGTH - 7;
}

static int parse_user(struct yaml_reader *reader, const struct yaml_key *keys, const char *where,
	const yaml_node_pair_t *pair)
{
	struct web_user *user = &reader->config->users[reader->config->n_users];
	const yaml_node_t *value = yaml_node(reader, pair->value);
	const char *name = yaml_text(yaml_node(reader, pair->key)), *hash = yaml_text(value);
	int cost;

	(void)keys;
	if (reader->config->n_users == WEB_USERS_MAX)
		return yaml_refuse(reader, value, "%s: more than %d users", where, WEB_USERS_MAX);
	if (!name || !*name || strchr(name, ':')) /* RFC 7617 2: a colon ends the name */
		return yaml_refuse(
			reader, yaml_node(reader, pair->key), "%s: give a name without ':'", where);
	if (!hash || !is_bcrypt(hash))
		return yaml_refuse(reader, value,
			"%s: '%.64s' needs a bcrypt hash ($2a$, $2b$ or $2y$)", where, name);
	cost = 10 * (hash[4] - '0') + hash[5] - '0';
	if (cost < COST_MIN || cost > COST_MAX)
		return yaml_refuse(reader, value, "%s: '%.64s': give a cost from %d to %d, not %d",
			where, name, COST_MIN, COST_MAX, cost);
	user->name = strdup(name);
	if (!user->name)
		return -ENOMEM;
	user->cost = (uint8_t)cost;
	memcpy(user->hash, hash, sizeof(user->hash));
	reader->config->n_users++;
	return 0;
}

static int parse_users(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	return yaml_for_each_pair(reader, value, key->name, NULL, parse_user);
}

static int refuse_headers(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	(void)key;
	return yaml_refuse(reader, value,
		"http_server_config: headers cannot be set: the exporter sends strict ones");
}

static int parse_http(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	const struct yaml_key keys[] = {
		{"http2", yaml_parse_bool, &reader->config->ignores_http2},
		{"headers", refuse_headers, NULL},
		{0},
	};

	return yaml_for_each_pair(reader, value, key->name, keys, yaml_parse_pair);
}

static int ignore_value(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	(void)reader, (void)value, (void)key;
	return 0;
}

static int parse_rate_limit(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	static const struct yaml_key keys[] = {
		{"interval", ignore_value, NULL}, {"burst", ignore_value, NULL}, {0}};

	reader->config->ignores_rate_limit = !yaml_is_empty(value);
	return yaml_for_each_pair(reader, value, key->name, keys, yaml_parse_pair);
}

/* As in exporter-toolkit, a file with neither TLS nor users is valid. module.c then warns. */
static int parse_document(struct yaml_reader *reader, const yaml_node_t *root)
{
	static const struct yaml_key keys[] = {
		{"tls_server_config", web_config_parse_tls, NULL},
		{"basic_auth_users", parse_users, NULL},
		{"http_server_config", parse_http, NULL},
		{"rate_limit", parse_rate_limit, NULL},
		{0},
	};

	return root ? yaml_for_each_pair(reader, root, "the file", keys, yaml_parse_pair) : 0;
}

int web_config_read(struct web_config *config, const char *path, char error[WEB_ERROR_SIZE])
{
	struct yaml_reader reader = {.path = path, .config = config, .error = error};
	FILE *file = NULL;
	int r;

	*config = (struct web_config){.min_minor = 2, .max_minor = 3, .server_preference = true};
	error[0] = '\0';
	r = plain_file_open(&file, path, WEB_CONFIG_BYTES);
	if (r == 0) {
		r = yaml_read(&reader, file, parse_document);
		fclose(file);
	}
	if (r && !error[0])
		snprintf(error, WEB_ERROR_SIZE, "%s", plain_file_error(r));
	if (r)
		web_config_deinit(config);
	return r;
}

static bool has_user(const struct web_config *config, const struct web_user *user)
{
	for (size_t i = 0; i < config->n_users; i++) {
		if (strcmp(config->users[i].name, user->name) == 0)
			return strcmp(config->users[i].hash, user->hash) == 0;
	}
	return false;
}

bool web_config_removes_user(const struct web_config *before, const struct web_config *after)
{
	for (size_t i = 0; i < before->n_users; i++) {
		if (!has_user(after, &before->users[i]))
			return true;
	}
	return false;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool web_config_changes_clients(const struct web_config *before, const struct web_config *after)
{
	return before->client_auth != after->client_auth ||
	       !is_same(before->client_ca_file, after->client_ca_file) ||
	       !is_same(before->client_sans, after->client_sans);
}

void web_config_deinit(struct web_config *config)
{
	free(config->cert_file);
	free(config->key_file);
	free(config->client_ca_file);
	free(config->client_sans);
	free(config->cipher_suites);
	free(config->curves);
	for (size_t i = 0; i < config->n_users; i++)
		free(config->users[i].name);
	explicit_bzero(config, sizeof(*config));
}
