/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* If a call fails, or a file is damaged, there is no TLS context and no TLS stream. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <event2/event.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "support/failing_calls.h"
#include "web_config/module.h"
#include "web_config/tls.h"
#include "web_config/tls_stream.h"

#define AES_12 "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define AES_13 "TLS_AES_128_GCM_SHA256"

FAILING_CALL(void *, NULL, calloc, (size_t count, size_t size), (count, size))
FAILING_CALL(void *, NULL, malloc, (size_t size), (size))
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

static void succeed(void)
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

	succeed();
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
	succeed();
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

static unsigned streams_without_memory(SSL_CTX *tls, struct event_base *base, int fd, unsigned at)
{
	struct bufferevent *stream;

	failing_calls_set("malloc", at, ENOMEM);
	stream = web_tls_stream_new(tls, base, fd);
	if (stream)
		web_tls_stream_free(stream);
	return failing_call.failed;
}

/* libevent 2.1 crashed if there was no memory for the stream's buffers. */
Test(tls, makes_no_stream_without_memory)
{
	struct event_base *base = event_base_new();
	struct http_guard guard = {0};
	unsigned at = 1;
	SSL_CTX *tls;
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	cr_assert_eq(web_tls_new(&tls, &config, error), 0);
	web_tls_streams_init(tls, &guard);
	while (streams_without_memory(tls, base, fds[0], at))
		at++;
	cr_assert_gt(at, 4, "%u allocations", at);
	cr_assert(streams_without_memory(tls, base, fds[0], 0));
	SSL_CTX_free(tls);
	event_base_free(base);
}

Test(tls, says_that_there_is_no_memory)
{
	struct http_guard *guard;

	log_init("rexmit-exporter", LOG_LEVEL_INFO);
	cr_redirect_stderr();
	failing_calls_set("calloc", 1, ENOMEM);
	cr_assert_eq(rexmit_web_config_open(&guard, "web.yml", NULL, SANDBOX_OFF), -ENOMEM);
	fflush(stderr);
	cr_assert_stderr_eq_str("rexmit-exporter: web.yml: Cannot allocate memory\n");
}
