/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A TLS client that floods the server with messages that contain no request.
 *
 * tls_flood PORT key_update        TLS 1.3: KeyUpdate messages
 * tls_flood PORT renegotiation     TLS 1.2: ClientHello messages
 * tls_flood PORT warning           TLS 1.2: alerts, and parts of a handshake message between them
 * tls_flood PORT fragments         TLS 1.2: one long ClientHello, one byte per record
 * tls_flood PORT empty             TLS 1.2: records without data
 *
 * The client completes its handshake and sends as fast as the server reads. When the server closes
 * the connection, the client reconnects. It prints "connected" for each connection. OpenSSL cannot
 * send the last four kinds of messages, so this program encrypts their records itself (RFC 5246
 * 6.2.3.3).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALERT = 21, HANDSHAKE = 22, DATA = 23 };
enum { KEY = 16, SALT = 4, NONCE = 8, TAG = 16, HEADER = 5 };
enum { BATCH = 64 << 10, HELLO_BODY = 34 + 1 + 4 + 2 };

/* The client's direction of a connection with TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256. */
struct writer {
	int fd;
	uint8_t key[KEY], salt[SALT];
	uint64_t sequence;
	uint8_t batch[BATCH];
	size_t size;
};

static void need(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tls_flood: %s failed\n", what);
	exit(1);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	return fd;
}

/* RFC 5246 6.3: key_block has the client's key, the server's key, and both salts in this order. */
static void derive(struct writer *w, SSL *ssl)
{
	uint8_t master[48], seed[13 + 32 + 32] = "key expansion", block[2 * (KEY + SALT)];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, sizeof(master)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed)),
		OSSL_PARAM_construct_end(),
	};

	SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof(master));
	SSL_get_server_random(ssl, seed + 13, 32);
	SSL_get_client_random(ssl, seed + 13 + 32, 32);
	need(EVP_KDF_derive(context, block, sizeof(block), parameters) == 1, "the key block");
	memcpy(w->key, block, KEY);
	memcpy(w->salt, block + 2 * KEY, SALT);
	w->sequence = 1; /* the Finished message had number 0 */
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

/* Sends the batch. Returns false if the server accepts no more data. */
static bool flush(struct writer *w)
{
	size_t done = 0;

	while (done < w->size) {
		ssize_t r = send(w->fd, w->batch + done, w->size - done, MSG_NOSIGNAL);

		if (r <= 0)
			return false;
		done += (size_t)r;
	}
	w->size = 0;
	return true;
}

/* The nonce is the salt and the sequence number. The record also has that number in clear (RFC
 * 5288). */
static bool record(struct writer *w, uint8_t type, const uint8_t *data, size_t size)
{
	uint8_t *at = w->batch + w->size, iv[SALT + NONCE], aad[13];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length;

	memcpy(iv, w->salt, SALT);
	put(iv + SALT, w->sequence, NONCE);
	put(aad, w->sequence++, 8);
	aad[8] = at[0] = type;
	put(aad + 9, 0x0303, 2);
	put(aad + 11, size, 2);
	put(at + 1, 0x0303, 2);
	put(at + 3, NONCE + size + TAG, 2);
	memcpy(at + HEADER, iv + SALT, NONCE);
	EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, w->key, iv);
	EVP_EncryptUpdate(context, NULL, &length, aad, sizeof(aad));
	EVP_EncryptUpdate(context, at + HEADER + NONCE, &length, data, (int)size);
	EVP_EncryptFinal_ex(context, at + HEADER + NONCE + size, &length);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, at + HEADER + NONCE + size);
	EVP_CIPHER_CTX_free(context);
	w->size += HEADER + NONCE + size + TAG;
	return w->size < BATCH - 1000 || flush(w);
}

/* Makes a ClientHello with one cipher suite. Its header announces `size` bytes (RFC 5246
 * 7.4.1.2). */
static void hello(uint8_t message[4 + HELLO_BODY], size_t size)
{
	memset(message, 0, 4 + HELLO_BODY);
	message[0] = 1;
	put(message + 1, size, 3);
	put(message + 4, 0x0303, 2);
	message[4 + 35 + 1] = 2;
	put(message + 4 + 35 + 2, 0xc02b, 2);
	message[4 + 35 + 4] = 1;
}

static void renegotiation(struct writer *w)
{
	uint8_t message[4 + HELLO_BODY];

	hello(message, HELLO_BODY);
	while (record(w, HANDSHAKE, message, sizeof(message)))
		;
}

static void fragments(struct writer *w)
{
	uint8_t message[4 + HELLO_BODY];

	hello(message, 16384);
	for (size_t i = 0; record(w, HANDSHAKE, message + (i < 4 ? i : 4), 1); i++)
		;
}

/* OpenSSL limits consecutive warnings. A non-empty record of another kind resets its count. */
static void warning(struct writer *w)
{
	static const uint8_t alert[] = {1, 90}; /* user_canceled */
	uint8_t message[4 + HELLO_BODY];

	hello(message, 16384);
	for (size_t i = 0; record(w, HANDSHAKE, message + (i < 4 ? i : 4), 1); i++)
		if (!record(w, ALERT, alert, sizeof(alert)))
			return;
}

static void empty(struct writer *w)
{
	while (record(w, DATA, (const uint8_t *)"", 0))
		;
}

static void key_updates(SSL *ssl)
{
	while (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
		;
}

static const struct {
	const char *name;
	void (*flood)(struct writer *w); /* NULL: key updates */
} kinds[] = {
	{"key_update", NULL},
	{"renegotiation", renegotiation},
	{"warning", warning},
	{"fragments", fragments},
	{"empty", empty},
};

static void flood(SSL_CTX *tls, uint16_t port, void (*send_all)(struct writer *w))
{
	static struct writer w;
	SSL *ssl = SSL_new(tls);

	w = (struct writer){.fd = connect_to(port)};
	SSL_set_fd(ssl, w.fd);
	if (SSL_connect(ssl) == 1) {
		puts("connected");
		fflush(stdout);
		if (send_all) {
			derive(&w, ssl);
			send_all(&w);
		} else {
			key_updates(ssl);
		}
	}
	SSL_free(ssl);
	close(w.fd);
}

int main(int argc, char *argv[])
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	size_t kind = 0;

	need(argc == 3, "reading PORT KIND");
	while (kind < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[kind].name, argv[2]) != 0)
		kind++;
	need(kind < sizeof(kinds) / sizeof(kinds[0]), "reading KIND");
	signal(SIGPIPE, SIG_IGN);
	if (kinds[kind].flood) {
		SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
		need(SSL_CTX_set_cipher_list(tls, "ECDHE-ECDSA-AES128-GCM-SHA256"), "the suite");
	}
	for (;;)
		flood(tls, (uint16_t)atoi(argv[1]), kinds[kind].flood);
}
