/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * talker PORT plain|tls SEED SECONDS
 *
 * Runs many clients. They make handshakes, requests, key updates, renegotiations, half closes and
 * resets, and send corrupted records. Order and speed are random. They depend only on the seed, not
 * on the server.
 *
 * The program prints how often it did each action, without actions that were not possible, such as a
 * key update before the handshake. It exits with 1 if an answer of the server is not HTTP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Fewer than the server's limit, so that it need not close connections of other clients. */
#define TALKS 40
#define WINDOW 512 /* number of steps at one speed */
#define ANSWER "HTTP/1.1 "

enum action {
	FLOW, /* send and receive some bytes, and continue the handshake */
	REQUEST,
	KEY_UPDATE,
	RENEGOTIATION,
	CLOSE_NOTIFY,
	HALF_CLOSE,
	RESET,
	CLOSE,
	CORRUPTION,
	INJECTION,
	ACTIONS,
};

static const struct {
	const char *name;
	unsigned weight;
} actions[ACTIONS] = {
	[FLOW] = {"flows", 300},
	[REQUEST] = {"requests", 40},
	[KEY_UPDATE] = {"key updates", 10},
	[RENEGOTIATION] = {"renegotiations", 10},
	[CLOSE_NOTIFY] = {"close notifies", 4},
	[HALF_CLOSE] = {"half closes", 4},
	[RESET] = {"resets", 4},
	[CLOSE] = {"closes", 4},
	[CORRUPTION] = {"corruptions", 6},
	[INJECTION] = {"injections", 2},
};

/* A connection. `out` has the bytes to send. */
struct talk {
	int fd;
	SSL *ssl; /* NULL: plain HTTP */
	BIO *in, *out;
	size_t heard; /* received bytes of answers */
};

/* One step. Its random choices are made before it starts, so the server cannot influence them. */
struct step {
	enum action action;
	unsigned talk, some, more;
};

static struct talk talks[TALKS];
static unsigned long done[ACTIONS], connections, handshakes, answers;
static uint64_t state;
static SSL_CTX *tls;
static uint16_t port;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "talker: %s failed\n", what);
	exit(1);
}

static void talk_begin(struct talk *t, unsigned some)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int one = 1, small = 4096;

	*t = (struct talk){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (some % 4 == 0)
		setsockopt(t->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	need(t->fd >= 0 && !connect(t->fd, (struct sockaddr *)&address, sizeof(address)),
		"connect");
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(t->fd, F_SETFL, O_NONBLOCK);
	connections++;
	t->out = BIO_new(BIO_s_mem());
	if (!tls)
		return;
	t->in = BIO_new(BIO_s_mem());
	t->ssl = SSL_new(tls);
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_connect_state(t->ssl);
	SSL_set_max_proto_version(t->ssl, some / 4 % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
}

static void talk_end(struct talk *t, bool reset)
{
	struct linger now = {1, 0};

	if (reset)
		setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (t->ssl)
		SSL_free(t->ssl);
	else
		BIO_free(t->out);
	close(t->fd);
	*t = (struct talk){.fd = -1};
}

static void hear(struct talk *t, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size && t->heard < strlen(ANSWER); i++)
		need(bytes[i] == ANSWER[t->heard++], "an HTTP answer");
	answers += size > 0;
}

static void talk_send(struct talk *t, size_t most)
{
	char *bytes, sink[4096];
	long size = BIO_get_mem_data(t->out, &bytes);
	ssize_t sent = send(t->fd, bytes, (size_t)size < most ? (size_t)size : most, MSG_NOSIGNAL);

	for (; sent > 0; sent -= (ssize_t)sizeof(sink))
		BIO_read(t->out, sink,
			(int)((size_t)sent < sizeof(sink) ? (size_t)sent : sizeof(sink)));
}

/* Returns whether the connection is still open. */
static bool talk_receive(struct talk *t, size_t most)
{
	static char bytes[65536];
	ssize_t size = recv(t->fd, bytes, most < sizeof(bytes) ? most : sizeof(bytes), 0);

	if (size == 0 || (size < 0 && errno != EAGAIN))
		return false;
	if (size > 0 && t->ssl)
		BIO_write(t->in, bytes, (int)size);
	else if (size > 0)
		hear(t, bytes, (size_t)size);
	return true;
}

static void talk_advance(struct talk *t)
{
	static char bytes[65536];
	bool before = SSL_is_init_finished(t->ssl);
	int size;

	ERR_clear_error();
	SSL_do_handshake(t->ssl);
	handshakes += !before && SSL_is_init_finished(t->ssl);
	while ((size = SSL_read(t->ssl, bytes, sizeof(bytes))) > 0)
		hear(t, bytes, (size_t)size);
}

/* The next functions return whether the action was possible. */
static bool request(struct talk *t, unsigned some)
{
	static const char *const requests[] = {
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: 127.0",
		"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello",
		"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic eDp5\r\n\r\n",
		"\r\n",
	};
	const char *text = requests[some % (sizeof(requests) / sizeof(*requests))];
	int size = (int)strlen(text);

	if (!t->ssl)
		return BIO_write(t->out, text, size) == size;
	return SSL_is_init_finished(t->ssl) && SSL_write(t->ssl, text, size) == size;
}

static bool key_update(struct talk *t, unsigned some)
{
	return SSL_key_update(t->ssl,
		       some % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED) == 1;
}

static bool corrupt(struct talk *t, unsigned some)
{
	char *bytes;
	long size = BIO_get_mem_data(t->out, &bytes);

	if (size <= 0)
		return false;
	bytes[some % (unsigned long)size] ^= (char)(1 << some % 8);
	return true;
}

/* Writes plain HTTP, an alert, a record of unknown type or a huge record between TLS records. */
static bool inject(struct talk *t, unsigned some)
{
	static const char *const strays[] = {"GET / HTTP/1.1\r\n\r\n", "\x15\3\3\1\2\1\x5a", "\x20",
		"\x16\3\1\xff\xff", "\x17\3\3\1\1", "\x14\3\3\1\1\1"};
	const char *stray = strays[some % (sizeof(strays) / sizeof(*strays))];

	return send(t->fd, stray, strlen(stray), MSG_NOSIGNAL) > 0;
}

static void flow(struct talk *t, unsigned some, unsigned more)
{
	bool open;

	talk_send(t, 1u << some % 17);
	open = talk_receive(t, 1u << more % 17);
	if (t->ssl)
		talk_advance(t);
	if (!open && more % 4 == 0)
		talk_end(t, false);
}

static bool talk_act(struct talk *t, const struct step *s)
{
	switch (s->action) {
	case REQUEST:
		return request(t, s->some);
	case KEY_UPDATE:
		return t->ssl && key_update(t, s->some);
	case RENEGOTIATION:
		return t->ssl && SSL_version(t->ssl) == TLS1_2_VERSION &&
		       SSL_renegotiate(t->ssl) == 1 && SSL_is_init_finished(t->ssl);
	case CLOSE_NOTIFY:
		return t->ssl && SSL_shutdown(t->ssl) >= 0;
	case HALF_CLOSE:
		return shutdown(t->fd, SHUT_WR) == 0;
	case RESET:
	case CLOSE:
		talk_end(t, s->action == RESET);
		return true;
	case CORRUPTION:
		return corrupt(t, s->some);
	case INJECTION:
		return inject(t, s->some);
	default:
		return true;
	}
}

static void talk_step(struct talk *t, const struct step *s)
{
	if (t->fd < 0)
		return talk_begin(t, s->some);
	done[s->action] += talk_act(t, s);
	if (t->fd >= 0)
		flow(t, s->some, s->more);
}

static struct step step_draw(void)
{
	unsigned total = 0, at = 0;
	struct step s = {0};

	for (int i = 0; i < ACTIONS; i++)
		total += actions[i].weight;
	at = (unsigned)(draw() % total);
	while (at >= actions[s.action].weight)
		at -= actions[s.action++].weight;
	s.talk = (unsigned)(draw() % TALKS);
	s.some = (unsigned)draw();
	s.more = (unsigned)draw();
	return s;
}

static void window_run(void)
{
	static const unsigned pauses_us[] = {0, 0, 50, 500};
	unsigned pause_us = pauses_us[draw() % 4];

	for (int i = 0; i < WINDOW; i++) {
		struct step s = step_draw();

		talk_step(&talks[s.talk], &s);
		if (pause_us)
			usleep(pause_us);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char *argv[])
{
	double end;

	need(argc == 5, "the arguments PORT plain|tls SEED SECONDS");
	port = (uint16_t)atoi(argv[1]);
	if (strcmp(argv[2], "tls") == 0)
		tls = SSL_CTX_new(TLS_client_method());
	state = strtoull(argv[3], NULL, 10);
	end = now() + atof(argv[4]);
	for (int i = 0; i < TALKS; i++)
		talks[i].fd = -1;
	while (now() < end)
		window_run();
	for (int i = 0; i < TALKS; i++)
		if (talks[i].fd >= 0)
			talk_end(&talks[i], i % 2);
	for (int i = 0; i < ACTIONS; i++)
		printf("%lu %s, ", done[i], actions[i].name);
	printf("%lu connections, %lu handshakes, %lu pieces of answers\n", connections, handshakes,
		answers);
	return 0;
}
