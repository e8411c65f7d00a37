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

#include "common/array.h"
#include "common/clock.h"
#include "web_config/buffer_memory.h"
#include "web_config/client_certificates.h"

/*
 * In a turn of the event loop, a connection reads and writes at most 16 records. OpenSSL reads a
 * record in two parts, and writes it in one. Reading 16 key updates takes about a millisecond. 16
 * records have HTTP_WRITE_BYTES.
 */
#define READS_IN_A_TURN 32
#define WRITES_IN_A_TURN 16

/*
 * Maximum number of handshake messages after the handshake. Clients need none: key updates are due
 * after 2^24 records (RFC 8446 5.5), and renegotiation is refused.
 */
#define LATE_MESSAGES_MAX 8

/*
 * Maximum number of bytes read until the handshake is complete. OpenSSL would store up to 128 KiB
 * of ClientHello and 100 KiB of certificates. Clients send a few KiB, even with the signatures of
 * FIPS 204.
 */
#define HANDSHAKE_BYTES_MAX (32u << 10)

/*
 * Maximum sizes of extensions of a ClientHello.
 *
 * - OpenSSL compares each public key with each group. This took 65 ms for the longest lists. Clients
 *   send ten or twenty groups, of 2 bytes each.
 * - As long as the connection is open, OpenSSL keeps the names of the server's authorities and of
 *   OCSP responders, as structures with 50 times their size: 1.5 MiB for the longest lists. Most
 *   clients send no name.
 */
static const struct {
	unsigned extension;
	size_t bytes;
} hello_limits[] = {
	{TLSEXT_TYPE_supported_groups, 256},
	{TLSEXT_TYPE_certificate_authorities, 1024},
	{TLSEXT_TYPE_status_request, 1024},
};

struct tls_stream {
	struct http_guard *guard;
	unsigned reads, writes; /* since the last deferral */
	unsigned late_messages;
	size_t handshake_bytes; /* read before the handshake was complete */
	bool complete;          /* the handshake is complete */
	bool costly;            /* the client's certificates were refused unread */
	bool plain;             /* the client has sent an HTTP request without TLS */
	uint64_t step_us;       /* CPU time at the start of the current step, or 0 */
};

/*
 * A callback of SSL_CTX_set_info_callback(3), which measures the steps of a handshake. A step is
 * the work between two waits for the client. Messages after the handshake are not steps. Otherwise
 * one client could use all CPU time of handshakes.
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

/*
 * Makes a message invalid before OpenSSL reads its contents, in OpenSSL's own buffer. The first byte
 * of the contents is the length of an empty context, or the first byte of another length. OpenSSL
 * has no callback that could refuse a Certificate message.
 */
static void invalidate(const void *message)
{
	((uint8_t *)(uintptr_t)message)[SSL3_HM_HEADER_LENGTH] = UINT8_MAX;
}

/*
 * A callback of SSL_CTX_set_msg_callback(3). Counts handshake messages after the handshake, and
 * refuses costly certificates.
 */
static void message_cb(
	int sent, int version, int type, const void *message, size_t size, SSL *ssl, void *context)
{
	struct tls_stream *s = SSL_get_app_data(ssl);

	(void)context;
	if (sent || type != SSL3_RT_HANDSHAKE)
		return;
	s->late_messages += s->complete;
	if (client_certificates_are_costly(message, size, version == TLS1_3_VERSION)) {
		s->costly = true;
		invalidate(message);
	}
}

/* A callback of SSL_CTX_set_client_hello_cb(3). Refuses extensions that are too long. */
static int hello_cb(SSL *ssl, int *alert, void *context)
{
	const unsigned char *data;
	size_t size;

	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(hello_limits); i++) {
		if (SSL_client_hello_get0_ext(ssl, hello_limits[i].extension, &data, &size) != 1 ||
			size <= hello_limits[i].bytes)
			continue;
		*alert = SSL_AD_ILLEGAL_PARAMETER;
		return SSL_CLIENT_HELLO_ERROR;
	}
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Whether the peer has sent more than a client needs, including the next `size` bytes. */
static bool is_excessive(const struct tls_stream *s, size_t size)
{
	return s->late_messages > LATE_MESSAGES_MAX ||
	       (!s->complete && s->handshake_bytes + size > HANDSHAKE_BYTES_MAX);
}

/*
 * Whether the bytes start with a method of HTTP and a space. A TLS record does not start with a
 * letter (RFC 8446 5.1). OpenSSL recognizes only five methods.
 */
static bool is_http(const char *bytes, size_t size)
{
	size_t letters = 0;

	while (letters < size && isalpha((unsigned char)bytes[letters]))
		letters++;
	return letters > 0 && (letters == size || bytes[letters] == ' ');
}

/*
 * Whether a read is allowed. A step of a handshake starts with a read, so a refusal defers the
 * step.
 */
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
 * A callback of BIO_set_callback_ex(3). OpenSSL calls it before and after each read(2) and
 * write(2). If the callback returns less than 1 before the system call, OpenSSL does not make the
 * call. With the retry flag, OpenSSL returns to libevent as if the socket were not ready. libevent
 * continues in the next turn.
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
	buffer_memory_init();
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
	SSL *ssl = buffer_memory_reserve() < 0 ? NULL : ssl_new(tls, fd);
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

	/* Sends close_notify (RFC 8446 6.1) immediately, and does not wait for the peer's. */
	s->writes = 0;
	SSL_shutdown(ssl);
	ERR_clear_error();
}

/* Frees the SSL separately, because BEV_OPT_CLOSE_ON_FREE would also close the descriptor. */
void web_tls_stream_free(struct bufferevent *stream)
{
	SSL *ssl = bufferevent_openssl_get_ssl(stream);

	bufferevent_free(stream);
	ssl_free(ssl);
}

enum http_refusal web_tls_stream_refusal(struct bufferevent *stream)
{
	struct tls_stream *s = SSL_get_app_data(bufferevent_openssl_get_ssl(stream));
	enum http_refusal refusal = s->plain    ? HTTP_REFUSED_PLAIN
				    : s->costly ? HTTP_REFUSED_CERTIFICATE
						: HTTP_REFUSED_HANDSHAKE;
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
