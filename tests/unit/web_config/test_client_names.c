/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which subject alternative names of a trusted client certificate client_allowed_sans accepts. */
#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "web_config/client_names.h"

#define LISTED "prometheus.example.org\n192.0.2.9\n2001:db8::9"
#define ADDRESS_6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"

static EVP_PKEY *key;
static GENERAL_NAMES *names;

static void setup(void)
{
	key = EVP_EC_gen("P-256");
	names = sk_GENERAL_NAME_new_null();
	cr_assert(key && names);
}

static void teardown(void)
{
	GENERAL_NAMES_free(names);
	EVP_PKEY_free(key);
}

TestSuite(client_names, .init = setup, .fini = teardown);

static void add_name(int type, void *value)
{
	GENERAL_NAME *name = GENERAL_NAME_new();

	cr_assert(name && value);
	GENERAL_NAME_set0_value(name, type, value);
	cr_assert_gt(sk_GENERAL_NAME_push(names, name), 0);
}

static void add_text(int type, const char *text)
{
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	cr_assert_eq(ASN1_STRING_set(value, text, -1), 1);
	add_name(type, value);
}

static void add_address(const char *bytes, int size)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	cr_assert_eq(ASN1_OCTET_STRING_set(value, (const unsigned char *)bytes, size), 1);
	add_name(GEN_IPADD, value);
}

/* The name of a user, as Microsoft's certificates have it. */
static void add_user_name(const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *string = ASN1_UTF8STRING_new();

	cr_assert(name && value && ASN1_STRING_set(string, text, -1) == 1);
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, string);
	cr_assert_eq(GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_ms_upn), value), 1);
	cr_assert_gt(sk_GENERAL_NAME_push(names, name), 0);
}

static void add_directory_name(const char *text)
{
	X509_NAME *name = X509_NAME_new();

	cr_assert_eq(X509_NAME_add_entry_by_txt(
			     name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0),
		1);
	add_name(GEN_DIRNAME, name);
}

/* Signs a certificate that has the names. */
static X509 *certificate_make(void)
{
	X509 *certificate = X509_new();

	cr_assert(X509_set_version(certificate, X509_VERSION_3) == 1 &&
		  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
		  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) &&
		  X509_set_pubkey(certificate, key) == 1);
	cr_assert_eq(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), 1);
	cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	return certificate;
}

static SSL *end_make(const SSL_METHOD *method, X509 *certificate)
{
	SSL_CTX *tls = SSL_CTX_new(method);
	SSL *ssl;

	cr_assert(tls && SSL_CTX_use_certificate(tls, certificate) == 1 &&
		  SSL_CTX_use_PrivateKey(tls, key) == 1);
	if (method == TLS_server_method()) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), certificate);
		SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		cr_assert_eq(client_names_require(tls, LISTED), 0);
	}
	ssl = SSL_new(tls);
	SSL_CTX_free(tls);
	return ssl;
}

/* Whether a server that trusts the certificate completes the handshake of a client that has it. */
static bool is_accepted(void)
{
	X509 *certificate = certificate_make();
	SSL *server = end_make(TLS_server_method(), certificate),
	    *client = end_make(TLS_client_method(), certificate);
	BIO *to_server, *to_client;
	bool accepted;

	cr_assert_eq(BIO_new_bio_pair(&to_server, 0, &to_client, 0), 1);
	SSL_set_bio(server, to_client, to_client);
	SSL_set_bio(client, to_server, to_server);
	for (int i = 0; i < 4; i++) {
		SSL_connect(client);
		SSL_accept(server);
	}
	accepted = SSL_is_init_finished(server) == 1;
	cr_assert_eq(SSL_get_verify_result(server),
		accepted ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
	SSL_free(server);
	SSL_free(client);
	X509_free(certificate);
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	names = sk_GENERAL_NAME_new_null();
	return accepted;
}

Test(client_names, accepts_listed_names)
{
	add_text(GEN_DNS, "prometheus.example.org");
	cr_assert(is_accepted());
	add_address("\xc0\0\x02\x09", 4);
	cr_assert(is_accepted());
	add_address(ADDRESS_6, 16);
	cr_assert(is_accepted());
}

Test(client_names, refuses_names_that_are_not_listed)
{
	cr_assert_not(is_accepted(), "no names");
	add_text(GEN_DNS, "prometheus.example.or");
	cr_assert_not(is_accepted());
	add_address("\xc0\0\x02\x0a", 4);
	cr_assert_not(is_accepted());
}

/* No kind of name that the list cannot contain equals a name of the list by its text. */
Test(client_names, ignores_other_kinds_of_names)
{
	add_user_name("prometheus.example.org");
	cr_assert_not(is_accepted(), "otherName");
	add_directory_name("prometheus.example.org");
	cr_assert_not(is_accepted(), "directoryName");
	add_name(GEN_RID, OBJ_txt2obj("1.2.3", 1));
	cr_assert_not(is_accepted(), "registeredID");
	add_user_name("prometheus");
	add_text(GEN_DNS, "prometheus.example.org");
	cr_assert(is_accepted(), "a listed name follows");
}

/* RFC 5280 4.2.1.6: an address has 4 or 16 bytes. */
Test(client_names, refuses_addresses_of_other_lengths)
{
	static const char bytes[] = "\xc0\0\x02\x09" ADDRESS_6;

	for (int size = 0; size <= 20; size++) {
		if (size == 4 || size == 16)
			continue;
		add_address(bytes, size);
		cr_assert_not(is_accepted(), "the start of an address, %d bytes", size);
		add_address(bytes + 20 - size, size);
		cr_assert_not(is_accepted(), "the end of an address, %d bytes", size);
	}
}
