/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* If a call of OpenSSL fails, or a file is damaged, there is no TLS context, and the error says which. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/failing_calls.h"
#include "web_config/tls.h"

#define AES_12 "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define AES_13 "TLS_AES_128_GCM_SHA256"

FAILING_CALL(SSL_CTX *, NULL, SSL_CTX_new, (const SSL_METHOD *method), (method))
FAILING_CALL(int, 0, SSL_CTX_set_cipher_list, (SSL_CTX * tls, const char *list), (tls, list))
FAILING_CALL(int, 0, SSL_CTX_set_ciphersuites, (SSL_CTX * tls, const char *list), (tls, list))
FAILING_CALL(BIO *, NULL, BIO_new_fp, (FILE * file, int close), (file, close))

/* Macros of OpenSSL call this. */
long __real_SSL_CTX_ctrl(SSL_CTX *tls, int command, long number, void *value);
REPLACED_CALL(long, SSL_CTX_ctrl, (SSL_CTX * tls, int command, long number, void *value))
{
	const char *name = command == SSL_CTRL_CHAIN_CERT        ? "chain"
			   : command == SSL_CTRL_SET_GROUPS_LIST ? "groups"
								 : "";

	return failing_calls_now(name) ? 0 : __real_SSL_CTX_ctrl(tls, command, number, value);
}

static char cert_file[] = "/tmp/rexmit-test-cert-XXXXXX",
	    key_file[] = "/tmp/rexmit-test-key-XXXXXX";
static char suites[] = AES_12 ":" AES_13;
static struct web_config config = {
	.tls = true,
	.cert_file = cert_file,
	.key_file = key_file,
	.min_minor = 2,
	.max_minor = 3,
	.cipher_suites = suites,
};
static char error[WEB_ERROR_SIZE];

static X509 *certificate_make(EVP_PKEY *key)
{
	X509 *certificate = X509_new();

	cr_assert(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
		  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) &&
		  X509_set_pubkey(certificate, key) == 1 &&
		  X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

/* Makes a chain of two certificates, and the key of the first one. */
static void setup(void)
{
	FILE *certs = fdopen(mkstemp(cert_file), "w"), *keys = fdopen(mkstemp(key_file), "w");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = certificate_make(key);

	cr_assert(PEM_write_PrivateKey(keys, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		  PEM_write_X509(certs, certificate) == 1 &&
		  PEM_write_X509(certs, certificate) == 1);
	cr_assert(fclose(certs) == 0 && fclose(keys) == 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void teardown(void)
{
	unlink(cert_file);
	unlink(key_file);
}

TestSuite(tls, .init = setup, .fini = teardown);

static void accept(void)
{
	SSL_CTX *tls;

	cr_assert_eq(web_tls_new(&tls, &config, error), 0, "%s", error);
	SSL_CTX_free(tls);
}

static void refuse(const char *start)
{
	SSL_CTX *tls;

	cr_assert_lt(web_tls_new(&tls, &config, error), 0, "%s", start);
	cr_assert_eq(strncmp(error, start, strlen(start)), 0, "%s", error);
}

static void refuse_call(const char *call, unsigned at, const char *start)
{
	failing_calls_set(call, at, ENOMEM);
	refuse(start);
	failing_calls_assert_made();
	failing_calls_set(NULL, 0, 0);
}

Test(tls, names_the_failed_step)
{
	unsigned fds = failing_calls_open_fds();

	accept();
	refuse_call("SSL_CTX_new", 1, "cannot use OpenSSL: ");
	refuse_call("groups", 0, "the default curves: ");
	refuse_call("SSL_CTX_set_cipher_list", 1, "the default suites: ");
	refuse_call("SSL_CTX_set_cipher_list", 2, "cipher_suites: ");
	refuse_call("SSL_CTX_set_ciphersuites", 1, "cipher_suites: ");
	refuse_call("BIO_new_fp", 1, "cert_file: ");
	refuse_call("BIO_new_fp", 2, "key_file: ");
	refuse_call("chain", 1, "cert_file: ");
	cr_assert_eq(failing_calls_open_fds(), fds, "a descriptor stays open");
}

/* The first list of curves needs OpenSSL 3.5. */
Test(tls, has_other_lists_of_curves)
{
	failing_calls_set("groups", 1, ENOMEM);
	accept();
	failing_calls_assert_made();
}

Test(tls, refuses_a_damaged_chain)
{
	FILE *file = fopen(cert_file, "a");

	cr_assert(
		fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", file) > 0);
	fclose(file);
	refuse("cert_file: ");
}
