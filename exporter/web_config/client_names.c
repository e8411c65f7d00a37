/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/client_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whether the list has the name. Bytes are compared, as in exporter-toolkit. A name in a
 * certificate may contain a NUL. Such a name equals no name of the list, because `size` includes
 * the NUL.
 */
static bool is_listed(const char *names, const char *name, size_t size)
{
	size_t length;

	for (; *names; names += length + (names[length] == '\n')) {
		length = strcspn(names, "\n");
		if (length == size && memcmp(names, name, size) == 0)
			return true;
	}
	return false;
}

static bool is_address_listed(const char *names, const ASN1_OCTET_STRING *address)
{
	int length = ASN1_STRING_length(address);
	char text[INET6_ADDRSTRLEN];

	if (length != 4 && length != 16)
		return false;
	inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text,
		sizeof(text));
	return is_listed(names, text, strlen(text));
}

static bool is_name_listed(const char *names, const GENERAL_NAME *name)
{
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);

	switch (type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		return is_listed(names, (const char *)ASN1_STRING_get0_data(value),
			(size_t)ASN1_STRING_length(value));
	case GEN_IPADD:
		return is_address_listed(names, value);
	default:
		return false;
	}
}

static bool has_listed_name(const char *names, X509 *certificate)
{
	GENERAL_NAMES *found = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool has = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) /* -1 if there are none */
		has |= is_name_listed(names, sk_GENERAL_NAME_value(found, i));
	GENERAL_NAMES_free(found);
	return has;
}

static void free_names_cb(
	void *parent, void *names, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	(void)parent, (void)data, (void)index, (void)argl, (void)argp;
	free(names);
}

/* Each SSL_CTX has a copy of the names, because the SSL_CTX may outlive the configuration. */
static int names_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_names_cb);
	return index;
}

/* OpenSSL calls this for each certificate of the chain. The client's certificate has depth 0. */
static int verify_cb(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const char *names = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), names_index());

	if (!ok || X509_STORE_CTX_get_error_depth(store) > 0)
		return ok;
	if (has_listed_name(names, X509_STORE_CTX_get_current_cert(store)))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

int client_names_require(SSL_CTX *tls, const char *names)
{
	char *copy = strdup(names);

	if (!copy || names_index() < 0 || SSL_CTX_set_ex_data(tls, names_index(), copy) != 1) {
		free(copy);
		return -ENOMEM;
	}
	SSL_CTX_set_verify(tls, SSL_CTX_get_verify_mode(tls), verify_cb);
	return 0;
}
