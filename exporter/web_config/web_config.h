/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The file of --web.config.file, in the format of Prometheus' exporter-toolkit: what is read of it,
 * and that everything else in it is an error or a warning. A setting that is passed over in silence
 * would be one that the operator believes in.
 */
#ifndef REXMIT_WEB_CONFIG_H
#define REXMIT_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_USERS_MAX 64
#define WEB_ERROR_SIZE 256
/* crypt(5): "$2b$", two digits of cost, "$", 53 characters. */
#define WEB_HASH_LENGTH 60

enum web_client_auth {
	WEB_NO_CLIENT_CERT,
	WEB_REQUEST_CLIENT_CERT,     /* asked for, whatever it is */
	WEB_REQUIRE_ANY_CLIENT_CERT, /* must be there, whatever it is */
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
	/* NULL if not given; relative ones have become relative to the file's directory. */
	char *cert_file, *key_file, *client_ca_file;
	enum web_client_auth client_auth;
	int min_minor, max_minor; /* of TLS 1.x: 2 or 3 */
	bool server_preference;   /* the order of the server's cipher suites counts */
	char *cipher_suites;      /* IANA's names, with ':' between them; NULL: the library's */
	char *curves;             /* OpenSSL's names, likewise */
	char *client_sans;        /* one in each line; NULL: any */
	/* What the toolkit knows, and cannot matter here: one warning each. */
	bool ignores_http2, ignores_rate_limit;
	struct web_user users[WEB_USERS_MAX];
	size_t n_users;
};

/*
 * Reads the file. Returns 0, or a negative errno with `error` saying what is wrong, and in which
 * line; `config` is then empty.
 */
int web_config_read(struct web_config *config, const char *path, char error[WEB_ERROR_SIZE]);
/* Accepts one that is all zeros. */
void web_config_deinit(struct web_config *config);

#endif
