/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/tls_stream.h"

#include <ctype.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "common/clock.h"

/*
 * OpenSSL reads a record in two parts, and writes it in one. So in a turn of the event loop a
 * connection reads at most 16 records, which takes about a millisecond if all are key updates. It
 * writes at most 16 records, which is HTTP_WRITE_BYTES.
 */
#define READS_IN_A_TURN 32
#define WRITES_IN_A_TURN 16

/*
 * Limit of the handshake messages that a client may send after its handshake. Clients need none: key
 * updates are due after 2^24 records (RFC 8446 5.5), and renegotiation is refused.
 */
#define LATE_MESSAGES_MAX 8

/*
 * Limit of the bytes read until the handshake is complete. OpenSSL keeps all of them, and would
 * accept 128 KiB of ClientHello and 100 KiB of certificates. Clients send a few KiB of each, even
 * with the signatures of FIPS 204.
 */
#define HANDSHAKE_BYTES_MAX (32u << 10)

/*
 * OpenSSL compares each public key in a ClientHello with each group that the ClientHello names. That
 * took 65 ms for the longest lists. Clients name ten or twenty groups, of 2 bytes each.
 */
#define GROUPS_BYTES_MAX 256

struct tls_stream {
	struct http_guard *guard;
	unsigned reads, writes; /* since the last deferral */
	unsigned late_messages;
	size_t handshake_bytes; /* read before the handshake was complete */
	bool complete;          /* the handshake is complete */
	bool plain;             /* the first bytes are those of an HTTP request without TLS */
	uint64_t step_us;       /* CPU time at the start of the current step, or 0 */
};

/*
 * SSL_CTX_set_info_callback(3). A step of a handshake is the work between two waits for the client.
 * Messages after the handshake are not steps: with them one client could use up the share of CPU
 * time that all handshakes have.
 */
static void step_cb(const SSL *ssl, int where, int value)
{
	struct tls_stream *s = SSL_get_app_data(ssl);

	(void)value;
	if (where & (SSL_CB_LOOP | SSL_CB_HANDSHAKE_START) && !s->complete && !s->step_us)
		s->step_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	if (where & SSL_CB_HANDSHAKE_DONE)
		s->complete = true;
	if (where & SSL_CB_EXIT && s->step_us) {
		s->guard->stepped_cb(
			s->guard->service, clock_us(CLOCK_PROCESS_CPUTIME_ID) - s->step_us);
		s->step_us = 0;
	}
}

/* SSL_CTX_set_msg_callback(3): counts handshake messages after the handshake. */
static void message_cb(
	int sent, int version, int type, const void *message, size_t size, SSL *ssl, void *context)
{
	struct tls_stream *s = SSL_get_app_data(ssl);

	(void)version, (void)message, (void)size, (void)context;
	if (!sent && type == SSL3_RT_HANDSHAKE && s->complete)
		s->late_messages++;
}

/* SSL_CTX_set_client_hello_cb(3): refuses too many groups. */
static int hello_cb(SSL *ssl, int *alert, void *context)
{
	const unsigned char *groups;
	size_t size;

	(void)context;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_groups, &groups, &size) != 1 ||
		size <= GROUPS_BYTES_MAX)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_ILLEGAL_PARAMETER;
	return SSL_CLIENT_HELLO_ERROR;
}

/* Whether the peer would send more than a client needs, if `size` more bytes were read. */
static bool is_excessive(const struct tls_stream *s, size_t size)
{
	return s->late_messages > LATE_MESSAGES_MAX ||
	       (!s->complete && s->handshake_bytes + size > HANDSHAKE_BYTES_MAX);
}

/*
 * Whether the bytes start with a method and a space. A TLS record starts with a byte that is no
 * letter (RFC 8446 5.1). OpenSSL itself recognizes only five methods.
 */
static bool is_http(const char *bytes, size_t size)
{
	size_t letters = 0;

	while (letters < size && isalpha((unsigned char)bytes[letters]))
		letters++;
	return letters > 0 && (letters == size || bytes[letters] == ' ');
}

/* A step starts with a read. So deferring the read defers the step, until its turn comes. */
static bool may_read(const struct tls_stream *s)
{
	return s->complete || s->step_us || s->guard->may_step_cb(s->guard->service);
}

static long before_read(BIO *bio, struct tls_stream *s, size_t size)
{
	if (is_excessive(s, size)) {
		BIO_clear_retry_flags(bio);
		errno = EPROTO;
		return -1;
	}
	if (may_read(s) && s->reads < READS_IN_A_TURN) {
		s->reads++;
		return 1;
	}
	s->reads = 0;
	BIO_set_retry_read(bio);
	return -1;
}

static void after_read(struct tls_stream *s, const char *data, size_t size)
{
	if (s->complete)
		return;
	if (s->handshake_bytes == 0)
		s->plain = is_http(data, size);
	s->handshake_bytes += size;
}

static long before_write(BIO *bio, struct tls_stream *s)
{
	if (s->writes < WRITES_IN_A_TURN) {
		s->writes++;
		return 1;
	}
	s->writes = 0;
	BIO_set_retry_write(bio);
	return -1;
}

/*
 * BIO_set_callback_ex(3): OpenSSL calls this before and after each read(2) and write(2). A result
 * below 1 before the system call replaces it. With the retry flag, OpenSSL returns to libevent as if
 * the socket were not ready. Because the socket is ready, libevent continues in the next turn.
 */
static long socket_cb(BIO *bio, int operation, const char *data, size_t size, int argi, long argl,
	int result, size_t *processed)
{
	struct tls_stream *s = (struct tls_stream *)BIO_get_callback_arg(bio);

	(void)argi, (void)argl;
	if (operation == BIO_CB_READ)
		return before_read(bio, s, size);
	if (operation == BIO_CB_WRITE)
		return before_write(bio, s);
	if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0)
		after_read(s, data, *processed);
	return result;
}

void web_tls_streams_init(SSL_CTX *tls, struct http_guard *guard)
{
	SSL_CTX_set_app_data(tls, guard);
	SSL_CTX_set_client_hello_cb(tls, hello_cb, NULL);
	SSL_CTX_set_info_callback(tls, step_cb);
	SSL_CTX_set_msg_callback(tls, message_cb);
}

static SSL *ssl_new(SSL_CTX *tls, int fd)
{
	struct tls_stream *s = calloc(1, sizeof(*s));
	SSL *ssl = s ? SSL_new(tls) : NULL;
	BIO *bio = ssl ? BIO_new_socket(fd, BIO_NOCLOSE) : NULL;

	if (!bio) {
		SSL_free(ssl);
		free(s);
		return NULL;
	}
	s->guard = SSL_CTX_get_app_data(tls);
	BIO_set_callback_ex(bio, socket_cb);
	BIO_set_callback_arg(bio, (char *)s);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, s);
	return ssl;
}

static void ssl_free(SSL *ssl)
{
	struct tls_stream *s = SSL_get_app_data(ssl);

	BIO_set_callback_ex(SSL_get_rbio(ssl), NULL);
	SSL_free(ssl);
	free(s);
	ERR_clear_error();
}

struct bufferevent *web_tls_stream_new(SSL_CTX *tls, struct event_base *base, int fd)
{
	SSL *ssl = ssl_new(tls, fd);
	struct bufferevent *stream;

	if (!ssl)
		return NULL;
	stream = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, 0);
	if (!stream)
		ssl_free(ssl);
	return stream;
}

void web_tls_stream_finish(struct bufferevent *stream)
{
	SSL *ssl = bufferevent_openssl_get_ssl(stream);
	struct tls_stream *s = SSL_get_app_data(ssl);

	/* close_notify (RFC 8446 6.1) is sent without deferral. The peer's is not awaited. */
	s->writes = 0;
	SSL_shutdown(ssl);
	ERR_clear_error();
}

/* bufferevent_free() would free the SSL only with a flag that also closes the descriptor. */
void web_tls_stream_free(struct bufferevent *stream)
{
	SSL *ssl = bufferevent_openssl_get_ssl(stream);

	bufferevent_free(stream);
	ssl_free(ssl);
}

enum http_refusal web_tls_stream_refusal(struct bufferevent *stream)
{
	struct tls_stream *s = SSL_get_app_data(bufferevent_openssl_get_ssl(stream));
	enum http_refusal refusal = s->plain ? HTTP_REFUSED_PLAIN : HTTP_REFUSED_HANDSHAKE;
	unsigned long code;

	while ((code = bufferevent_get_openssl_error(stream))) {
		switch (ERR_GET_REASON(code)) {
		case SSL_R_UNSUPPORTED_PROTOCOL:
		case SSL_R_VERSION_TOO_LOW:
			refusal = HTTP_REFUSED_VERSION;
			break;
		case SSL_R_CERTIFICATE_VERIFY_FAILED:
		case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
			refusal = HTTP_REFUSED_CERTIFICATE;
			break;
		default:
			break;
		}
	}
	return refusal;
}
