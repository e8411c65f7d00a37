/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The section tls_server_config. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

#include "web_config/yaml_reader.h"

/* Relative to the directory of the file, as in the toolkit. "" means no file. */
static int take_config_path(struct yaml_reader *reader, const yaml_node_t *value, char **path)
{
	const char *text = yaml_text(value), *slash = strrchr(reader->path, '/');
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

static int take_cert_file(struct yaml_reader *reader, const yaml_node_t *value)
{
	return take_config_path(reader, value, &reader->config->cert_file);
}

static int take_key_file(struct yaml_reader *reader, const yaml_node_t *value)
{
	return take_config_path(reader, value, &reader->config->key_file);
}

static int take_client_ca_file(struct yaml_reader *reader, const yaml_node_t *value)
{
	return take_config_path(reader, value, &reader->config->client_ca_file);
}

static int take_client_auth(struct yaml_reader *reader, const yaml_node_t *value)
{
	static const struct {
		const char *name;
		enum web_client_auth auth;
	} types[] = {
		{"", WEB_NO_CLIENT_CERT},
		{"NoClientCert", WEB_NO_CLIENT_CERT},
		{"RequestClientCert", WEB_REQUEST_CLIENT_CERT},
		{"RequireAnyClientCert", WEB_REQUIRE_ANY_CLIENT_CERT},
		{"RequireClientCert", WEB_REQUIRE_ANY_CLIENT_CERT}, /* old name in the toolkit */
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
		"client_auth_type: give NoClientCert, RequestClientCert, RequireAnyClientCert, "
		"VerifyClientCertIfGiven or RequireAndVerifyClientCert");
}

static int take_version(
	struct yaml_reader *reader, const yaml_node_t *value, const char *key, int *minor)
{
	const char *text = yaml_text(value);

	if (text && strcmp(text, "TLS12") == 0)
		*minor = 2;
	else if (text && strcmp(text, "TLS13") == 0)
		*minor = 3;
	else
		return yaml_refuse(
			reader, value, "%s: give TLS12 or TLS13; older ones are not safe", key);
	return 0;
}

static int take_min_version(struct yaml_reader *reader, const yaml_node_t *value)
{
	return take_version(reader, value, "min_version", &reader->config->min_minor);
}

static int take_max_version(struct yaml_reader *reader, const yaml_node_t *value)
{
	return take_version(reader, value, "max_version", &reader->config->max_minor);
}

static int take_preference(struct yaml_reader *reader, const yaml_node_t *value)
{
	return yaml_take_bool(
		reader, value, "prefer_server_cipher_suites", &reader->config->server_preference);
}

/* Appends `name` to `*list`, separated by `separator`. */
static int append_name(char **list, const char *separator, const char *name)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? separator : "", name) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

/* The TLS library checks whether the suites exist. */
static int take_cipher_suites(struct yaml_reader *reader, const yaml_node_t *value)
{
	if (value->type != YAML_SEQUENCE_NODE)
		return yaml_refuse(reader, value, "cipher_suites: give a list");
	for (yaml_node_item_t *item = value->data.sequence.items.start;
		item < value->data.sequence.items.top; item++) {
		const char *name = yaml_text(yaml_node(reader, *item));

		if (!name || strncmp(name, "TLS_", 4) != 0 || strchr(name, ':'))
			return yaml_refuse(reader, yaml_node(reader, *item),
				"cipher_suites: give names such as "
				"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
		if (append_name(&reader->config->cipher_suites, ":", name))
			return -ENOMEM;
	}
	return 0;
}

static const char *curve_name(const char *name)
{
	static const char *const curves[][2] = {
		{"CurveP256", "P-256"},
		{"CurveP384", "P-384"},
		{"CurveP521", "P-521"},
		{"X25519", "X25519"},
	};

	for (size_t i = 0; name && i < ARRAY_SIZE(curves); i++) {
		if (strcmp(name, curves[i][0]) == 0)
			return curves[i][1];
	}
	return NULL;
}

static int take_curves(struct yaml_reader *reader, const yaml_node_t *value)
{
	if (value->type != YAML_SEQUENCE_NODE)
		return yaml_refuse(reader, value, "curve_preferences: give a list");
	for (yaml_node_item_t *item = value->data.sequence.items.start;
		item < value->data.sequence.items.top; item++) {
		const char *name = curve_name(yaml_text(yaml_node(reader, *item)));

		if (!name)
			return yaml_refuse(reader, yaml_node(reader, *item),
				"curve_preferences: give CurveP256, CurveP384, CurveP521 or "
				"X25519");
		if (append_name(&reader->config->curves, ":", name))
			return -ENOMEM;
	}
	return 0;
}

static int take_client_sans(struct yaml_reader *reader, const yaml_node_t *value)
{
	if (value->type != YAML_SEQUENCE_NODE ||
		value->data.sequence.items.start == value->data.sequence.items.top)
		return yaml_refuse(
			reader, value, "client_allowed_sans: give a list that is not empty");
	for (yaml_node_item_t *item = value->data.sequence.items.start;
		item < value->data.sequence.items.top; item++) {
		const char *name = yaml_text(yaml_node(reader, *item));

		if (!name || !*name || strchr(name, '\n'))
			return yaml_refuse(reader, yaml_node(reader, *item),
				"client_allowed_sans: give names, addresses or URIs");
		if (append_name(&reader->config->client_sans, "\n", name))
			return -ENOMEM;
	}
	return 0;
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
			"tls_server_config: client_ca_file needs client_auth_type");
	if (verifies && !c->client_ca_file)
		return yaml_refuse(reader, section,
			"tls_server_config: this client_auth_type needs client_ca_file");
	if (c->client_sans && !verifies) /* an unverified certificate may have any name */
		return yaml_refuse(reader, section,
			"tls_server_config: client_allowed_sans needs a client_auth_type that "
			"verifies the certificate");
	if (c->min_minor > c->max_minor)
		return yaml_refuse(
			reader, section, "tls_server_config: min_version is above max_version");
	return 0;
}

int web_config_take_tls(struct yaml_reader *reader, const yaml_node_t *value)
{
	static const struct yaml_key keys[] = {
		{"cert_file", take_cert_file},
		{"key_file", take_key_file},
		{"client_ca_file", take_client_ca_file},
		{"client_auth_type", take_client_auth},
		{"client_allowed_sans", take_client_sans},
		{"min_version", take_min_version},
		{"max_version", take_max_version},
		{"cipher_suites", take_cipher_suites},
		{"curve_preferences", take_curves},
		{"prefer_server_cipher_suites", take_preference},
		{0},
	};
	int r = yaml_for_each_pair(reader, value, "tls_server_config", keys, yaml_take_pair);

	if (r || yaml_is_empty(value))
		return r;
	reader->config->tls = true;
	return check_tls(reader, value);
}
