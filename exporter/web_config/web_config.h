/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The file of --web.config.file, in the format of Prometheus' exporter-toolkit. An unsupported
 * setting is an error or causes a warning.
 */
#ifndef REXMIT_WEB_CONFIG_H
#define REXMIT_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_USERS_MAX 64
#define WEB_ERROR_SIZE 256
#define WEB_FILE_BYTES (1u << 20) /* upper limit of each file of certificates or keys */
/* Upper limit of the file itself. libyaml's time grows with the square of the number of directives. */
#define WEB_CONFIG_BYTES (256u << 10)
/* crypt(5): "$2b$", two digits of cost, "$", 53 characters. */
#define WEB_HASH_LENGTH 60

enum web_client_auth {
	WEB_NO_CLIENT_CERT,
	WEB_REQUEST_CLIENT_CERT,     /* requested, not verified */
	WEB_REQUIRE_ANY_CLIENT_CERT, /* required, not verified */
	WEB_VERIFY_CLIENT_CERT_IF_GIVEN,
	WEB_REQUIRE_AND_VERIFY_CLIENT_CERT,
};

struct web_user {
	char *name;
	uint8_t cost; /* 2^cost rounds */
	char hash[WEB_HASH_LENGTH + 1];
};

struct web_config {
	bool tls;
	/* NULL if not given. Relative paths start in the directory of the configuration file. */
	char *cert_file, *key_file, *client_ca_file;
	enum web_client_auth client_auth;
	int min_minor, max_minor; /* TLS 1.x: 2 or 3 */
	bool server_preference;   /* prefer the server's order of cipher suites */
	char *cipher_suites;      /* IANA names, separated by ':'; NULL: the library's default */
	char *curves;             /* OpenSSL names, separated by ':'; NULL: the library's default */
	char *client_sans;        /* one per line; NULL: any */
	/* Settings of exporter-toolkit without an effect, which cause warnings. */
	bool ignores_http2, ignores_rate_limit;
	struct web_user users[WEB_USERS_MAX];
	size_t n_users;
};

/*
 * Reads the file. Returns 0 or a negative errno. On failure, `error` has the line and the reason,
 * and `config` is empty.
 */
int web_config_read(struct web_config *config, const char *path, char error[WEB_ERROR_SIZE]);
/* Whether a user of `before` may no longer log in with the same password. */
bool web_config_removes_user(const struct web_config *before, const struct web_config *after);
/* Whether the settings for client certificates differ. The contents of files are not compared. */
bool web_config_changes_clients(const struct web_config *before, const struct web_config *after);
/* `config` may be all zeros. */
void web_config_deinit(struct web_config *config);

#endif
