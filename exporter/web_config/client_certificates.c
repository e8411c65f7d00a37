/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/client_certificates.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "common/array.h"
#include "web_config/pem.h"

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

/* Trusts the certificates of a file. Returns false if the file has none. */
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
		count += info->x509 ? 1 : 0;
	}
	if (count == 0 && !ERR_peek_error())
		ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_FOUND);
	return valid && count > 0;
}

static bool has_revocation_list(const STACK_OF(X509_INFO) * list)
{
	for (int i = 0; i < sk_X509_INFO_num(list); i++)
		if (sk_X509_INFO_value(list, i)->crl)
			return true;
	return false;
}

/* Refuses revocation lists, which would have no effect: Go does not read them either. */
static int trust_clients(SSL_CTX *tls, const struct web_config *c, char *error)
{
	BIO *pem = web_pem_open("client_ca_file", c->client_ca_file, error);
	STACK_OF(X509_INFO) * list;
	bool revokes, valid;

	if (!pem)
		return -EINVAL;
	list = PEM_X509_INFO_read_bio(pem, NULL, web_pem_no_password_cb, NULL);
	revokes = has_revocation_list(list);
	valid = !revokes && trust_all(tls, list);
	sk_X509_INFO_pop_free(list, X509_INFO_free);
	BIO_free(pem);
	if (revokes)
		return web_tls_refuse(error,
			"client_ca_file: revocation lists are not supported, see client_allowed_sans",
			c->client_ca_file);
	return valid ? 0 : web_tls_refuse(error, "client_ca_file", c->client_ca_file);
}

/*
 * Maximum size of a certificate that is not verified. OpenSSL keeps the client's certificate for as
 * long as the connection is open, and needs 13 to 20 times its size. A certificate with the signature of
 * FIPS 204 has 7500 bytes.
 */
#define UNVERIFIED_BYTES_MAX 8192

/*
 * Maximum number of certificates in a chain. OpenSSL needs 0.15 ms to read one, mostly for its
 * public key. 32 KiB of certificates, each as short as possible, took 44 ms. Chains have three or
 * four.
 */
#define CHAIN_MAX 20

/* Returns the position after the vector at `at`, whose length has `bytes` bytes, or `size`. */
static size_t skip_vector(const uint8_t *message, size_t size, size_t at, size_t bytes)
{
	size_t length = 0;

	if (size - at < bytes)
		return size;
	for (size_t i = 0; i < bytes; i++)
		length = length << 8 | message[at + i];
	at += bytes;
	return size - at < length ? size : at + length;
}

/* The bytes of a key on a curve of NIST, from the curve to the type of the point: both coordinates. */
static bool is_usual_point(const uint8_t *key, size_t size)
{
	static const struct {
		size_t size;
		const char *bytes;
	} usual[] = {
		{11, "\x06\x05\x2b\x81\x04\x00\x21\x03\x3a\x00\x04"},             /* P-224 */
		{14, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"}, /* P-256 */
		{11, "\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04"},             /* P-384 */
		{12, "\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00\x04"},         /* P-521 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (size >= usual[i].size && memcmp(key, usual[i].bytes, usual[i].size) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a public key on an elliptic curve has another form than those that Go accepts. OpenSSL
 * computes the point of each key before it verifies anything. For a point with one coordinate, it
 * needs a square root. This took 0.8 ms on a curve that OpenSSL knows, and 170 ms with parameters
 * of a curve that a hostile client had chosen (RFC 5480 2.1.1 forbids parameters).
 */
static bool has_unusual_key(const uint8_t *message, size_t size)
{
	static const uint8_t elliptic[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01},
			     sm2[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
	const uint8_t *end = message + size, *key = message;

	if (memmem(message, size, sm2, sizeof(sm2)))
		return true;
	while ((key = memmem(key, (size_t)(end - key), elliptic, sizeof(elliptic)))) {
		key += sizeof(elliptic);
		if (!is_usual_point(key, (size_t)(end - key)))
			return true;
	}
	return false;
}

bool client_certificates_are_costly(const uint8_t *message, size_t size, bool tls13)
{
	size_t at = tls13 ? 8 : 7, count = 0; /* TLS 1.3 has a context, which is empty */

	if (size < at || message[0] != SSL3_MT_CERTIFICATE)
		return false;
	for (; at < size; count++) {
		at = skip_vector(message, size, at, 3);
		if (tls13) /* extensions of the certificate */
			at = skip_vector(message, size, at, 2);
	}
	return count > CHAIN_MAX || has_unusual_key(message, size);
}

/*
 * Frees the certificates that the client has sent in addition to its own. OpenSSL would keep them
 * until the connection ends: 30 KiB in the handshake would use 400 KiB. OpenSSL still keeps the
 * certificates of a verified chain.
 */
static void forget_issuers(X509_STORE_CTX *store)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store); /* first the client's own */

	while (sk_X509_num(sent) > 1)
		X509_free(sk_X509_pop(sent));
}

/*
 * Maximum size of an RSA key's public exponent, as in Go. All programs choose 65537. The client's
 * signature with an exponent of 3000 bits took 6 ms to verify.
 */
#define EXPONENT_BITS_MAX 31

static bool has_large_exponent(X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate); /* NULL if OpenSSL cannot read it */
	BIGNUM *exponent = NULL;                             /* keys of other kinds have none */
	int bits = 0;

	ERR_set_mark();
	if (key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent))
		bits = BN_num_bits(exponent);
	ERR_pop_to_mark();
	BN_free(exponent);
	return bits > EXPONENT_BITS_MAX;
}

/*
 * A callback of SSL_CTX_set_cert_verify_callback(3), for certificates that are requested, but not
 * verified. A callback of SSL_CTX_set_verify(3) would run after OpenSSL has verified the chain.
 * With keys that a hostile client had chosen, this verification took 0.4 s.
 */
static int any_certificate_cb(X509_STORE_CTX *store, void *context)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(store);

	(void)context;
	forget_issuers(store);
	if (i2d_X509(certificate, NULL) <= UNVERIFIED_BYTES_MAX && !has_large_exponent(certificate))
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

int client_certificates_set(
	SSL_CTX *tls, const struct web_config *config, char error[WEB_ERROR_SIZE])
{
	static const int modes[] = {
		[WEB_NO_CLIENT_CERT] = SSL_VERIFY_NONE,
		[WEB_REQUEST_CLIENT_CERT] = SSL_VERIFY_PEER,
		[WEB_REQUIRE_ANY_CLIENT_CERT] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		[WEB_VERIFY_CLIENT_CERT_IF_GIVEN] = SSL_VERIFY_PEER,
		[WEB_REQUIRE_AND_VERIFY_CLIENT_CERT] =
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	};
	bool verified = config->client_auth != WEB_REQUEST_CLIENT_CERT &&
			config->client_auth != WEB_REQUIRE_ANY_CLIENT_CERT;

	SSL_CTX_set_verify(tls, modes[config->client_auth], NULL);
	SSL_CTX_set_cert_verify_callback(
		tls, verified ? verified_certificate_cb : any_certificate_cb, NULL);
	if (!config->client_ca_file)
		return 0;
	/* As in Go, each certificate in the file is trusted, including intermediate
	 * certificates. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls), X509_V_FLAG_PARTIAL_CHAIN);
	return trust_clients(tls, config, error);
}

/* Sets `sum` to the xor of the digests, which does not depend on the order of the certificates. */
static void digest_client_cas(SSL_CTX *tls, uint8_t sum[SHA256_DIGEST_LENGTH])
{
	const STACK_OF(X509_OBJECT) *list = X509_STORE_get0_objects(SSL_CTX_get_cert_store(tls));
	uint8_t digest[SHA256_DIGEST_LENGTH];

	memset(sum, 0, SHA256_DIGEST_LENGTH);
	for (int i = 0; i < sk_X509_OBJECT_num(list); i++) {
		X509_digest(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(list, i)), EVP_sha256(),
			digest, NULL);
		for (size_t byte = 0; byte < sizeof(digest); byte++)
			sum[byte] ^= digest[byte];
	}
}

bool client_certificates_same_cas(SSL_CTX *a, SSL_CTX *b)
{
	uint8_t one[SHA256_DIGEST_LENGTH], other[SHA256_DIGEST_LENGTH];

	digest_client_cas(a, one);
	digest_client_cas(b, other);
	return memcmp(one, other, sizeof(one)) == 0;
}
