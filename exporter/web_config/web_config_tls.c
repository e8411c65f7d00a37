/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The section tls_server_config. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "web_config/yaml_reader.h"

/* A relative path starts at the directory of the configuration file. "" means no file. */
static int parse_config_path(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	const char *text = yaml_text(value), *slash = strrchr(reader->path, '/');
	char **path = key->to;
	int length;

	if (!text)
		return yaml_refuse(reader, value, "give a path");
	if (!*text)
		return 0;
	if (*text == '/' || !slash)
		length = asprintf(path, "%s", text);
	else
		length = asprintf(path, "%.*s/%s", (int)(slash - reader->path), reader->path, text);
	if (length >= 0)
		return 0;
	*path = NULL;
	return -ENOMEM;
}

static int parse_client_auth(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	static const struct {
		const char *name;
		enum web_client_auth auth;
	} types[] = {
		{"", WEB_NO_CLIENT_CERT},
		{"NoClientCert", WEB_NO_CLIENT_CERT},
		{"RequestClientCert", WEB_REQUEST_CLIENT_CERT},
		{"RequireAnyClientCert", WEB_REQUIRE_ANY_CLIENT_CERT},
		{"RequireClientCert",
			WEB_REQUIRE_ANY_CLIENT_CERT}, /* old name in exporter-toolkit */
		{"VerifyClientCertIfGiven", WEB_VERIFY_CLIENT_CERT_IF_GIVEN},
		{"RequireAndVerifyClientCert", WEB_REQUIRE_AND_VERIFY_CLIENT_CERT},
	};
	const char *text = yaml_text(value);

	for (size_t i = 0; text && i < ARRAY_SIZE(types); i++) {
		if (strcmp(text, types[i].name) == 0) {
			reader->config->client_auth = types[i].auth;
			return 0;
		}
	}
	return yaml_refuse(reader, value,
		"%s: give NoClientCert, RequestClientCert, RequireAnyClientCert, "
		"VerifyClientCertIfGiven or RequireAndVerifyClientCert",
		key->name);
}

static int parse_version(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	const char *text = yaml_text(value);
	int *minor = key->to;

	if (text && strcmp(text, "TLS12") == 0)
		*minor = 2;
	else if (text && strcmp(text, "TLS13") == 0)
		*minor = 3;
	else
		return yaml_refuse(reader, value,
			"%s: give TLS12 or TLS13; older ones are not safe", key->name);
	return 0;
}

static int append_name(char **list, const char *separator, const char *name)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? separator : "", name) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

/* Translates and appends the names of a list. `translate` returns NULL for an invalid name. */
static int parse_list(struct yaml_reader *reader, const yaml_node_t *list,
	const struct yaml_key *key, const char *separator, const char *(*translate)(const char *),
	const char *expected)
{
	if (list->type != YAML_SEQUENCE_NODE)
		return yaml_refuse(reader, list, "%s: give a list", key->name);
	for (yaml_node_item_t *item = list->data.sequence.items.start;
		item < list->data.sequence.items.top; item++) {
		const yaml_node_t *node = yaml_node(reader, *item);
		const char *text = yaml_text(node);
		const char *name = text ? translate(text) : NULL;

		if (!name)
			return yaml_refuse(reader, node, "%s: give %s", key->name, expected);
		if (append_name(key->to, separator, name))
			return -ENOMEM;
	}
	return 0;
}

/* Checks only the form of a name. OpenSSL checks whether the suites exist. */
static const char *suite_name(const char *name)
{
	return strncmp(name, "TLS_", 4) == 0 && !strchr(name, ':') ? name : NULL;
}

static int parse_cipher_suites(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	return parse_list(reader, value, key, ":", suite_name,
		"names such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
}

static const char *curve_name(const char *name)
{
	static const char *const curves[][2] = {
		{"CurveP256", "P-256"},
		{"CurveP384", "P-384"},
		{"CurveP521", "P-521"},
		{"X25519", "X25519"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		if (strcmp(name, curves[i][0]) == 0)
			return curves[i][1];
	}
	return NULL;
}

static int parse_curves(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	return parse_list(
		reader, value, key, ":", curve_name, "CurveP256, CurveP384, CurveP521 or X25519");
}

/* The list is stored with a newline between two names. */
static const char *san_name(const char *name)
{
	return *name && !strchr(name, '\n') ? name : NULL;
}

/* An empty list is an error. Otherwise the exporter would accept any trusted certificate. */
static int parse_client_sans(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	int r = parse_list(reader, value, key, "\n", san_name, "names, addresses or URIs");

	if (r == 0 && !reader->config->client_sans)
		r = yaml_refuse(reader, value, "%s: give a list that is not empty", key->name);
	return r;
}

static int check_tls(struct yaml_reader *reader, const yaml_node_t *section)
{
	const struct web_config *c = reader->config;
	bool verifies = c->client_auth == WEB_VERIFY_CLIENT_CERT_IF_GIVEN ||
			c->client_auth == WEB_REQUIRE_AND_VERIFY_CLIENT_CERT;

	if (!c->cert_file || !c->key_file)
		return yaml_refuse(
			reader, section, "tls_server_config: cert_file and key_file are required");
	if (c->client_ca_file && c->client_auth == WEB_NO_CLIENT_CERT)
		return yaml_refuse(reader, section,
			"tls_server_config: client_ca_file needs a client_auth_type that "
			"asks for a certificate");
	if (verifies && !c->client_ca_file)
		return yaml_refuse(reader, section,
			"tls_server_config: this client_auth_type needs client_ca_file");
	if (c->client_sans && !verifies) /* a certificate that is not verified may have any name */
		return yaml_refuse(reader, section,
			"tls_server_config: client_allowed_sans needs a client_auth_type that "
			"verifies the certificate");
	if (c->min_minor > c->max_minor)
		return yaml_refuse(
			reader, section, "tls_server_config: min_version is above max_version");
	return 0;
}

int web_config_parse_tls(
	struct yaml_reader *reader, const yaml_node_t *value, const struct yaml_key *key)
{
	struct web_config *c = reader->config;
	const struct yaml_key keys[] = {
		{"cert_file", parse_config_path, &c->cert_file},
		{"key_file", parse_config_path, &c->key_file},
		{"client_ca_file", parse_config_path, &c->client_ca_file},
		{"client_auth_type", parse_client_auth, NULL},
		{"client_allowed_sans", parse_client_sans, &c->client_sans},
		{"min_version", parse_version, &c->min_minor},
		{"max_version", parse_version, &c->max_minor},
		{"cipher_suites", parse_cipher_suites, &c->cipher_suites},
		{"curve_preferences", parse_curves, &c->curves},
		{"prefer_server_cipher_suites", yaml_parse_bool, &c->server_preference},
		{0},
	};
	int r = yaml_for_each_pair(reader, value, key->name, keys, yaml_parse_pair);

	if (r || yaml_is_empty(value))
		return r;
	c->tls = true;
	return check_tls(reader, value);
}
