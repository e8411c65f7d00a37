/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "web_config/client_certificates.h"
#include "web_config/pem.h"

/* Adds the certificates after the first one. Returns false if one is invalid. */
static bool add_chain(SSL_CTX *tls, BIO *pem)
{
	X509 *certificate;
	unsigned long code;

	while ((certificate = PEM_read_bio_X509(pem, NULL, web_pem_no_password_cb, NULL))) {
		if (SSL_CTX_add0_chain_cert(tls, certificate) != 1) {
			X509_free(certificate);
			return false;
		}
	}
	code = ERR_peek_last_error();
	if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		return false;
	ERR_clear_error();
	return true;
}

static int load_chain(SSL_CTX *tls, const struct web_config *c, char *error)
{
	BIO *pem = web_pem_open("cert_file", c->cert_file, error);
	X509 *leaf;
	bool valid;

	if (!pem)
		return -EINVAL;
	leaf = PEM_read_bio_X509_AUX(pem, NULL, web_pem_no_password_cb, NULL);
	valid = leaf && SSL_CTX_use_certificate(tls, leaf) == 1 && add_chain(tls, pem);
	X509_free(leaf);
	BIO_free(pem);
	return valid ? 0 : web_tls_refuse(error, "cert_file", c->cert_file);
}

static int load_key(SSL_CTX *tls, const struct web_config *c, char *error)
{
	BIO *pem = web_pem_open("key_file", c->key_file, error);
	EVP_PKEY *key;
	bool valid;

	if (!pem)
		return -EINVAL;
	key = PEM_read_bio_PrivateKey(pem, NULL, web_pem_no_password_cb, NULL);
	valid = key && SSL_CTX_use_PrivateKey(tls, key) == 1 && SSL_CTX_check_private_key(tls) == 1;
	EVP_PKEY_free(key);
	BIO_free(pem);
	return valid ? 0 : web_tls_refuse(error, "key_file", c->key_file);
}

/*
 * Translates IANA names and splits them into OpenSSL's two lists. Names for TLS 1.3 have no
 * "_WITH_". `tls12` and `tls13` are as large as `list`, because OpenSSL's names are not longer.
 */
static int split_suites(const char *list, char *tls12, char *tls13, char *error)
{
	char name[128];
	size_t length;

	for (tls12[0] = tls13[0] = '\0'; *list; list += length + (list[length] == ':')) {
		const char *other;
		char *half;

		length = strcspn(list, ":");
		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		other = OPENSSL_cipher_name(name);
		if (!other || strcmp(other, "(NONE)") == 0)
			return web_tls_refuse(error, "cipher_suites: unknown name", name);
		half = strstr(name, "_WITH_") ? tls12 : tls13;
		strcat(strcat(half, *half ? ":" : ""), other);
	}
	return 0;
}

/* As in Go: TLS 1.2 with forward secrecy and authenticated encryption. TLS 1.3 has both. */
#define DEFAULT_SUITES "ECDHE+AESGCM:ECDHE+CHACHA20"

static int set_suites(SSL_CTX *tls, const char *list, char *error)
{
	_cleanup_free_ char *tls12 = NULL, *tls13 = NULL;
	int r;

	if (SSL_CTX_set_cipher_list(tls, DEFAULT_SUITES) != 1)
		return web_tls_refuse(error, "the default suites", NULL);
	if (!list)
		return 0;
	tls12 = malloc(strlen(list) + 1);
	tls13 = malloc(strlen(list) + 1);
	r = tls12 && tls13 ? split_suites(list, tls12, tls13, error) : -ENOMEM;
	if (!r && ((*tls12 && SSL_CTX_set_cipher_list(tls, tls12) != 1) ||
			  (*tls13 && SSL_CTX_set_ciphersuites(tls, tls13) != 1)))
		r = web_tls_refuse(error, "cipher_suites", NULL);
	return r;
}

const char *web_tls_weak_suite(const SSL_CTX *tls)
{
	const STACK_OF(SSL_CIPHER) *suites = SSL_CTX_get_ciphers(tls);

	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
		const SSL_CIPHER *suite = sk_SSL_CIPHER_value(suites, i);

		if (SSL_CIPHER_get_kx_nid(suite) == NID_kx_rsa || !SSL_CIPHER_is_aead(suite))
			return SSL_CIPHER_standard_name(suite);
	}
	return NULL;
}

/*
 * Sets the groups that Go allows by default. OpenSSL's default includes the finite fields of RFC
 * 7919, and the client chooses the group. A key exchange with ffdhe8192 takes 130 ms of CPU time.
 * The first list needs OpenSSL 3.5. The last list is for hosts that allow only NIST's curves.
 */
static int set_default_curves(SSL_CTX *tls, char *error)
{
	static const char *const lists[] = {
		"X25519MLKEM768:X25519:P-256:P-384:P-521",
		"X25519:P-256:P-384:P-521",
		"P-256:P-384:P-521",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (SSL_CTX_set1_groups_list(tls, lists[i]) == 1)
			return 0;
	}
	return web_tls_refuse(error, "the default curves", NULL);
}

static int set_curves(SSL_CTX *tls, const char *list, char *error)
{
	if (!list)
		return set_default_curves(tls, error);
	return SSL_CTX_set1_groups_list(tls, list) == 1
		       ? 0
		       : web_tls_refuse(error, "curve_preferences", NULL);
}

static int set_parameters(SSL_CTX *tls, const struct web_config *c, char *error)
{
	uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
			   /* HTTP's syntax shows whether a request is complete. */
			   SSL_OP_IGNORE_UNEXPECTED_EOF;
	int r;

	if (c->server_preference)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION /* since OpenSSL 3.2 */
	/* message_cb() must see the certificates (tls_stream.c). */
	options |= SSL_OP_NO_RX_CERTIFICATE_COMPRESSION;
#endif
	SSL_CTX_set_options(tls, options);
#ifdef SSL_OP_ENABLE_KTLS
	/* openssl.cnf may enable kernel TLS, but the filter forbids its system calls. */
	SSL_CTX_clear_options(tls, SSL_OP_ENABLE_KTLS);
#endif
	/* SSL_MODE_ENABLE_PARTIAL_WRITE would corrupt responses: after a partial write, libevent
	 * 2.1 skips the rest of that chunk of its buffer. */
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_min_proto_version(tls, TLS1_VERSION + c->min_minor);
	SSL_CTX_set_max_proto_version(tls, TLS1_VERSION + c->max_minor);
	r = set_curves(tls, c->curves, error);
	return r < 0 ? r : set_suites(tls, c->cipher_suites, error);
}

int web_tls_new(SSL_CTX **tls, const struct web_config *config, char error[WEB_ERROR_SIZE])
{
	SSL_CTX *context;
	int r;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_server_method());
	if (!context) {
		web_tls_refuse(error, "cannot use OpenSSL", NULL);
		return -ENOMEM;
	}
	r = set_parameters(context, config, error);
	if (!r)
		r = load_chain(context, config, error);
	if (!r)
		r = load_key(context, config, error);
	if (!r)
		r = client_certificates_set(context, config, error);
	ERR_clear_error();
	if (r)
		SSL_CTX_free(context);
	else
		*tls = context;
	return r;
}
