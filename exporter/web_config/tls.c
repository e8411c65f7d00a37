/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/plain_file.h"

static int tls_refuse(char *error, const char *what, const char *detail)
{
	unsigned long code = ERR_peek_error(); /* the first error is the cause of the others */
	const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
							      : ERR_reason_error_string(code);

	snprintf(error, WEB_ERROR_SIZE, "%s: %s%s%s", what, detail ? detail : "",
		detail && reason ? ": " : "", reason ? reason : "");
	ERR_clear_error();
	return -EINVAL;
}

/* Without this callback OpenSSL would prompt for a password on the terminal. */
static int no_password_cb(char *buffer, int size, int writing, void *context)
{
	(void)buffer, (void)size, (void)writing, (void)context;
	return 0;
}

/*
 * Returns a file's contents, or NULL. OpenSSL's functions that take a path would block on a FIFO, and
 * read a file of any size.
 */
static BIO *open_pem(const char *what, const char *path, char *error)
{
	FILE *file = NULL;
	int r = plain_file_open(&file, path, WEB_FILE_BYTES);
	BIO *pem = r < 0 ? NULL : BIO_new_fp(file, BIO_CLOSE);

	if (pem)
		return pem;
	if (file)
		fclose(file);
	snprintf(error, WEB_ERROR_SIZE, "%s: %s: %s", what, path,
		plain_file_error(r < 0 ? r : -ENOMEM));
	return NULL;
}

/* Adds the certificates after the first one. Returns false if one is invalid. */
static bool add_chain(SSL_CTX *tls, BIO *pem)
{
	X509 *certificate;
	unsigned long code;

	while ((certificate = PEM_read_bio_X509(pem, NULL, no_password_cb, NULL))) {
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
	BIO *pem = open_pem("cert_file", c->cert_file, error);
	X509 *leaf;
	bool valid;

	if (!pem)
		return -EINVAL;
	leaf = PEM_read_bio_X509_AUX(pem, NULL, no_password_cb, NULL);
	valid = leaf && SSL_CTX_use_certificate(tls, leaf) == 1 && add_chain(tls, pem);
	X509_free(leaf);
	BIO_free(pem);
	return valid ? 0 : tls_refuse(error, "cert_file", c->cert_file);
}

static int load_key(SSL_CTX *tls, const struct web_config *c, char *error)
{
	BIO *pem = open_pem("key_file", c->key_file, error);
	EVP_PKEY *key;
	bool valid;

	if (!pem)
		return -EINVAL;
	key = PEM_read_bio_PrivateKey(pem, NULL, no_password_cb, NULL);
	valid = key && SSL_CTX_use_PrivateKey(tls, key) == 1 && SSL_CTX_check_private_key(tls) == 1;
	EVP_PKEY_free(key);
	BIO_free(pem);
	return valid ? 0 : tls_refuse(error, "key_file", c->key_file);
}

/* Adds a client CA to the list that clients receive, if its name is new there. */
static bool add_client_name(SSL_CTX *tls, X509 *certificate)
{
	const STACK_OF(X509_NAME) *names = SSL_CTX_get_client_CA_list(tls);

	for (int i = 0; i < sk_X509_NAME_num(names); i++)
		if (X509_NAME_cmp(
			    sk_X509_NAME_value(names, i), X509_get_subject_name(certificate)) == 0)
			return true;
	return SSL_CTX_add_client_CA(tls, certificate) == 1;
}

/* Trusts the certificates and revocation lists of a file. Returns false if there is none. */
static bool trust_all(SSL_CTX *tls, const STACK_OF(X509_INFO) * list)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls);
	bool valid = true;
	int count = 0;

	for (int i = 0; i < sk_X509_INFO_num(list) && valid; i++) {
		const X509_INFO *info = sk_X509_INFO_value(list, i);

		if (info->x509)
			valid = X509_STORE_add_cert(store, info->x509) == 1 &&
				add_client_name(tls, info->x509);
		if (info->crl)
			valid = valid && X509_STORE_add_crl(store, info->crl) == 1;
		count += info->x509 || info->crl;
	}
	if (count == 0 && !ERR_peek_error())
		ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
	return valid && count > 0;
}

static int trust_clients(SSL_CTX *tls, const struct web_config *c, char *error)
{
	BIO *pem = open_pem("client_ca_file", c->client_ca_file, error);
	STACK_OF(X509_INFO) * list;
	bool valid;

	if (!pem)
		return -EINVAL;
	list = PEM_X509_INFO_read_bio(pem, NULL, no_password_cb, NULL);
	valid = trust_all(tls, list);
	sk_X509_INFO_pop_free(list, X509_INFO_free);
	BIO_free(pem);
	return valid ? 0 : tls_refuse(error, "client_ca_file", c->client_ca_file);
}

/*
 * Limit of a certificate that is not verified. OpenSSL keeps the client's certificate for as long as
 * the connection is open, and needs 13 times its size. A certificate with the signature of FIPS 204
 * has 7500 bytes.
 */
#define UNVERIFIED_BYTES_MAX 8192

/*
 * Frees the certificates that the client has sent in addition to its own. OpenSSL would keep them
 * until the connection ends, 400 KiB for 30 KiB in the handshake. It still keeps those of a verified
 * chain, which lead to a trusted CA.
 */
static void forget_issuers(X509_STORE_CTX *store)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store); /* first the client's own */

	while (sk_X509_num(sent) > 1)
		X509_free(sk_X509_pop(sent));
}

/*
 * A callback of SSL_CTX_set_cert_verify_callback(3), for certificates that are requested, but not
 * verified. A callback of SSL_CTX_set_verify(3) would run after OpenSSL has verified the chain.
 * With keys that a hostile client had chosen, that took 0.4 s.
 */
static int any_certificate_cb(X509_STORE_CTX *store, void *context)
{
	(void)context;
	forget_issuers(store);
	if (i2d_X509(X509_STORE_CTX_get0_cert(store), NULL) <= UNVERIFIED_BYTES_MAX)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static int verified_certificate_cb(X509_STORE_CTX *store, void *context)
{
	int r = X509_verify_cert(store);

	(void)context;
	forget_issuers(store);
	return r;
}

static int load_client_cas(SSL_CTX *tls, const struct web_config *c, char *error)
{
	static const int modes[] = {
		[WEB_NO_CLIENT_CERT] = SSL_VERIFY_NONE,
		[WEB_REQUEST_CLIENT_CERT] = SSL_VERIFY_PEER,
		[WEB_REQUIRE_ANY_CLIENT_CERT] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		[WEB_VERIFY_CLIENT_CERT_IF_GIVEN] = SSL_VERIFY_PEER,
		[WEB_REQUIRE_AND_VERIFY_CLIENT_CERT] =
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	};

	bool verified = c->client_auth != WEB_REQUEST_CLIENT_CERT &&
			c->client_auth != WEB_REQUIRE_ANY_CLIENT_CERT;

	SSL_CTX_set_verify(tls, modes[c->client_auth], NULL);
	SSL_CTX_set_cert_verify_callback(
		tls, verified ? verified_certificate_cb : any_certificate_cb, NULL);
	if (!c->client_ca_file)
		return 0;
	/* As in Go, each certificate in the file is trusted, including intermediate
	 * certificates. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls), X509_V_FLAG_PARTIAL_CHAIN);
	return trust_clients(tls, c, error);
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
			return tls_refuse(error, "cipher_suites: unknown name", name);
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
		return tls_refuse(error, "the default suites", NULL);
	if (!list)
		return 0;
	tls12 = malloc(strlen(list) + 1);
	tls13 = malloc(strlen(list) + 1);
	r = tls12 && tls13 ? split_suites(list, tls12, tls13, error) : -ENOMEM;
	if (!r && ((*tls12 && SSL_CTX_set_cipher_list(tls, tls12) != 1) ||
			  (*tls13 && SSL_CTX_set_ciphersuites(tls, tls13) != 1)))
		r = tls_refuse(error, "cipher_suites", NULL);
	return r;
}

/* Sets the sum (xor) of the digests, because the order of the certificates says nothing. */
static void digest_client_cas(SSL_CTX *tls, uint8_t sum[SHA256_DIGEST_LENGTH])
{
	const STACK_OF(X509_OBJECT) *list = X509_STORE_get0_objects(SSL_CTX_get_cert_store(tls));
	uint8_t digest[SHA256_DIGEST_LENGTH];

	memset(sum, 0, SHA256_DIGEST_LENGTH);
	for (int i = 0; i < sk_X509_OBJECT_num(list); i++) {
		const X509_OBJECT *object = sk_X509_OBJECT_value(list, i);

		if (X509_OBJECT_get_type(object) == X509_LU_X509)
			X509_digest(X509_OBJECT_get0_X509(object), EVP_sha256(), digest, NULL);
		else
			X509_CRL_digest(X509_OBJECT_get0_X509_CRL((X509_OBJECT *)object),
				EVP_sha256(), digest, NULL);
		for (size_t byte = 0; byte < sizeof(digest); byte++)
			sum[byte] ^= digest[byte];
	}
}

bool web_tls_same_client_cas(SSL_CTX *a, SSL_CTX *b)
{
	uint8_t one[SHA256_DIGEST_LENGTH], other[SHA256_DIGEST_LENGTH];

	digest_client_cas(a, one);
	digest_client_cas(b, other);
	return memcmp(one, other, sizeof(one)) == 0;
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
	return tls_refuse(error, "the default curves", NULL);
}

static int set_curves(SSL_CTX *tls, const char *list, char *error)
{
	if (!list)
		return set_default_curves(tls, error);
	return SSL_CTX_set1_groups_list(tls, list) == 1
		       ? 0
		       : tls_refuse(error, "curve_preferences", NULL);
}

static int set_parameters(SSL_CTX *tls, const struct web_config *c, char *error)
{
	uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
			   /* HTTP's syntax shows whether a request is complete. */
			   SSL_OP_IGNORE_UNEXPECTED_EOF;
	int r;

	if (c->server_preference)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
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
		tls_refuse(error, "cannot use OpenSSL", NULL);
		return -ENOMEM;
	}
	r = set_parameters(context, config, error);
	if (!r)
		r = load_chain(context, config, error);
	if (!r)
		r = load_key(context, config, error);
	if (!r)
		r = load_client_cas(context, config, error);
	ERR_clear_error();
	if (r)
		SSL_CTX_free(context);
	else
		*tls = context;
	return r;
}
